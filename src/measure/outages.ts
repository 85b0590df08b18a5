// Where service stopped: the rule that turns a stream of operations into outages, for writes and for reads alike.
// Invariant: depends on the operations' times and outcomes only, not on their order. Not here: which outage is the RTO
// (rto.ts).
import {column, eachNumber, greatestOf, leastOf, viewed, where} from './columns.ts'
import {hiddenMs, type Hole} from './coverage.ts'
import {gapFinder} from './longest-gap.ts'
import type {Rest} from './rows.ts'
import {ascended, type Sequence} from './sequence.ts'
import {countBelow, countUpTo} from './stats.ts'

/** One operation as the rule sees it. */
export interface Attempt {
  readonly invokedMs: number
  readonly completedMs: number
  readonly good: boolean
}

/** Operations as attempts: which are good is told by what they say beside their numbers. */
export function attemptsOf<T extends Omit<Attempt, 'good'>>(
  ops: Sequence<T>,
  isGood: (rest: Rest<T>) => boolean,
): Sequence<Attempt> {
  return viewed(
    ops,
    op => ({invokedMs: op.invokedMs, completedMs: op.completedMs, good: isGood(op)}),
    rest => ({good: isGood(rest)}),
  )
}

/** From the last good completion before to the first good completion after; `toMs` null: it never came back. */
export interface Outage {
  readonly fromMs: number
  readonly toMs: number | null
}

export interface OutageRule {
  /** A gap between two good completions that is longer than this is an outage even without an error. */
  readonly stallMs: number
  /** Service is back when no gap is broken for this long. */
  readonly unbrokenMs: number
}

/** Below this a gap says more about the scheduler of a laptop than about the cluster. */
const stallFloorMs = 250
/** A gap three times as long as the baseline's own longest is not the baseline's noise. */
const stallFactor = 3
/** A longer silence of the baseline is no noise to be learned: a second of it would hide an outage of three. */
const stallCeilingMs = 1_000
/** The same second that the condition `writable` of a scenario asks for (model/scenario.ts). */
const unbrokenFloorMs = 1_000

/**
 * The rule for a load: learned from the good completions before `baselineEndMs`, or from the first third of the run
 * when nothing was disturbed. What lies in `holes` teaches nothing.
 */
export function outageRule(
  attempts: Sequence<Attempt>,
  baselineEndMs: number | null,
  holes: readonly Hole[] = [],
): OutageRule {
  const times = cutsOf(attempts).goodsMs
  const first = times[0] ?? 0
  const endMs = baselineEndMs ?? first + ((times.at(-1) ?? 0) - first) / 3
  const baseline = times.subarray(0, countUpTo(times, endMs))
  const meanMs = baseline.length < 2 ? 0 : ((baseline.at(-1) ?? 0) - first) / (baseline.length - 1)
  return {
    stallMs: Math.min(
      Math.max(stallCeilingMs, stallFactor * meanMs),
      Math.max(stallFloorMs, stallFactor * longestQuietGap(baseline, attempts, holes)),
    ),
    unbrokenMs: Math.max(unbrokenFloorMs, stallFactor * meanMs),
  }
}

/**
 * The longest gap in which nothing failed, as far as the load looked: an outage of the baseline must not teach the rule
 * that outages are noise.
 */
function longestQuietGap(goodsMs: Float64Array, attempts: Sequence<Attempt>, holes: readonly Hole[]): number {
  const badMs = ascended(column(badOf(attempts), 'invokedMs'))
  return goodsMs.reduce((longest, toMs, index) => {
    const fromMs = goodsMs[index - 1] ?? toMs
    if (toMs - fromMs <= longest || countUpTo(badMs, toMs) !== countBelow(badMs, fromMs)) return longest
    return Math.max(longest, toMs - fromMs - hiddenMs(holes, fromMs, toMs))
  }, 0)
}

/** What the search for outages knows beside the attempts. */
export interface Surroundings {
  /** Where the load did not look: silence there is nobody's outage. */
  readonly holes?: readonly Hole[]
  /** The disturbance: what broke before it is of the baseline, and is not joined with what broke after it. */
  readonly cutMs?: number | null
}

/**
 * The outages of a load, in order.
 *
 * Cut the run at every good completion. The gap between two neighbours is broken when it is longer than `stallMs`, or
 * when a bad attempt is charged to it.
 * A bad attempt is charged to one gap: the longest that its time from invocation to completion touches (so an attempt
 * that was under way when the node died, and ends at its deadline, is charged to the outage and not to the moment
 * before or after it). Broken gaps that are less than `unbrokenMs` apart are one outage:
 * that is what "the first ok write of the unbroken run after it" means. A broken gap that ends with the load has no
 * end; one that is shorter than `stallMs` there is no outage yet.
 */
export function findOutages(
  attempts: Sequence<Attempt>,
  rule: OutageRule,
  {holes = [], cutMs = null}: Surroundings = {},
): readonly Outage[] {
  if (attempts.length === 0) return []
  const {pointsMs, endsGood} = cutsOf(attempts)
  const charged = chargedGaps(pointsMs, badOf(attempts))
  const outages: Outage[] = []
  const endMs = pointsMs.at(-1)
  let open: {fromMs: number; toMs: number} | null = null
  const close = (): void => {
    if (open === null) return
    const endless = !endsGood && open.toMs === endMs
    if (!endless || open.toMs - open.fromMs > rule.stallMs)
      outages.push({fromMs: open.fromMs, toMs: endless ? null : open.toMs})
  }
  const isCut = (beforeMs: number, toMs: number): boolean => cutMs !== null && beforeMs <= cutMs && toMs > cutMs
  for (let gap = 0; gap + 1 < pointsMs.length; gap += 1) {
    const fromMs = pointsMs[gap] ?? 0
    const toMs = pointsMs[gap + 1] ?? 0
    const isLong = toMs - fromMs > rule.stallMs && toMs - fromMs - hiddenMs(holes, fromMs, toMs) > rule.stallMs
    if (!charged.has(gap) && !isLong) continue
    if (open !== null && fromMs - open.toMs < rule.unbrokenMs && !isCut(open.toMs, toMs)) open.toMs = toMs
    else {
      close()
      open = {fromMs, toMs}
    }
  }
  close()
  return outages
}

/**
 * The longest outage that was not over at `sinceMs`; one that never ended is the longest. The earliest of equals.
 */
export function longestOutage(outages: readonly Outage[], sinceMs: number | null): Outage | null {
  const length = ({fromMs, toMs}: Outage): number => (toMs ?? Infinity) - fromMs
  const candidates = outages.filter(outage => outage.toMs === null || outage.toMs > (sinceMs ?? -Infinity))
  return candidates.reduce<Outage | null>(
    (longest, outage) => (longest === null || length(outage) > length(longest) ? outage : longest),
    null,
  )
}

/**
 * The outage that the RTO of a disturbance is about. It begins with the last ok before it, within what the rule takes
 * for noise, and no earlier than the disturbance: what was broken before is none of its doing.
 */
export function outageOf(
  outages: readonly Outage[],
  disturbedMs: number | null,
  {stallMs}: Pick<OutageRule, 'stallMs'>,
): Outage | null {
  const found = longestOutage(outages, disturbedMs)
  if (found === null || disturbedMs === null || disturbedMs - found.fromMs <= stallMs) return found
  return {...found, fromMs: disturbedMs}
}

/**
 * The first good completion of the first unbroken run: no outage begins within `unbrokenMs` of it. null: there is none.
 */
export function unbrokenSince(attempts: Sequence<Attempt>, rule: OutageRule): number | null {
  const first = cutsOf(attempts).goodsMs[0] ?? null
  return findOutages(attempts, rule).reduce<number | null>(
    (sinceMs, {fromMs, toMs}) => (sinceMs !== null && fromMs - sinceMs < rule.unbrokenMs ? toMs : sinceMs),
    first,
  )
}

interface Cuts {
  /** The first invocation, every good completion, and the end of the load where that is no good completion. */
  readonly pointsMs: Float64Array
  /** The good completions among them. */
  readonly goodsMs: Float64Array
  readonly endsGood: boolean
}

/** A rule is learned from the attempts that outages are then looked for in. */
const cuts = new WeakMap<Sequence<Attempt>, Cuts>()

function cutsOf(attempts: Sequence<Attempt>): Cuts {
  const before = cuts.get(attempts)
  if (before !== undefined) return before
  const good = where(attempts, attempt => attempt.good)
  const endMs = greatestOf(attempts, 'completedMs')
  const pointsMs = new Float64Array(good.length + 2)
  let at = 1
  eachNumber(good, 'completedMs', atMs => {
    pointsMs[at] = atMs
    at += 1
  })
  const goodsMs = ascended(pointsMs.subarray(1, at))
  pointsMs[0] = leastOf(attempts, 'invokedMs')
  pointsMs[at] = endMs
  const endsGood = goodsMs.at(-1) === endMs
  const found = {pointsMs: endsGood ? pointsMs.subarray(0, at) : pointsMs, goodsMs, endsGood}
  cuts.set(attempts, found)
  return found
}

function badOf(attempts: Sequence<Attempt>): Sequence<Attempt> {
  return where(attempts, ({good}) => !good)
}

function chargedGaps(pointsMs: Float64Array, bad: Sequence<Attempt>): ReadonlySet<number> {
  const last = pointsMs.length - 2
  if (last < 0 || bad.length === 0) return new Set()
  const longest = gapFinder(pointsMs)
  return new Set(
    bad.map(attempt => {
      const from = Math.min(last, Math.max(0, countUpTo(pointsMs, attempt.invokedMs) - 1))
      const to = Math.min(last, Math.max(from, countBelow(pointsMs, attempt.completedMs) - 1))
      return longest(from, to)
    }),
  )
}
