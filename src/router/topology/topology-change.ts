// What has to happen between two topologies: who is announced, whose connections are destroyed. Pure.
// Invariant: a node that was written to and is not that primary any more loses every connection, because `SELECT 1`
// still passes on a demoted one.
import type {PrimaryTarget, Target, Topology} from './decide-primary.ts'

/**
 * demoted: it was the primary and is none any more. gone: nothing is known of it any more. moved: it has another
 * address. timeline-changed: it is a primary again, on another timeline.
 */
export type CloseReason = 'demoted' | 'gone' | 'moved' | 'timeline-changed'

export interface TopologyChange {
  /** The primary that is not one any more. */
  readonly lost: PrimaryTarget | null
  /** The primary that is new, or is the old node on another timeline or address. */
  readonly gained: PrimaryTarget | null
  readonly close: readonly {readonly node: string; readonly why: CloseReason}[]
}

/** Compares two topologies. */
export function topologyChange(before: Topology, after: Topology): TopologyChange {
  const same = samePrimary(before.primary, after.primary)
  const close = [...nodesOf(before)].flatMap(([node, was]) => {
    const why = closeReason(was, node === before.primary?.node, after)
    return why === null ? [] : [{node, why}]
  })
  return {lost: same ? null : before.primary, gained: same ? null : after.primary, close}
}

function samePrimary(one: PrimaryTarget | null, other: PrimaryTarget | null): boolean {
  if (one === null || other === null) return one === other
  return one.node === other.node && one.timeline === other.timeline && sameAddress(one, other)
}

function closeReason(was: Target, wasPrimary: boolean, after: Topology): CloseReason | null {
  const now = nodesOf(after).get(was.node)
  if (now === undefined) return 'gone'
  if (!sameAddress(was, now)) return 'moved'
  if (!wasPrimary) return null
  if (after.primary?.node !== was.node) return 'demoted'
  return after.primary.timeline === was.timeline ? null : 'timeline-changed'
}

function nodesOf(topology: Topology): ReadonlyMap<string, Target> {
  const all: readonly Target[] =
    topology.primary === null ? topology.standbys : [topology.primary, ...topology.standbys]
  return new Map(all.map(target => [target.node, target]))
}

function sameAddress(one: Target, other: Target): boolean {
  return one.address.host === other.address.host && one.address.port === other.address.port
}
