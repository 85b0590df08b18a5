import {describe, expect, it} from 'vitest'
import type {FaultSpec} from '../model/scenario.ts'
import type {ClusterState} from '../model/topology.ts'
import {wayBackOf} from './decide-way-back.ts'

const target = {select: 'primary'} as const
const names = (...all: readonly string[]) => all.map(name => ({name}))
const state = (members: readonly string[], dcs: readonly string[] = ['etcd1']): ClusterState =>
  ({members: names(...members), dcs: names(...dcs), lease: {owner: 'pg1'}, primary: 'pg1'}) as unknown as ClusterState
const three = state(['pg1', 'pg2', 'pg3'])
const cut = (...from: readonly ('dcs' | 'members' | 'clients')[]): FaultSpec => ({
  kind: 'partition',
  target,
  from,
  direction: 'both',
})

describe('what a cluster can do by itself', () => {
  it.each([
    [{kind: 'kill-container', target}, ['pg1'], three, false, 'new-primary'],
    [{kind: 'stop-container', target}, ['pg1'], three, false, 'new-primary'],
    [{kind: 'pause-container', target}, ['pg1'], three, false, 'new-primary'],
    [{kind: 'kill-patroni', target}, ['pg1'], three, false, 'new-primary'],
    [{kind: 'kill-postgres', target}, ['pg1'], three, false, 'primary'],
    [{kind: 'kill-container', target}, ['pg2'], three, false, 'primary'],
    [{kind: 'kill-container', target}, ['pg1'], state(['pg1']), false, 'heal'],
    [{kind: 'kill-container', target}, ['pg1', 'pg2', 'pg3'], three, false, 'heal'],
    [{kind: 'kill-container', target}, ['etcd1'], three, false, 'heal'],
    [{kind: 'kill-container', target}, ['etcd1'], state(['pg1', 'pg2'], ['etcd1', 'etcd2', 'etcd3']), false, 'primary'],
    [{kind: 'promote-standby', target}, ['pg2'], three, false, 'heal'],
    [cut('dcs'), ['pg1'], three, false, 'new-primary'],
    [cut('dcs'), ['pg1'], three, true, 'primary'],
    [cut('dcs', 'members'), ['pg1'], three, true, 'new-primary'],
    [cut('members'), ['pg1'], three, false, 'primary'],
    [cut('clients'), ['pg1'], three, false, 'heal'],
  ] as const)('after %j on %j', (spec, targets, before, failsafe, way) =>
    expect(wayBackOf(spec, targets, before, failsafe)).toBe(way),
  )

  it('without a lease that is known is told from who takes writes', () => {
    const before: ClusterState = {...three, lease: {owner: null, expiresInMs: null}}
    expect(wayBackOf({kind: 'kill-container', target}, ['pg1'], before, false)).toBe('new-primary')
  })
})
