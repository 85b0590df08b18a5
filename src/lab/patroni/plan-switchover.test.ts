import {describe, expect, it} from 'vitest'
import type {ClusterState} from '../../model/topology.ts'
import {chooseNode, planSwitchover} from './plan-switchover.ts'

const state = (names: readonly string[], primary: string | null = 'pg1'): ClusterState => ({
  lab: 'lab',
  members: names.map(name => ({
    name,
    container: 'running',
    role: name === primary ? 'primary' : 'standby',
    state: name === primary ? 'running' : 'streaming',
    timeline: 1,
    lagBytes: null,
    replayLagBytes: null,
  })),
  dcs: [],
  lease: {owner: primary, expiresInMs: 1},
  primary,
  syncStandbys: [],
  timeline: 1,
  paused: false,
})
const code = (wanted: string): Error => expect.objectContaining({code: wanted}) as Error

describe('a switchover', () => {
  it.each([null, 'pg2'])('goes from the primary to %s', to =>
    expect(planSwitchover(state(['pg1', 'pg2']), to)).toEqual({from: 'pg1', to}),
  )
  it.each([
    [['pg1', 'pg2'], null, null, 'LAB_UNHEALTHY'],
    [['pg1', 'pg2'], 'pg1', 'pg9', 'NODE_UNKNOWN'],
    [['pg1', 'pg2'], 'pg1', 'pg1', 'USAGE'],
    [['pg1'], 'pg1', null, 'USAGE'],
  ] as const)('of %j with primary %s to %s is refused with %s', (names, primary, to, wanted) =>
    expect(() => planSwitchover(state(names, primary), to)).toThrow(code(wanted)),
  )
})

describe('a node for a session', () => {
  it('is the primary or a standby that streams', () =>
    expect([chooseNode(state(['pg1', 'pg2']), 'primary'), chooseNode(state(['pg1', 'pg2']), 'standby')]).toEqual([
      'pg1',
      'pg2',
    ]))
  it.each(['primary', 'standby'] as const)('is not there without a %s', kind =>
    expect(() => chooseNode(kind === 'primary' ? state(['pg1'], null) : state(['pg1']), kind)).toThrow(
      code('LAB_UNHEALTHY'),
    ),
  )
})
