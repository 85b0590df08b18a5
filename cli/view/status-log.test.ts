import {describe, expect, it} from 'vitest'
import {brokenCluster, healthyCluster} from '../../test/golden/fixture-cluster.ts'
import {defaultSettings, type ClusterState} from '../../src/model/topology.ts'
import type {Seen} from '../status-answer.ts'
import {changesOf, watchScreen, withLook} from './status-log.ts'

const seen = (state: ClusterState, faults: readonly string[] = [], name = 'hl'): Seen => ({
  conditions: [],
  clusters: [{name, settings: defaultSettings, faults, state}],
})
const late = (lagBytes: number): Seen =>
  seen({...healthyCluster, members: healthyCluster.members.map(m => (m.name === 'pg3' ? {...m, lagBytes} : m))})

describe('what changed', () => {
  it('is nothing where all is as it was, or only further behind', () => {
    expect(changesOf(seen(healthyCluster), seen(healthyCluster))).toEqual([])
    expect(changesOf(late(9_000_000), late(9_500_000))).toEqual([])
  })

  it('is told of the primary, the members, faults and problems', () =>
    expect(changesOf(seen(healthyCluster), seen(brokenCluster, ['kill-container on pg1']))).toEqual([
      'primary pg1 -> none',
      'pg1 primary, running -> container stopped',
      'fault: kill-container on pg1',
      'problem: pg1: container stopped',
      'problem: no primary',
      'problem: no synchronous standby registered',
    ]))

  it('is told when it is over', () =>
    expect(changesOf(late(9_000_000), seen(healthyCluster))).toEqual(['problem over: pg3: too far behind']))
})

it('the screen has a clock, and the last changes below', () => {
  const log = withLook({seen: seen(healthyCluster), lines: ['old']}, seen(healthyCluster, ['x']), '10:15:02')
  expect(watchScreen('lab\n', log, '10:15:03')).toBe(
    '10:15:03  Ctrl-C ends it\nlab\n\nchanges\n  old\n  10:15:02  fault: x\n',
  )
  const many = {seen: seen(healthyCluster), lines: Array.from({length: 20}, (_, index) => String(index))}
  expect(withLook(many, seen(healthyCluster), '').lines).toHaveLength(8)
})
