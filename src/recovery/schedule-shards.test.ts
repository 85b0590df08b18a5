// The schedule of all shards on fake archives: each gets what is due, one thing at a time, beside barriers that fail
// and come again.
import {describe, expect, it} from 'vitest'
import {fakeArchive} from '../../test/fakes/fake-archive.ts'
import {FakeClock} from '../../test/fakes/fake-clock.ts'
import {portsOf} from '../../test/fakes/fake-recovery-ports.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {HlError} from '../model/errors.ts'
import type {TakenBarrier} from './barriers.ts'
import {scheduleShards, type ShardsOutcome, type ShardsScheduleOptions} from './schedule-shards.ts'

const barrier: TakenBarrier = {
  lab: 'lab',
  name: 'b',
  takenAt: '2026-01-01T00:00:00.000Z',
  heldMs: 3,
  mapId: 'm',
  inArchive: true,
  positions: [{shard: 's1', system: '7', timeline: 1, lsn: '0/1', point: 'b', groups: {}, moves: []}],
}

function worldOf() {
  const journal = {'sh -euc [ ! -f /archive/schedule.ndjson': {stdout: ''}}
  const control: readonly [RegExp, string] = [/pg_controldata/, 'Database system identifier:           7']
  const fakes = ['s1', 's2'].map(name => ({
    name,
    fake: fakeArchive({backups: [], answers: [control], programs: journal}),
  }))
  const [first] = fakes
  if (first === undefined) throw new Error('unreachable')
  const clusters = fakes.map(({name, fake}) => ({cluster: {...fake.cluster, name}}))
  const lab = {cluster: clusters[0]?.cluster, clusters} as unknown as ConnectedLab
  const clock = new FakeClock()
  const stop = new AbortController()
  const told: ShardsOutcome[] = []
  const run = async (options: Partial<ShardsScheduleOptions>) =>
    clock.run(
      scheduleShards(portsOf(first.fake, clock, stop.signal), lab, {
        settings: {},
        content: false,
        once: true,
        random: {next: () => 0.5},
        bytesText: bytes => `${bytes} B`,
        tell: outcome => void told.push(outcome),
        take: async () => Promise.resolve(barrier),
        ...options,
      }),
    )
  return {run, told, clock, stop, log: first.fake.log}
}

describe('the schedule of all shards', () => {
  it('does what is due on each, one after the other, and takes a barrier', async () => {
    const {run, told, log} = worldOf()
    expect(await run({settings: {fullEveryMs: 3_600_000}, barrierEveryMs: 60_000})).toEqual({
      done: 2,
      failed: 0,
      postponed: 0,
      barriers: {taken: 1, failed: 0},
    })
    expect(told.map(one => ('shard' in one ? `${one.shard} ${one.task}` : one.task)).toSorted()).toEqual([
      'barrier',
      's1 full',
      's2 full',
    ])
    expect(log.filter(line => /locked hl-lab-lock$/.test(line))).toEqual([
      'locked hl-lab-lock',
      'unlocked hl-lab-lock',
      'locked hl-lab-lock',
      'unlocked hl-lab-lock',
    ])
  })

  it('takes a barrier in each interval, sooner after one that failed, until it is told to end', async () => {
    const {run, told, clock, stop} = worldOf()
    const at: number[] = []
    const take = async (): Promise<TakenBarrier> => {
      at.push(clock.nowMs() / 1_000)
      if (at.length === 2 || at.length === 3) throw new HlError('BARRIER_FAILED', 'held up', {next: ['again']})
      if (at.length === 5) stop.abort()
      return Promise.resolve(barrier)
    }
    expect((await run({once: false, barrierEveryMs: 60_000, take})).barriers).toEqual({taken: 3, failed: 2})
    expect(at).toEqual([0, 60, 65, 75, 135])
    expect(told.map(({ok, detail}) => (ok ? 'ok' : detail))).toEqual([
      'ok',
      'BARRIER_FAILED: held up',
      'BARRIER_FAILED: held up',
      'ok',
      'ok',
    ])
  })
})
