// Who is the primary, by the evidence at hand? Invariants: a primary says so itself, its word is fresh, and its timeline is not below any that was seen;
// two primaries that cannot be told apart are none. Not here: gathering evidence (evidence.ts, discover.ts).
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
  readonly why: 'timeline-unknown' | 'timeline-behind' | 'address-unknown' | 'same-timeline-not-leader'
}

export interface Topology {
  readonly primary: PrimaryTarget | null
  readonly standbys: readonly Target[]
  readonly refused: readonly Refused[]
}

export const noTopology: Topology = {primary: null, standbys: [], refused: []}

/** Decides from evidence that is at most `ttlMs` old at `nowMs`. */
export function decidePrimary(evidence: Evidence, nowMs: number, ttlMs: number): Topology {
  const usable = [...evidence.reports.values()].filter(report => report.running && isFresh(evidence, report, nowMs, ttlMs))
  const refused: Refused[] = []
  const candidates: PrimaryTarget[] = []
  for (const report of usable.filter(({role}) => role === 'primary')) {
    const judged = judgeCandidate(evidence, report)
    if ('why' in judged) refused.push(judged)
    else candidates.push(judged)
  }
  const primary = pickPrimary(evidence, candidates, nowMs, ttlMs)
  // All candidates are at the floor, which is the highest timeline seen, so several of them are a tie.
  for (const {node, timeline} of candidates) if (node !== primary?.node) refused.push({node, timeline, why: 'same-timeline-not-leader'})
  return {primary, standbys: usable.flatMap(report => standbyOf(evidence, report)), refused}
}

function isFresh(evidence: Evidence, report: Report, nowMs: number, ttlMs: number): boolean {
  return nowMs - report.atMs <= ttlMs && report.atMs > (evidence.rejectedAtMs.get(report.node) ?? -Infinity)
}

function judgeCandidate(evidence: Evidence, {node, timeline}: Report): PrimaryTarget | Refused {
  const address = evidence.addresses.get(node)
  if (timeline === null) return {node, timeline, why: 'timeline-unknown'}
  if (timeline < evidence.timelineFloor) return {node, timeline, why: 'timeline-behind'}
  if (address === undefined) return {node, timeline, why: 'address-unknown'}
  return {node, timeline, address}
}

function pickPrimary(evidence: Evidence, candidates: readonly PrimaryTarget[], nowMs: number, ttlMs: number): PrimaryTarget | null {
  if (candidates.length < 2) return candidates[0] ?? null
  const leader = evidence.leader !== null && nowMs - evidence.leader.atMs <= ttlMs ? evidence.leader.node : null
  return candidates.find(({node}) => node === leader) ?? null
}

function standbyOf(evidence: Evidence, {node, role, timeline}: Report): readonly Target[] {
  const address = evidence.addresses.get(node)
  return role === 'standby' && address !== undefined ? [{node, timeline, address}] : []
}
