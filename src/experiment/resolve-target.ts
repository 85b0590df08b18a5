// Who a fault hits, as names: a target held against the cluster of this moment. PURE. Not here: what is done to them
// (src/faults).
import {hint} from '../model/command-hint.ts'
import {requireTargets} from '../faults/target-needs.ts'
import {HlError, unreachable} from '../model/errors.ts'
import type {Target} from '../model/scenario.ts'
import type {ClusterState} from '../model/topology.ts'

/**
 * At least one service name, in the cluster's order. Errors: FAULT_UNAVAILABLE when a lab of this shape can have nobody
 * like that, NODE_UNKNOWN when the cluster has nobody like that now.
 */
export function resolveTarget(target: Target, state: ClusterState): readonly string[] {
  requireTargets([target], {members: namesOf(state.members), dcsMembers: namesOf(state.dcs)})
  const names = candidates(target, state)
  if (names.length > 0) return names
  const known = [...state.members, ...state.dcs].map(service => service.name).join(', ')
  throw new HlError(
    'NODE_UNKNOWN',
    target.select === 'named' ? `the lab has no service ${target.name}` : `the cluster has no ${target.select} now`,
    {next: [`services of this lab: ${known}`, hint('status', {why: 'shows who is what'})]},
  )
}

const namesOf = (services: readonly {readonly name: string}[]): readonly string[] => services.map(({name}) => name)

function candidates(target: Target, state: ClusterState): readonly string[] {
  const members = state.members.map(member => member.name)
  const primary = primaryOf(state)
  const standbys = members.filter(name => name !== primary)
  const sync = standbys.filter(name => state.syncStandbys.includes(name))
  switch (target.select) {
    case 'primary':
      return primary === null ? [] : [primary]
    case 'sync-standby':
      return sync.slice(0, 1)
    case 'standby':
      // The one that nobody waits for, where there is one: hitting the sync standby is a scenario of its own.
      return [...standbys.filter(name => !sync.includes(name)), ...sync].slice(0, 1)
    case 'standbys':
      return standbys
    case 'members':
      return members
    case 'dcs-leader':
      return state.dcs.filter(member => member.leader).map(member => member.name)
    case 'dcs-majority':
      // With its leader among them: losing followers only would leave an etcd leader that steps down later, another
      // fault.
      return state.dcs
        .toSorted((a, b) => Number(b.leader) - Number(a.leader))
        .slice(0, Math.floor(state.dcs.length / 2) + 1)
        .map(member => member.name)
    case 'dcs-all':
      return state.dcs.map(member => member.name)
    case 'named':
      return [...members, ...state.dcs.map(member => member.name)].filter(name => name === target.name)
    default:
      return unreachable(target)
  }
}

/** The member that accepts writes; while none answers (a cut, a freeze) the owner of the lease. */
function primaryOf(state: ClusterState): string | null {
  return state.primary ?? state.lease.owner
}
