import {describe, expect, it} from 'vitest'
import {defaultSettings, healthProblems} from '../../model/topology.ts'
import {clusterState, type StateInputs} from './cluster-state.ts'
import type {NodeStatus} from '../patroni/parse-patroni.ts'

const node = (role: 'primary' | 'standby', over: Partial<NodeStatus> = {}): NodeStatus => ({
  state: 'running',
  role,
  timeline: 1,
  walBytes: 1000,
  replayedBytes: role === 'standby' ? 900 : null,
  replicationState: role === 'standby' ? 'streaming' : null,
  syncStandby: false,
  maintenance: false,
  pendingRestart: false,
  serverVersion: 170_012,
  patroniVersion: '4.0.7',
  ...over,
})
const member = {healthy: true, leads: false, term: 2}
const healthy: StateInputs = {
  lab: 'lab',
  containers: {pg1: 'running', pg2: 'running', pg3: 'running', etcd1: 'running', etcd2: 'running', etcd3: 'running'},
  nodes: {pg1: node('primary', {walBytes: 1500}), pg2: node('standby'), pg3: node('standby', {walBytes: 1600})},
  dcs: {etcd1: {...member, leads: true}, etcd2: member, etcd3: member},
  keys: {revision: 9, leaseOwner: 'pg1', leaseId: '1', syncStandbys: ['pg2'], maintenance: false, config: {}},
  leaseLeftMs: 16_000,
}
const after = (change: Partial<StateInputs>) => clusterState({...healthy, ...change})

describe('the cluster of one moment', () => {
  it('is healthy when all is well', () => expect(healthProblems(after({}), defaultSettings)).toEqual([]))
  it('has a primary, a sync standby and a standby with their lag', () => {
    const state = after({})
    expect(state.primary).toBe('pg1')
    expect(
      state.members.map(({name, role, state: said, lagBytes, replayLagBytes}) => [
        name,
        role,
        said,
        lagBytes,
        replayLagBytes,
      ]),
    ).toEqual([
      ['pg1', 'primary', 'running', null, null],
      ['pg2', 'sync standby', 'streaming', 500, 100],
      ['pg3', 'standby', 'streaming', 0, 700],
    ])
  })
  it.each([
    ['on a dead timeline, though its position is past that of the primary', {timeline: 2, walBytes: 9000}],
    ['that has received nothing since its restart, which Patroni tells as 0', {walBytes: 0, replicationState: null}],
    ['that does not tell its position', {walBytes: null}],
  ])('does not know how far behind a standby is %s', (_what, over) =>
    expect(after({nodes: {...healthy.nodes, pg2: node('standby', over)}}).members[1]?.lagBytes).toBeNull(),
  )
  it('does not guess the role of a silent node', () => {
    const state = after({nodes: {...healthy.nodes, pg1: null}})
    expect(state.members[0]).toMatchObject({role: 'unknown', state: null, timeline: null})
    expect([state.primary, state.timeline, state.members[1]?.lagBytes]).toEqual([null, null, null])
  })
  it('gives no role to a PostgreSQL that does not run', () =>
    expect(after({nodes: {...healthy.nodes, pg1: node('primary', {state: 'crashed'})}}).members[0]).toMatchObject({
      role: 'unknown',
      state: 'crashed',
    }))
  it('has no one primary when two say so', () => {
    const state = after({nodes: {...healthy.nodes, pg2: node('primary', {timeline: 2})}})
    expect(state.primary).toBeNull()
    expect(healthProblems(state, defaultSettings)).toContain('2 primaries: pg1, pg2')
  })
  it('takes a standby without a WAL receiver for not streaming', () =>
    expect(after({nodes: {...healthy.nodes, pg2: node('standby', {replicationState: null})}}).members[1]?.state).toBe(
      'running',
    ))
  it('believes the etcd leader of the newest term', () => {
    const state = after({
      dcs: {etcd1: {...member, leads: true, term: 2}, etcd2: {...member, leads: true, term: 3}, etcd3: member},
    })
    expect(state.dcs.filter(dcs => dcs.leader).map(dcs => dcs.name)).toEqual(['etcd2'])
  })
  it('asks the nodes who is synchronous where etcd is silent', () => {
    const state = after({
      keys: null,
      leaseLeftMs: null,
      nodes: {...healthy.nodes, pg3: node('standby', {syncStandby: true, maintenance: true})},
    })
    expect(state).toMatchObject({syncStandbys: ['pg3'], lease: {owner: null, expiresInMs: null}, paused: true})
  })
  it('calls a service without a container missing', () =>
    expect(after({containers: {}}).members[0]?.container).toBe('missing'))
})
