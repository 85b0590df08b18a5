import {describe, expect, it} from 'vitest'
import {findDrift, type ShardSchema} from './find-drift.ts'

const shard = (name: string, level: string, ...tables: readonly string[]): ShardSchema => ({
  shard: name,
  level,
  schema: tables.map(table => ({kind: 'table', name: table, facts: {}})),
})

describe('drift', () => {
  it.each([
    ['none between equal ones', [shard('s1', 'a', 't'), shard('s2', 'a', 't')], null],
    ['none between those that have not come as far', [shard('s1', 'a', 't'), shard('s2', 'a,b', 't', 'u')], null],
    [
      'that of the odd one out, wherever it stands',
      [shard('s1', 'a', 'x'), shard('s2', 'a', 't'), shard('s3', 'a', 't')],
      {left: 's2', right: 's1', message: 'table t is on s2 and not on s1; 1 more object differs'},
    ],
    [
      'within any level',
      [shard('s1', 'a', 't'), shard('s2', 'b', 't'), shard('s3', 'b')],
      {left: 's2', right: 's3', message: 'table t is on s2 and not on s3'},
    ],
  ] as const)('is %s', (_what, shards, expected) => {
    const found = findDrift(shards)
    if (expected === null) expect(found).toBeNull()
    else expect(found).toMatchObject(expected)
  })
})
