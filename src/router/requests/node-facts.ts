// Each node as it is seen and used now, for people and metrics. PURE.
import {standingOf} from '../balance/ejection.ts'
import {newReplica, type Replica} from '../balance/replica.ts'
import type {PoolCounts} from '../connections/node-pool.ts'
import type {Topology} from '../topology/decide-primary.ts'

/** One node as it is seen and used now. */
export interface NodeFacts {
  /** `host:port`, or the name that Patroni has for it. */
  readonly node: string
  /** By evidence that is fresh now. */
  readonly role: 'primary' | 'standby'
  /** null: not known. */
  readonly timeline: number | null
  /** Of its pool; `waiting` counts requests. */
  readonly connections: PoolCounts
  /** Requests under way; null for the primary, whose busy connections tell. */
  readonly inFlight: number | null
  /** A moving average of what reads took; null: not measured, or the primary. */
  readonly latencyMs: number | null
  /** null: not known, or the primary. */
  readonly lagBytes: number | null
  /** null: not known, or the primary. */
  readonly lagMs: number | null
  /** It failed or hung, and serves no reads for a while. */
  readonly ejected: boolean
}

const ofPrimary = {
  role: 'primary',
  inFlight: null,
  latencyMs: null,
  lagBytes: null,
  lagMs: null,
  ejected: false,
} as const

/** The primary first, if there is one. */
export function nodeFacts(
  {primary, standbys}: Topology,
  replicas: readonly Replica[],
  counts: (node: string) => PoolCounts,
  nowMs: number,
): readonly NodeFacts[] {
  const first: readonly NodeFacts[] =
    primary === null
      ? []
      : [{node: primary.node, timeline: primary.timeline, connections: counts(primary.node), ...ofPrimary}]
  return [
    ...first,
    ...standbys.map(({node, timeline}): NodeFacts => {
      const replica = replicas.find(each => each.node === node) ?? newReplica(node)
      return {
        node,
        role: 'standby',
        timeline,
        connections: counts(node),
        inFlight: replica.inFlight,
        latencyMs: replica.latencyMs,
        lagBytes: finite(replica.lagBytes),
        lagMs: finite(replica.lagMs),
        ejected: standingOf(replica, nowMs) === 'out',
      }
    }),
  ]
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
