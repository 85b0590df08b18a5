import {describe, expect, it} from 'vitest'
import {HlError} from '../../model/errors.ts'
import {chooseShard, type ShardChoice} from './choose-shard.ts'
import {describeLab, type LabDescription} from './lab-description.ts'

const labOf = (...names: readonly string[]): LabDescription => ({
  ...describeLab('two', []),
  clusters: names.map(name => ({name, members: [`${name}-pg1`]})),
})
const again = (shard: string | null): string => (shard === null ? 'psql' : `psql --shard ${shard}`)

function refusal(lab: LabDescription, choice: ShardChoice): HlError {
  try {
    throw new Error(`it chose ${chooseShard(lab, choice)}`)
  } catch (error) {
    if (error instanceof HlError) return error
    throw error
  }
}

describe('which shard is meant', () => {
  it.each([
    ['the only one', labOf('hl'), undefined, 'hl'],
    ['the only one by its name', labOf('hl'), 'hl', 'hl'],
    ['the only one, of one shard', labOf('s1'), undefined, 's1'],
    ['that one', labOf('s1', 's2', 's10'), 's10', 's10'],
    ['that of a lab that has lost its nodes', labOf(), undefined, 'hl'],
  ] as const)('%s', (_what, lab, shard, name) => expect(chooseShard(lab, {shard})).toBe(name))

  it.each([
    ['none was named', labOf('s1', 's2'), undefined, 'lab two has several shards, and none was named: s1, s2', 's1'],
    ['another was named', labOf('s1', 's2'), 's3', 'lab two has no shard s3: it has s1, s2', 's1'],
    ['a name was given to the only one', labOf('hl'), 's1', 'lab two has no shard s1: it is one cluster, hl', null],
  ] as const)('is refused where %s, with the command that works', (_what, lab, shard, message, works) => {
    const {code, exitCode, message: said, next} = refusal(lab, {shard, again})
    expect([code, exitCode, said]).toEqual(['SHARD_UNKNOWN', 2, message])
    expect(next).toEqual([again(works), '`hl status --lab two` shows each'])
  })
})
