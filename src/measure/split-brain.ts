// Split brain, looked for by writers pinned to each node and in what clients were told: three findings, rising in
// weight.
// - reported: two nodes called themselves primary at the same time (polled, so a moment of it proves nothing).
// - writable: two nodes took writes at the same time: acknowledged them, or let them hang in the wait for a standby
//   while calling themselves primary.
// - acknowledged: a node acknowledged a write after another node had acknowledged one on a later timeline, or two did
//   so on the same timeline by turns.
// Only the last one loses what a client was promised. Invariant: acknowledged <= writable, each found from its own
// evidence. Not here: the verdict (claims.ts).
import {acknowledged, type PinnedWriteOp} from '../model/history.ts'
import type {RoleSpan, SplitBrain} from '../model/report.ts'
import {plural} from '../model/quantity.ts'
import {column, countWhere, firsts, leastOf, greatestOf, where} from './columns.ts'
import {growingNumbers, type GrowingNumbers, type Sequence} from './sequence.ts'
import type {ClientWrite} from './sort-ops.ts'
import {countBelow, countUpTo} from './stats.ts'

/** What one node took on one timeline. */
interface Reign {
  readonly node: string
  readonly timeline: number
  /** When it took pinned writes, and writes of clients that it acknowledged. */
  readonly pinnedMs: GrowingNumbers
  acks: Sequence<ClientWrite>
  firstTakenMs: number
  lastInvokedMs: number
  firstCompletedMs: number
  lastCompletedMs: number
}

interface Overlap {
  readonly a: string
  readonly b: string
  readonly ms: number
  /** Writes that either side took meanwhile. */
  readonly writes: number
}

/** `pinned`, and `acks` of clients of the same cluster, in order of completion. */
export function measureSplitBrain(
  pinned: Sequence<PinnedWriteOp>,
  roles: readonly RoleSpan[],
  acks: Sequence<ClientWrite> = [],
): SplitBrain {
  const found = overlaps(reignsOf(pinned, acks, acknowledged))
  const hangs = (op: PinnedWriteOp): boolean => hangsAsPrimary(op, roles)
  const taken = where(pinned, ({outcome}) => outcome === 'unknown').some(hangs)
    ? overlaps(reignsOf(pinned, acks, op => acknowledged(op) || hangs(op)))
    : found
  const longest = (of: readonly Overlap[]): number => Math.round(of.reduce((most, {ms}) => Math.max(most, ms), 0))
  return {
    reportedMs: Math.round(dualMs(roles.filter(span => span.role === 'primary'))),
    writableMs: longest(taken),
    acknowledgedMs: longest(found),
    pairs: found.map(({a, b, writes}) => ({a, b, acknowledged: writes})),
  }
}

/** Why a split brain could have gone unseen; null: every member was watched, and each told what it wrote on. */
export function unwatched(pinned: Sequence<PinnedWriteOp>, members: readonly string[]): string | null {
  if (members.length === 0) return 'no event tells which members there were'
  const silent = members.filter(name => countWhere(pinned, op => op.pinnedTo === name) === 0)
  if (silent.length > 0) return `nothing was written to ${silent.join(', ')} itself`
  const untold = countWhere(pinned, op => acknowledged(op) && op.timeline === null)
  if (untold > 0) return `${plural(untold, 'acknowledged pinned write')} without a timeline`
  return countWhere(pinned, op => op.timeline !== null) > 0 ? null : 'no pinned write told its timeline'
}

function hangsAsPrimary(op: PinnedWriteOp, roles: readonly RoleSpan[]): boolean {
  return (
    op.outcome === 'unknown' &&
    roles.some(
      span =>
        span.node === op.pinnedTo &&
        span.role === 'primary' &&
        span.fromMs <= op.invokedMs &&
        span.toMs >= op.completedMs,
    )
  )
}

/**
 * What each node took on each timeline, in the order of the first write on it. A pinned write counts from when it was
 * sent; without a reply it has no timeline of its own, and is on the one that its node last acknowledged on: writes on
 * a node that never told one are left out. A client's write may have waited for a primary, and counts from its reply.
 */
function reignsOf(
  pinned: Sequence<PinnedWriteOp>,
  acks: Sequence<ClientWrite>,
  isTaken: (op: PinnedWriteOp) => boolean,
): readonly Reign[] {
  const reigns: Reign[] = []
  const reignOf = (node: string, timeline: number): Reign => {
    const before = reigns.find(reign => reign.node === node && reign.timeline === timeline)
    if (before !== undefined) return before
    const reign = newReign(node, timeline)
    reigns.push(reign)
    return reign
  }
  const last = new Map<string, number>()
  for (const op of pinned) {
    const timeline = op.timeline ?? last.get(op.pinnedTo)
    if (timeline === undefined) continue
    last.set(op.pinnedTo, timeline)
    if (!isTaken(op)) continue
    const reign = reignOf(op.pinnedTo, timeline)
    reign.pinnedMs.push(op.invokedMs)
    widen(reign, op.invokedMs, op.invokedMs, op.completedMs, op.completedMs)
  }
  for (const {node, timeline} of firsts(where(acks, acknowledged))) {
    if (node === null || timeline === null) continue
    const reign = reignOf(node, timeline)
    if (reign.acks.length > 0) continue
    const own = where(acks, op => acknowledged(op) && op.node === node && op.timeline === timeline)
    const [firstMs, lastMs] = [leastOf(own, 'completedMs'), greatestOf(own, 'completedMs')]
    reign.acks = own
    widen(reign, firstMs, greatestOf(own, 'invokedMs'), firstMs, lastMs)
  }
  return reigns
}

function newReign(node: string, timeline: number): Reign {
  return {
    node,
    timeline,
    pinnedMs: growingNumbers(),
    acks: [],
    firstTakenMs: Infinity,
    lastInvokedMs: 0,
    firstCompletedMs: Infinity,
    lastCompletedMs: -Infinity,
  }
}

function widen(reign: Reign, takenMs: number, invokedMs: number, firstMs: number, lastMs: number): void {
  reign.firstTakenMs = Math.min(reign.firstTakenMs, takenMs)
  reign.lastInvokedMs = Math.max(reign.lastInvokedMs, invokedMs)
  reign.firstCompletedMs = Math.min(reign.firstCompletedMs, firstMs)
  reign.lastCompletedMs = Math.max(reign.lastCompletedMs, lastMs)
}

function overlaps(reigns: readonly Reign[]): readonly Overlap[] {
  return reigns.flatMap(older =>
    reigns.flatMap(newer => {
      if (!forked(older, newer)) return []
      // Bounded by both: when one side is gone, the other is not in two minds with anybody, whichever of them stays.
      const fromMs = Math.max(older.firstTakenMs, newer.firstTakenMs)
      const toMs = Math.min(older.lastCompletedMs, newer.lastCompletedMs)
      const during = (reign: Reign): number => {
        const takenMs = [reign.pinnedMs.end(), column(reign.acks, 'completedMs')].map(times => times.sort())
        return takenMs.reduce((sum, times) => sum + countUpTo(times, toMs) - countBelow(times, fromMs), 0)
      }
      return [{a: older.node, b: newer.node, ms: toMs - fromMs, writes: during(older) + during(newer)}]
    }),
  )
}

/**
 * Did the older side go on after the newer one had taken a write? On the same timeline both must have gone on, and the
 * pair is named once.
 */
function forked(older: Reign, newer: Reign): boolean {
  if (older.node === newer.node || older.timeline > newer.timeline) return false
  if (older.timeline < newer.timeline) return older.lastInvokedMs > newer.firstCompletedMs
  return (
    older.node < newer.node &&
    older.lastInvokedMs > newer.firstCompletedMs &&
    newer.lastInvokedMs > older.firstCompletedMs
  )
}

/** ms during which two or more spans hold: a sweep over their ends. */
function dualMs(spans: readonly RoleSpan[]): number {
  const ends = spans
    .flatMap(span => [
      {atMs: span.fromMs, step: 1},
      {atMs: span.toMs, step: -1},
    ])
    .toSorted((a, b) => a.atMs - b.atMs || a.step - b.step)
  let held = 0
  let sinceMs = 0
  let sum = 0
  for (const {atMs, step} of ends) {
    if (held >= 2) sum += atMs - sinceMs
    held += step
    sinceMs = atMs
  }
  return sum
}
