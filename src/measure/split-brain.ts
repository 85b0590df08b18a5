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
import type {ClientWrite} from './sort-ops.ts'
import {ascending, countBelow, countUpTo} from './stats.ts'

/** What one node took on one timeline. */
interface Reign {
  readonly node: string
  readonly timeline: number
  /** Ascending. */
  readonly takenMs: readonly number[]
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

/** `pinned` and `acks`, the acknowledged writes of clients of the same cluster, in order of completion. */
export function measureSplitBrain(
  pinned: readonly PinnedWriteOp[],
  roles: readonly RoleSpan[],
  acks: readonly ClientWrite[] = [],
): SplitBrain {
  const stamped = withTimeline(pinned)
  const pinnedAcks = stamped.filter(({op}) => acknowledged(op))
  const clientAcks = acks.flatMap(stampedAck)
  const found = overlaps(reignsOf([...pinnedAcks, ...clientAcks]))
  const hanging = new Set(stamped.filter(({op}) => hangsAsPrimary(op, roles)))
  const taken =
    hanging.size === 0
      ? found
      : overlaps(reignsOf([...stamped.filter(each => acknowledged(each.op) || hanging.has(each)), ...clientAcks]))
  const longest = (of: readonly Overlap[]): number => Math.round(of.reduce((most, {ms}) => Math.max(most, ms), 0))
  return {
    reportedMs: Math.round(dualMs(roles.filter(span => span.role === 'primary'))),
    writableMs: longest(taken),
    acknowledgedMs: longest(found),
    pairs: found.map(({a, b, writes}) => ({a, b, acknowledged: writes})),
  }
}

/** Why a split brain could have gone unseen; null: every member was watched, and each told what it wrote on. */
export function unwatched(pinned: readonly PinnedWriteOp[], members: readonly string[]): string | null {
  if (members.length === 0) return 'no event tells which members there were'
  const silent = members.filter(name => !pinned.some(op => op.pinnedTo === name))
  if (silent.length > 0) return `nothing was written to ${silent.join(', ')} itself`
  const untold = pinned.filter(op => acknowledged(op) && op.timeline === null).length
  if (untold > 0) return `${plural(untold, 'acknowledged pinned write')} without a timeline`
  return pinned.some(op => op.timeline !== null) ? null : 'no pinned write told its timeline'
}

interface Stamped {
  readonly op: PinnedWriteOp | ClientWrite
  readonly node: string
  readonly timeline: number
  /** From when on the node had it: a client's write may have waited for a primary before. */
  readonly takenMs: number
}

function stampedAck(op: ClientWrite): readonly Stamped[] {
  return op.node === null || op.timeline === null || !acknowledged(op)
    ? []
    : [{op, node: op.node, timeline: op.timeline, takenMs: op.completedMs}]
}

/**
 * A write without a reply has no timeline of its own: it is on the one that its node last acknowledged on. Writes on a
 * node that never told one are left out.
 */
function withTimeline(pinned: readonly PinnedWriteOp[]): readonly (Stamped & {readonly op: PinnedWriteOp})[] {
  const last = new Map<string, number>()
  return pinned.flatMap(op => {
    const timeline = op.timeline ?? last.get(op.pinnedTo)
    if (timeline === undefined) return []
    last.set(op.pinnedTo, timeline)
    return [{op, node: op.pinnedTo, timeline, takenMs: op.invokedMs}]
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
  return [...Map.groupBy(writes, ({node, timeline}) => `${timeline} ${node}`).values()].flatMap(group => {
    const [first] = group
    if (first === undefined) return []
    const takenMs = ascending(group.map(each => each.takenMs))
    const completedMs = ascending(group.map(({op}) => op.completedMs))
    return [
      {
        node: first.node,
        timeline: first.timeline,
        takenMs,
        firstTakenMs: takenMs[0] ?? 0,
        lastInvokedMs: group.reduce((most, {op}) => Math.max(most, op.invokedMs), 0),
        firstCompletedMs: completedMs[0] ?? 0,
        lastCompletedMs: completedMs.at(-1) ?? 0,
      },
    ]
  })
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
