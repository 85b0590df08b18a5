import {describe, expect, it} from 'vitest'
import {crashScenario} from '../../test/build-history.ts'
import type {OtherShard, ShardMoment} from '../model/report.ts'
import type {FaultSpec, Target} from '../model/scenario.ts'
import {otherShardsUntouched} from './other-shards.ts'

const at = (primary: string | null, timeline: number | null): ShardMoment => ({primary, timeline})
const s1 = (before: ShardMoment | null, after: ShardMoment | null): OtherShard => ({name: 's1', before, after})
const same: OtherShard = {name: 's3', before: at('s3-pg2', 4), after: at('s3-pg2', 4)}
const judged = (...otherShards: readonly OtherShard[]) => otherShardsUntouched({scenario: crashScenario, otherShards})

describe('the other shards', () => {
  it.each([
    ['stayed as they were', [same, s1(at('s1-pg1', 1), at('s1-pg1', 1))], 'pass'],
    ['have another primary', [same, s1(at('s1-pg1', 1), at('s1-pg2', 1))], 'fail'],
    ['are on another timeline, with the same primary', [s1(at('s1-pg1', 1), at('s1-pg1', 3)), same], 'fail'],
    ['have no primary any more', [s1(at('s1-pg1', 1), at(null, null))], 'fail'],
    ['were not seen before', [same, s1(null, at('s1-pg1', 1))], 'unknown'],
    ['were not seen after', [same, s1(at('s1-pg1', 1), null)], 'unknown'],
    ['had no primary to begin with', [s1(at(null, null), at('s1-pg1', 2))], 'unknown'],
    ['are partly unseen and partly touched', [s1(at('s1-pg1', 1), null), {...same, after: at('s3-pg1', 5)}], 'fail'],
  ] as const)('%s', (_what, shards, verdict) => expect(judged(...shards)?.verdict).toBe(verdict))

  it('are told by name, with what they were and are', () =>
    expect(judged(same, s1(at('s1-pg1', 1), at('s1-pg2', 2)))?.detail).toBe(
      's1: s1-pg1 on timeline 1 before, s1-pg2 on timeline 2 after',
    ))

  it('are none in a lab of one cluster', () => {
    expect(judged()).toBeNull()
    expect(otherShardsUntouched({scenario: crashScenario})).toBeNull()
  })

  it.each<readonly [Target, boolean]>([
    [{select: 'dcs-majority'}, true],
    [{select: 'dcs-leader'}, true],
    [{select: 'named', name: 'etcd2'}, true],
    [{select: 'named', name: 's2-pg1'}, false],
    [{select: 'primary'}, false],
  ])('are not judged where the etcd of all is broken: %j', (target, isShared) => {
    const fault: FaultSpec = {kind: 'kill-container', target}
    const scenario = {...crashScenario, steps: [{kind: 'inject', id: 'a', fault}] as const}
    const touched = s1(at('s1-pg1', 1), at('s1-pg2', 2))
    expect(otherShardsUntouched({scenario, otherShards: [touched]}) === null).toBe(isShared)
  })
})
