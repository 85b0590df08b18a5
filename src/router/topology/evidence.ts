// What the router has seen of the cluster, and when. Invariant: an older answer never replaces a newer one; the
// timeline floor never falls, and only a primary that was accepted raises it, because a node's claim alone must not
// lock out the true primary. Times are ms of one monotonic clock, taken before the question was asked: an answer is
// true at that moment or later. Not here: what follows (decide-primary.ts).
import type {Address, ClusterView, NodeStatus} from './parse-patroni.ts'

export interface Report extends NodeStatus {
  readonly atMs: number
}

/** Who has Patroni's leader role, as one source knew it; null when it knew of nobody. */
export interface View {
  readonly leader: string | null
  readonly atMs: number
}

export interface Evidence {
  /** The newest word of each node on itself. */
  readonly reports: ReadonlyMap<string, Report>
  /** Last known addresses; they do not expire, since a node is asked itself before it is used. */
  readonly addresses: ReadonlyMap<string, Address>
  /**
   * The newest view of the cluster by each that was asked: not one overall, because a node that is cut off goes on
   * telling an old one.
   */
  readonly views: ReadonlyMap<string, View>
  /** When a node last refused a write as "not a primary": reports from before then count for nothing. */
  readonly rejectedAtMs: ReadonlyMap<string, number>
  /**
   * When a node may last have restarted: a position from before counts for nothing, because a standby need not have
   * flushed what it had replayed.
   */
  readonly brokenAtMs: ReadonlyMap<string, number>
  /** The highest timeline of a primary that was accepted. */
  readonly timelineFloor: number
}

export const noEvidence: Evidence = {
  reports: new Map(),
  addresses: new Map(),
  views: new Map(),
  rejectedAtMs: new Map(),
  brokenAtMs: new Map(),
  timelineFloor: 0,
}

/** A node told of itself. */
export function noteStatus(evidence: Evidence, status: NodeStatus, atMs: number): Evidence {
  const known = evidence.reports.get(status.node)
  if (known !== undefined && known.atMs > atMs) return evidence
  return {...evidence, reports: new Map(evidence.reports).set(status.node, {...status, atMs})}
}

/** `source` told what it knows of the cluster. */
export function noteView(evidence: Evidence, source: string, view: ClusterView, atMs: number): Evidence {
  const known = evidence.views.get(source)
  if (known !== undefined && known.atMs > atMs) return evidence
  // Another source may have been asked later: then this one only fills gaps.
  const isNewest = [...evidence.views.values()].every(other => other.atMs <= atMs)
  return {
    ...evidence,
    addresses: new Map(
      isNewest ? [...evidence.addresses, ...view.addresses] : [...view.addresses, ...evidence.addresses],
    ),
    views: new Map(evidence.views).set(source, {leader: view.leader, atMs}),
  }
}

/** The node is no server of the cluster any more: nothing that it said or that was said of it counts. */
export function forgetNode(evidence: Evidence, node: string): Evidence {
  const without = <T>(known: ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
    new Map([...known].filter(([name]) => name !== node))
  return {
    ...evidence,
    reports: without(evidence.reports),
    addresses: without(evidence.addresses),
    rejectedAtMs: without(evidence.rejectedAtMs),
    brokenAtMs: without(evidence.brokenAtMs),
  }
}

/** A primary on this timeline was accepted: one on a lower timeline never is again. */
export function noteAccepted(evidence: Evidence, timeline: number): Evidence {
  return timeline > evidence.timelineFloor ? {...evidence, timelineFloor: timeline} : evidence
}

/** A node refused a write because it is in recovery. */
export function noteRejection(evidence: Evidence, node: string, atMs: number): Evidence {
  return {...evidence, rejectedAtMs: latest(evidence.rejectedAtMs, node, atMs)}
}

/** A connection to the node broke. */
export function noteBreak(evidence: Evidence, node: string, atMs: number): Evidence {
  return {...evidence, brokenAtMs: latest(evidence.brokenAtMs, node, atMs)}
}

function latest(known: ReadonlyMap<string, number>, node: string, atMs: number): ReadonlyMap<string, number> {
  return new Map(known).set(node, Math.max(atMs, known.get(node) ?? -Infinity))
}

/** One line for error messages: what each node last said, and how long ago. */
export function describeEvidence(evidence: Evidence, nowMs: number): string {
  if (evidence.reports.size === 0) return 'no node has answered yet'
  return [...evidence.reports.values()]
    .map(
      report =>
        `${report.node} said ${report.role}${report.running ? '' : ', not running,'} on timeline ` +
        `${report.timeline ?? 'unknown'} ${Math.round(nowMs - report.atMs)} ms ago`,
    )
    .join('; ')
}
