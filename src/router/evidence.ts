// What the router has seen of the cluster, and when. Invariant: an older report never replaces a newer one; the timeline floor never falls.
// Times are ms of one monotonic clock, taken before the question was asked: an answer is true at that moment or later. Not here: what follows from it (decide-primary.ts).
import type {Address, ClusterView, NodeStatus} from './parse-patroni.ts'

export interface Report extends NodeStatus {
  readonly atMs: number
}

export interface Evidence {
  /** The newest word of each node on itself. */
  readonly reports: ReadonlyMap<string, Report>
  /** Last known addresses; they do not expire, since a node is asked itself before it is used. */
  readonly addresses: ReadonlyMap<string, Address>
  /** Owner of Patroni's leader role by the freshest /cluster answer. */
  readonly leader: {readonly node: string | null; readonly atMs: number} | null
  /** When a node last refused a write as "not a primary": reports from before then count for nothing. */
  readonly rejectedAtMs: ReadonlyMap<string, number>
  /** The highest timeline that a running primary has reported. */
  readonly timelineFloor: number
}

export const noEvidence: Evidence = {reports: new Map(), addresses: new Map(), leader: null, rejectedAtMs: new Map(), timelineFloor: 0}

/** A node told of itself. */
export function noteStatus(evidence: Evidence, status: NodeStatus, atMs: number): Evidence {
  const known = evidence.reports.get(status.node)
  if (known !== undefined && known.atMs > atMs) return evidence
  const isPrimary = status.role === 'primary' && status.running
  return {
    ...evidence,
    reports: new Map(evidence.reports).set(status.node, {...status, atMs}),
    timelineFloor: Math.max(evidence.timelineFloor, isPrimary ? (status.timeline ?? 0) : 0),
  }
}

/** A node told what it knows of the cluster. */
export function noteView(evidence: Evidence, view: ClusterView, atMs: number): Evidence {
  if (evidence.leader !== null && evidence.leader.atMs > atMs) return evidence
  return {...evidence, addresses: new Map([...evidence.addresses, ...view.addresses]), leader: {node: view.leader, atMs}}
}

/** A node refused a write because it is in recovery. */
export function noteRejection(evidence: Evidence, node: string, atMs: number): Evidence {
  return {...evidence, rejectedAtMs: new Map(evidence.rejectedAtMs).set(node, Math.max(atMs, evidence.rejectedAtMs.get(node) ?? -Infinity))}
}

/** One line for error messages: what each node last said, and how long ago. */
export function describeEvidence(evidence: Evidence, nowMs: number): string {
  if (evidence.reports.size === 0) return 'no node has answered yet'
  return [...evidence.reports.values()]
    .map(report => `${report.node} said ${report.role}${report.running ? '' : ', not running,'} on timeline ${report.timeline ?? 'unknown'} ${Math.round(nowMs - report.atMs)} ms ago`)
    .join('; ')
}
