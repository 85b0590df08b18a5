// Split brain, looked for by writers pinned to each node: three findings of rising weight.
// - reported: two nodes called themselves primary at the same time (polled, so a moment of it proves nothing).
// - writable: two nodes took writes at the same time: acknowledged them, or let them hang in the wait for a standby
//   while calling themselves primary.
// - acknowledged: a node acknowledged a write after another node had acknowledged one on a later timeline, or two did
//   so on the same timeline by turns.
// Only the last one loses what a client was promised. Invariant: acknowledged <= writable, each found from its own
// evidence. Not here: the verdict (claims.ts).
import {acknowledged, type PinnedWriteOp} from '../model/history.ts'
import type {RoleSpan, SplitBrain} from '../model/report.ts'
import {countBelow, countUpTo} from './stats.ts'

/** What one node took on one timeline. */
interface Reign {
  readonly node: string
  readonly timeline: number
  /** Ascending. */
  readonly invokedMs: readonly number[]
  readonly firstInvokedMs: number
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

/** `pinned` in order of completion. */
export function measureSplitBrain(pinned: readonly PinnedWriteOp[], roles: readonly RoleSpan[]): SplitBrain {
  const stamped = withTimeline(pinned)
  const acks = overlaps(reignsOf(stamped.filter(({op}) => acknowledged(op))))
  const taken = overlaps(reignsOf(stamped.filter(({op}) => acknowledged(op) || hangsAsPrimary(op, roles))))
  const longest = (found: readonly Overlap[]): number => Math.round(found.reduce((most, {ms}) => Math.max(most, ms), 0))
  return {
    reportedMs: Math.round(dualMs(roles.filter(span => span.role === 'primary'))),
    writableMs: longest(taken),
    acknowledgedMs: longest(acks),
    pairs: acks.map(({a, b, writes}) => ({a, b, acknowledged: writes})),
  }
}

interface Stamped {
  readonly op: PinnedWriteOp
  readonly timeline: number
}

/**
 * A write without a reply has no timeline of its own: it is on the one that its node last acknowledged on. Writes on a
 * node that never told one are left out.
 */
function withTimeline(pinned: readonly PinnedWriteOp[]): readonly Stamped[] {
  const last = new Map<string, number>()
  return pinned.flatMap(op => {
    const timeline = op.timeline ?? last.get(op.pinnedTo)
    if (timeline === undefined) return []
    last.set(op.pinnedTo, timeline)
    return [{op, timeline}]
  })
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

function reignsOf(writes: readonly Stamped[]): readonly Reign[] {
  return [...Map.groupBy(writes, ({op, timeline}) => `${timeline} ${op.pinnedTo}`).values()].flatMap(group => {
    const [first, last] = [group[0], group.at(-1)]
    if (first === undefined || last === undefined) return []
    const invokedMs = group.map(({op}) => op.invokedMs).toSorted((a, b) => a - b)
    return [
      {
        node: first.op.pinnedTo,
        timeline: first.timeline,
        invokedMs,
        firstInvokedMs: invokedMs[0] ?? 0,
        lastInvokedMs: invokedMs.at(-1) ?? 0,
        firstCompletedMs: first.op.completedMs,
        lastCompletedMs: last.op.completedMs,
      },
    ]
  })
}

function overlaps(reigns: readonly Reign[]): readonly Overlap[] {
  return reigns.flatMap(older =>
    reigns.flatMap(newer => {
      if (!forked(older, newer)) return []
      // Bounded by both: when one side is gone, the other is not in two minds with anybody, whichever of them stays.
      const fromMs = Math.max(older.firstInvokedMs, newer.firstInvokedMs)
      const toMs = Math.min(older.lastCompletedMs, newer.lastCompletedMs)
      const during = ({invokedMs}: Reign): number => countUpTo(invokedMs, toMs) - countBelow(invokedMs, fromMs)
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
