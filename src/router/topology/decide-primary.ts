// Who is the primary, by the evidence at hand? Invariants: a primary says so itself, its word is fresh, its timeline is
// not below any that was accepted, and no fresh view of the cluster that names a leader is against it; primaries that
// cannot be told apart are none. Not here: gathering evidence (evidence.ts, discovery.ts).
import type {Evidence, Report} from './evidence.ts'
import type {Address} from './parse-patroni.ts'

/** A node that can be asked, with what it last reported. */
export interface Target {
  readonly node: string
  readonly timeline: number | null
  readonly address: Address
  /**
   * As NodeStatus has them: positions of the WAL count only among nodes on one timeline. null also since the node may
   * have restarted.
   */
  readonly position: number | null
  readonly received: number | null
  readonly replayPaused: boolean
  /** When the question left that was answered so, on the monotonic clock. */
  readonly askedMs: number
}

export interface PrimaryTarget extends Target {
  readonly timeline: number
}

/** A node that calls itself primary and is not used. */
export interface Refused {
  /** Which node. */
  readonly node: string
  /** The timeline that it claims; null: none was told. */
  readonly timeline: number | null
  /**
   * `timeline-behind`: a higher one was or is accepted. `not-leader`: Patroni's leader is another. `tied`: another has
   * as good a claim.
   */
  readonly why: 'timeline-unknown' | 'timeline-behind' | 'address-unknown' | 'not-leader' | 'tied'
}

export interface Topology {
  readonly primary: PrimaryTarget | null
  readonly standbys: readonly Target[]
  readonly refused: readonly Refused[]
}

export const noTopology: Topology = {primary: null, standbys: [], refused: []}

/**
 * Decides from evidence that is at most `ttlMs` old at `nowMs`. Patroni's lease comes before the timeline, because a
 * standby promoted by hand beside a live primary has the higher timeline and is rewound in the end. Among those that
 * views name, the higher timeline wins: a node that is cut off goes on telling an old view.
 * Where no view names anybody, as when the servers are asked by SQL, the higher timeline is all there is, and two
 * primaries on one timeline are none.
 */
export function decidePrimary(evidence: Evidence, nowMs: number, ttlMs: number): Topology {
  const usable = oneNamePerServer(
    [...evidence.reports.values()].filter(report => report.running && isFresh(evidence, report, nowMs, ttlMs)),
  )
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
  for (const {node, timeline} of claimants)
    if (node !== primary?.node) refused.push({node, timeline, why: timeline < highest ? 'timeline-behind' : 'tied'})
  return {primary, standbys: usable.flatMap(report => standbyOf(evidence, report)), refused}
}

/** Until when a decision on this evidence would come out the same: as long as nothing of it expires. */
export function holdsUntilMs(evidence: Evidence, nowMs: number, ttlMs: number): number {
  let untilMs = Infinity
  for (const {atMs} of evidence.reports.values()) if (nowMs - atMs <= ttlMs) untilMs = Math.min(untilMs, atMs + ttlMs)
  for (const {atMs} of evidence.views.values()) if (nowMs - atMs <= ttlMs) untilMs = Math.min(untilMs, atMs + ttlMs)
  return untilMs
}

/**
 * A server under several names (a virtual address, IPv4 and IPv6) must not tie with itself or get twice the reads. The
 * name that answered first stays, so none flaps.
 */
function oneNamePerServer(reports: readonly Report[]): readonly Report[] {
  const servers = new Set<string>()
  return reports.filter(({server}) => {
    const isAnotherName = server !== null && servers.has(server)
    if (server !== null) servers.add(server)
    return !isAnotherName
  })
}

function isFresh(evidence: Evidence, report: Report, nowMs: number, ttlMs: number): boolean {
  return nowMs - report.atMs <= ttlMs && report.atMs > (evidence.rejectedAtMs.get(report.node) ?? -Infinity)
}

/**
 * Everybody whom a fresh view names. Empty when the lease has just expired, or when nobody can read the DCS: then the
 * nodes' own words are all there is.
 */
function leadersNamed(evidence: Evidence, nowMs: number, ttlMs: number): ReadonlySet<string> {
  return new Set(
    [...evidence.views.values()].flatMap(({leader, atMs}) =>
      leader !== null && nowMs - atMs <= ttlMs ? [leader] : [],
    ),
  )
}

function judgeClaim(evidence: Evidence, leaders: ReadonlySet<string>, report: Report): PrimaryTarget | Refused {
  const {node, timeline} = report
  const address = evidence.addresses.get(node)
  if (timeline === null) return {node, timeline, why: 'timeline-unknown'}
  if (timeline < evidence.timelineFloor) return {node, timeline, why: 'timeline-behind'}
  if (address === undefined) return {node, timeline, why: 'address-unknown'}
  if (leaders.size > 0 && !leaders.has(node)) return {node, timeline, why: 'not-leader'}
  return {...targetOf(evidence, report, address), timeline}
}

function standbyOf(evidence: Evidence, report: Report): readonly Target[] {
  const address = evidence.addresses.get(report.node)
  return report.role === 'standby' && address !== undefined ? [targetOf(evidence, report, address)] : []
}

function targetOf(
  {brokenAtMs}: Evidence,
  {node, timeline, position, received, replayPaused, atMs}: Report,
  address: Address,
): Target {
  const isSince = atMs > (brokenAtMs.get(node) ?? -Infinity)
  return {
    node,
    timeline,
    address,
    position: isSince ? position : null,
    received: isSince ? received : null,
    replayPaused,
    askedMs: atMs,
  }
}
