// PURE: who hands over to whom. Not here: doing it (switchover.ts), asking a person (cli).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import type {ClusterState} from '../../model/topology.ts'

export interface SwitchoverPlan {
  readonly from: string
  /** null: Patroni's choice. */
  readonly to: string | null
}

/** Errors: LAB_UNHEALTHY without a primary, NODE_UNKNOWN, USAGE when `to` is the primary already. */
export function planSwitchover({lab, primary, members}: ClusterState, to: string | null): SwitchoverPlan {
  const names = members.map(({name}) => name)
  const next = [`nodes are ${names.join(', ')}`]
  if (primary === null) throw new HlError('LAB_UNHEALTHY', `lab ${lab} has no primary`, {next: [hint('status', {lab})]})
  if (to !== null && !names.includes(to)) throw new HlError('NODE_UNKNOWN', `there is no node ${to}`, {next})
  if (to === primary) throw new HlError('USAGE', `${primary} is the primary already`, {next})
  if (names.length === 1)
    throw new HlError('USAGE', `${primary} is the only node: there is nobody to hand over to`, {next})
  return {from: primary, to}
}

/** PURE: a node for a session; LAB_UNHEALTHY when there is none of that kind now. */
export function chooseNode({lab, primary, members}: ClusterState, kind: 'primary' | 'standby'): string {
  const node = kind === 'standby' ? members.find(({state}) => state === 'streaming')?.name : primary
  if (node !== null && node !== undefined) return node
  throw new HlError('LAB_UNHEALTHY', `lab ${lab} has no ${kind === 'standby' ? 'streaming standby' : 'primary'} now`, {
    next: [hint('status', {lab}), hint('psql', {flags: {node: 'pg1'}, lab, why: 'takes any node that runs'})],
  })
}
