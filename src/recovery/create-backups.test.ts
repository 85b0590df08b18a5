// A backup of every shard: what one does that fails, and what is refused before anything is begun.
import {describe, expect, it} from 'vitest'
import {fakeArchive, type FakeArchive} from '../../test/fakes/fake-archive.ts'
import {FakeClock} from '../../test/fakes/fake-clock.ts'
import {portsOf} from '../../test/fakes/fake-recovery-ports.ts'
import {HlError} from '../model/errors.ts'
import {hintText} from '../model/command-hint.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import type {WantedBackup} from './create-backup.ts'
import {createBackups, type ShardOutcome} from './create-backups.ts'

const wanted: WantedBackup = {
  kind: 'full',
  checkpoint: 'fast',
  compression: 'none',
  labels: [],
  pinned: false,
  content: false,
}
const control: readonly [RegExp, string] = [/pg_controldata/, 'Database system identifier:           7']

function worldOf() {
  const shards = ['s1', 's2', 's3'].map(name => ({name, fake: fakeArchive({backups: [], answers: [control]})}))
  const clusters = shards.map(({name, fake}) => ({cluster: {...fake.cluster, name}}))
  const lab = {cluster: clusters[0]?.cluster, clusters} as unknown as ConnectedLab
  const clock = new FakeClock()
  const stop = new AbortController()
  const [first] = shards
  if (first === undefined) throw new Error('unreachable')
  const ports = portsOf(first.fake, clock, stop.signal)
  const told: ShardOutcome[] = []
  const take = async (change: Partial<WantedBackup> = {}) =>
    clock.run(createBackups(ports, lab, {...wanted, ...change}, outcome => told.push(outcome)))
  const fakeOf = (shard: string): FakeArchive => shards.find(({name}) => name === shard)?.fake ?? first.fake
  return {fakeOf, take, told, stop, taken: () => shards.map(({fake}) => fake.backups.length)}
}

const failing = {exitCode: 1, stderr: 'no space left on device'}

describe('a backup of every shard', () => {
  it('is one of each, in order, under one lock', async () => {
    const {take, told, taken, fakeOf} = worldOf()
    const {shards} = await take()
    expect(shards.map(({shard, backup}) => [shard, backup.kind])).toEqual([
      ['s1', 'full'],
      ['s2', 'full'],
      ['s3', 'full'],
    ])
    expect([told.length, taken()]).toEqual([3, [1, 1, 1]])
    expect(fakeOf('s1').log.filter(line => line.startsWith('locked') || line.startsWith('unlocked'))).toHaveLength(2)
  })

  it('names the one that failed, and keeps the others', async () => {
    const {take, told, taken, fakeOf} = worldOf()
    fakeOf('s2').programs['pg_basebackup'] = failing
    const error: unknown = await take().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(HlError)
    if (!(error instanceof HlError)) return
    expect([error.code, error.message]).toEqual([
      'BACKUP_FAILED',
      expect.stringMatching(/^1 of 3 shards of lab lab have no backup: s2: .*no space left.*; kept: s1 \S+, s3 \S+$/s),
    ])
    expect(error.steps.map(step => hintText(step, 'lab', null))[0]).toBe('hl backups create --shard s2')
    expect(told.map(one => [one.shard, 'backup' in one])).toEqual([
      ['s1', true],
      ['s2', false],
      ['s3', true],
    ])
    expect(taken()).toEqual([1, 0, 1])
  })

  it('begins no other once it is told to stop', async () => {
    const {take, taken, fakeOf, stop} = worldOf()
    fakeOf('s1').programs['pg_basebackup'] = async () => {
      stop.abort(new Error('Ctrl-C'))
      return Promise.resolve({})
    }
    await expect(take()).rejects.toThrow('Ctrl-C')
    expect(taken()).toEqual([0, 0, 0])
  })

  it.each<readonly [string, Partial<WantedBackup>, string]>([
    ['a member as the source', {from: 'pg1'}, 'USAGE'],
    ['the content of dumps', {kind: 'logical', content: true}, 'USAGE'],
  ])('is refused with %s, before anything is begun', async (_what, change, code) => {
    const {take, told, taken} = worldOf()
    await expect(take(change)).rejects.toMatchObject({code})
    expect([told, taken()]).toEqual([[], [0, 0, 0]])
  })
})
