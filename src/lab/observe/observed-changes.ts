// PURE: what was seen before and what is seen now -> events. Invariant: an event says what a node or etcd itself said;
// silence is `unknown`.
// Not here: looking (observe.ts).
import type {RunEvent} from '../../model/run-event.ts'
import type {Role} from '../../model/topology.ts'
import {lagBytesOf, roleOf} from './cluster-state.ts'
import type {DcsKeys} from '../etcd/parse-etcd.ts'
import type {NodeStatus} from '../patroni/parse-patroni.ts'

export interface Seen {
  /** null: that node did not answer the last time. */
  readonly nodes: Readonly<Record<string, NodeStatus | null>>
  /** null: etcd did not answer; the last known keys are not kept, for they may be wrong by now. */
  readonly keys: DcsKeys | null
  readonly leaseLeftMs: number | null
}

/** Nothing seen yet: the first look then tells every role and the lease as a change from `unknown` and from nobody. */
export function nothingSeen(members: readonly string[]): Seen {
  return {nodes: Object.fromEntries(members.map(member => [member, null])), keys: null, leaseLeftMs: null}
}

/** Changes of the lease's owner and of roles. While etcd is silent the lease is not said to have changed. */
export function changes(before: Seen, now: Seen, lastOwner: string | null, atMs: number): readonly RunEvent[] {
  const owner = now.keys === null ? lastOwner : now.keys.leaseOwner
  const lease: readonly RunEvent[] =
    owner === lastOwner ? [] : [{kind: 'lease.changed', from: lastOwner, to: owner, atMs}]
  const roles = Object.keys(now.nodes).flatMap((node): readonly RunEvent[] => {
    const [from, to] = [roleIn(before, node), roleIn(now, node)]
    return from === to
      ? []
      : [{kind: 'role.changed', node, from, to, timeline: now.nodes[node]?.timeline ?? null, atMs}]
  })
  return [...lease, ...roles]
}

/** A node's role; whether it is synchronous it says itself where etcd is silent. */
function roleIn(seen: Seen, node: string): Role {
  const status = seen.nodes[node] ?? null
  return roleOf(node, status, seen.keys?.syncStandbys ?? (status?.syncStandby === true ? [node] : []))
}

/** The summary of a second, for the screen. */
export function summary(seen: Seen, atMs: number): RunEvent {
  const primaries = Object.values(seen.nodes).filter(node => node?.role === 'primary')
  const primary = primaries.length === 1 ? (primaries[0] ?? null) : null
  const members = Object.entries(seen.nodes).map(([name, node]) => ({
    name,
    role: roleIn(seen, name),
    lagBytes: node === null ? null : lagBytesOf(primary, node),
  }))
  return {
    kind: 'cluster.observed',
    leaseOwner: seen.keys?.leaseOwner ?? null,
    leaseExpiresInMs: seen.leaseLeftMs,
    members,
    atMs,
  }
}
