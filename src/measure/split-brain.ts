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
import {countOf, growingNumbers, type GrowingNumbers, type Sequence} from './sequence.ts'
import type {ClientWrite} from './sort-ops.ts'
import {countBelow, countUpTo} from './stats.ts'

/** What one node took on one timeline. */
interface Reign {
  readonly node: string
  readonly timeline: number
  /** Ascending. */
  readonly takenMs: Float64Array
  readonly firstTakenMs: number
  readonly lastInvokedMs: number
  readonly firstCompletedMs: number
  readonly lastCompletedMs: number
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
  const taken = pinned.some(hangs) ? overlaps(reignsOf(pinned, acks, op => acknowledged(op) || hangs(op))) : found
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
  const silent = members.filter(name => !pinned.some(op => op.pinnedTo === name))
  if (silent.length > 0) return `nothing was written to ${silent.join(', ')} itself`
  const untold = countOf(pinned, op => acknowledged(op) && op.timeline === null)
  if (untold > 0) return `${plural(untold, 'acknowledged pinned write')} without a timeline`
  return pinned.some(op => op.timeline !== null) ? null : 'no pinned write told its timeline'
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
  const reigns: OpenReign[] = []
  const byNode = new Map<string, Map<number, OpenReign>>()
  const add = (op: PinnedWriteOp | ClientWrite, node: string, timeline: number, takenMs: number): void => {
    const ofNode = byNode.get(node) ?? new Map<number, OpenReign>()
    if (ofNode.size === 0) byNode.set(node, ofNode)
    let reign = ofNode.get(timeline)
    if (reign === undefined) {
      ofNode.set(timeline, (reign = openReign(node, timeline)))
      reigns.push(reign)
    }
    reign.takenMs.push(takenMs)
    reign.lastInvokedMs = Math.max(reign.lastInvokedMs, op.invokedMs)
    reign.firstCompletedMs = Math.min(reign.firstCompletedMs, op.completedMs)
    reign.lastCompletedMs = Math.max(reign.lastCompletedMs, op.completedMs)
  }
  const last = new Map<string, number>()
  for (const op of pinned) {
    const timeline = op.timeline ?? last.get(op.pinnedTo)
    if (timeline === undefined) continue
    last.set(op.pinnedTo, timeline)
    if (isTaken(op)) add(op, op.pinnedTo, timeline, op.invokedMs)
  }
  for (const op of acks)
    if (op.node !== null && op.timeline !== null && acknowledged(op)) add(op, op.node, op.timeline, op.completedMs)
  return reigns.map(({takenMs, ...reign}) => {
    const inOrder = takenMs.end().sort()
    return {...reign, takenMs: inOrder, firstTakenMs: inOrder[0] ?? 0}
  })
}

interface OpenReign extends Omit<Reign, 'takenMs' | 'firstTakenMs'> {
  readonly takenMs: GrowingNumbers
  lastInvokedMs: number
  firstCompletedMs: number
  lastCompletedMs: number
}

function openReign(node: string, timeline: number): OpenReign {
  const takenMs = growingNumbers()
  return {node, timeline, takenMs, lastInvokedMs: 0, firstCompletedMs: Infinity, lastCompletedMs: -Infinity}
}

function overlaps(reigns: readonly Reign[]): readonly Overlap[] {
  return reigns.flatMap(older =>
    reigns.flatMap(newer => {
      if (!forked(older, newer)) return []
      // Bounded by both: when one side is gone, the other is not in two minds with anybody, whichever of them stays.
      const fromMs = Math.max(older.firstTakenMs, newer.firstTakenMs)
      const toMs = Math.min(older.lastCompletedMs, newer.lastCompletedMs)
      const during = ({takenMs}: Reign): number => countUpTo(takenMs, toMs) - countBelow(takenMs, fromMs)
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
