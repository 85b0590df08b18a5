// What a run tells of the shards that it is not about. Not here: what follows from it (src/measure).
import {describe, expect, it} from 'vitest'
import {failoverScenarios} from '../../scenarios/index.ts'
import type {ClusterState} from '../../src/model/topology.ts'
import type {OtherShard} from '../../src/model/report.ts'
import {fakeLab} from './fake-world.ts'

type Seen = Pick<ClusterState, 'primary' | 'timeline' | 'members'>

/** Runs a crash of the primary of `s2`; `looks`: what the first and every later look at s1 shows. */
async function besides(...looks: readonly (() => Seen)[]): Promise<{
  readonly shards: readonly OtherShard[] | undefined
  readonly stored: readonly (readonly OtherShard[] | undefined)[]
  readonly verdict: string | undefined
}> {
  const lab = await fakeLab(failoverScenarios['primary-crash'])
  const plan = {...lab.plan, shard: 's2'}
  const state = await lab.clock.run(lab.cluster.state())
  let looked = 0
  const never = async (): Promise<never> => Promise.reject(new Error('s1 is not touched'))
  const s1 = {
    name: 's1',
    members: ['s1-pg1'],
    kill: never,
    wipe: never,
    destroy: never,
    state: async (): Promise<ClusterState> => {
      const look = looks[Math.min(looked++, looks.length - 1)]
      return Promise.resolve({...state, ...look?.()})
    },
  }
  const result = await lab.run({...lab.world, otherShards: [s1]}, plan)
  const check = lab.judged(result).checks.find(({name}) => name === 'other-shards-untouched')
  return {
    shards: result.record.otherShards,
    stored: lab.saved.map(({otherShards}) => otherShards),
    verdict: check?.verdict,
  }
}

const member = {name: 's1-pg1', container: 'running', timeline: 1, lagBytes: null, replayLagBytes: null} as const
const at = (primary: string, timeline: number) => (): Seen => ({primary, timeline, members: []})
const noPrimary = (role: 'standby' | 'unknown') => (): Seen => ({
  primary: null,
  timeline: null,
  members: [{...member, role, state: null}],
})
const moment = {primary: 's1-pg1', timeline: 1}

describe('the other shards of a lab', () => {
  it('are looked at before the run and after it, and what was seen is stored both times', async () => {
    const {shards, stored, verdict} = await besides(at('s1-pg1', 1))
    expect(shards).toEqual([{name: 's1', before: moment, after: moment}])
    expect(stored).toEqual([[{name: 's1', before: moment, after: null}], shards])
    expect(verdict).toBe('pass')
  })

  it.each<readonly [string, () => Seen, string]>([
    ['another timeline', at('s1-pg1', 2), 'fail'],
    ['no primary, as all say', noPrimary('standby'), 'fail'],
    ['no primary, and one is silent', noPrimary('unknown'), 'unknown'],
    [
      'an engine that is away',
      () => {
        throw new Error('no engine')
      },
      'unknown',
    ],
  ])('afterwards with %s', async (_what, after, wanted) => {
    const {verdict} = await besides(at('s1-pg1', 1), after)
    expect(verdict).toBe(wanted)
  })
})
