// Who is the primary, by the evidence at hand? Invariants: a primary says so itself, its word is fresh, its timeline is not below any that was accepted, and no
// fresh view of the cluster that names a leader is against it; primaries that cannot be told apart are none. Not here: gathering evidence (evidence.ts, discover.ts).
import type {Evidence, Report} from './evidence.ts'
import type {Address} from './parse-patroni.ts'

/** A node that can be asked, with the timeline it reported. */
export interface Target {
  readonly node: string
  readonly timeline: number | null
  readonly address: Address
}

export interface PrimaryTarget extends Target {
  readonly timeline: number
}

/** A node that calls itself primary and is not used. */
export interface Refused {
  readonly node: string
  readonly timeline: number | null
  /** `timeline-behind`: a higher one was or is accepted. `not-leader`: Patroni's leader is another. `tied`: another has as good a claim. */
  readonly why: 'timeline-unknown' | 'timeline-behind' | 'address-unknown' | 'not-leader' | 'tied'
}

export interface Topology {
  readonly primary: PrimaryTarget | null
  readonly standbys: readonly Target[]
  readonly refused: readonly Refused[]
}

export const noTopology: Topology = {primary: null, standbys: [], refused: []}

/**
 * Decides from evidence that is at most `ttlMs` old at `nowMs`. Patroni's lease comes before the timeline, because a standby promoted by hand beside a live primary
 * has the higher timeline and is rewound in the end. Among those that views name, the higher timeline wins: a node that is cut off goes on telling an old view.
 */
export function decidePrimary(evidence: Evidence, nowMs: number, ttlMs: number): Topology {
  const usable = [...evidence.reports.values()].filter(report => report.running && isFresh(evidence, report, nowMs, ttlMs))
  const leaders = leadersNamed(evidence, nowMs, ttlMs)
  const refused: Refused[] = []
  const claimants: PrimaryTarget[] = []
  for (const report of usable.filter(({role}) => role === 'primary')) {
    const judged = judgeClaim(evidence, leaders, report)
    if ('why' in judged) refused.push(judged)
    else claimants.push(judged)
  }
  const highest = Math.max(...claimants.map(({timeline}) => timeline))
  const best = claimants.filter(({timeline}) => timeline === highest)
  const primary = best.length === 1 ? (best[0] ?? null) : null
  for (const {node, timeline} of claimants) if (node !== primary?.node) refused.push({node, timeline, why: timeline < highest ? 'timeline-behind' : 'tied'})
  return {primary, standbys: usable.flatMap(report => standbyOf(evidence, report)), refused}
}

function isFresh(evidence: Evidence, report: Report, nowMs: number, ttlMs: number): boolean {
  return nowMs - report.atMs <= ttlMs && report.atMs > (evidence.rejectedAtMs.get(report.node) ?? -Infinity)
}

/** Everybody whom a fresh view names. Empty when the lease has just expired, or when nobody can read the DCS: then the nodes' own words are all there is. */
function leadersNamed(evidence: Evidence, nowMs: number, ttlMs: number): ReadonlySet<string> {
  return new Set([...evidence.views.values()].flatMap(({leader, atMs}) => (leader !== null && nowMs - atMs <= ttlMs ? [leader] : [])))
}

function judgeClaim(evidence: Evidence, leaders: ReadonlySet<string>, {node, timeline}: Report): PrimaryTarget | Refused {
  const address = evidence.addresses.get(node)
  if (timeline === null) return {node, timeline, why: 'timeline-unknown'}
  if (timeline < evidence.timelineFloor) return {node, timeline, why: 'timeline-behind'}
  if (address === undefined) return {node, timeline, why: 'address-unknown'}
  if (leaders.size > 0 && !leaders.has(node)) return {node, timeline, why: 'not-leader'}
  return {node, timeline, address}
}

function standbyOf(evidence: Evidence, {node, role, timeline}: Report): readonly Target[] {
  const address = evidence.addresses.get(node)
  return role === 'standby' && address !== undefined ? [{node, timeline, address}] : []
}
