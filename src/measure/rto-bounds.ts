// How much of an outage was seen: where the load did not look at its edges the RTO is no number but a range. PURE.
// Invariant: the true length lies between the bounds; without bounds the figure is as exact as the load is dense. Not
// here: which outage it is (outages.ts), when the load looked (coverage.ts).
import type {RtoBounds} from '../model/rto.ts'
import {greatestOf, where, within} from './columns.ts'
import type {Coverage, Hole} from './coverage.ts'
import type {Attempt, Outage, OutageRule} from './outages.ts'
import type {Sequence} from './sequence.ts'

/** So much of an RTO may be unseen before it is unknown, or this share of it. */
const unseenMsMax = 500
const unseenShareMax = 0.05
/** An acknowledgement that comes this soon after a hole says nothing about the hole. */
const promptMs = 250

export interface BoundsInput {
  /** As found, with the beginning that the RTO counts from; null: nothing stopped. */
  readonly outage: Outage | null
  readonly outages: readonly Outage[]
  readonly attempts: Sequence<Attempt>
  readonly coverage: Coverage
  readonly rule: OutageRule
  /** Nothing before it is about the fault. */
  readonly sinceMs: number
}

/** null: the length that was found is the length, and what never came back was seen not to. */
export function rtoBounds(input: BoundsInput): RtoBounds | null {
  const {outage, coverage, rule, sinceMs} = input
  const hiding = coverage.holes
    .filter(hole => hole.toMs > sinceMs && !overlaps(hole, outage))
    .reduce((most, hole) => Math.max(most, hole.toMs - Math.max(hole.fromMs, sinceMs)), 0)
  if (outage === null) return hiding > rule.unbrokenMs ? {leastMs: 0, mostMs: Math.round(hiding)} : null
  if (outage.toMs === null) return null
  const found = outage.toMs - outage.fromMs
  const leastMs = Math.max(0, ...seenPieces(input, outage.fromMs, outage.toMs))
  const endMs = goneOnUntil(input, outage.toMs)
  const mostMs =
    endMs === null ? null : Math.max(endMs - outage.fromMs, hiding > Math.max(rule.unbrokenMs, found) ? hiding : 0)
  const unseen = (mostMs ?? Infinity) - leastMs
  if (unseen <= Math.max(unseenMsMax, unseenShareMax * found)) return null
  return {leastMs: Math.round(leastMs), mostMs: mostMs === null ? null : Math.round(mostMs)}
}

function overlaps(hole: Hole, outage: Outage | null): boolean {
  return outage !== null && hole.fromMs < (outage.toMs ?? Infinity) && hole.toMs > outage.fromMs
}

/** The stretches of the outage that were surely without service: cut by holes that could hide service. */
function seenPieces({attempts, coverage, rule}: BoundsInput, fromMs: number, toMs: number): readonly number[] {
  const touching = within(within(attempts, 'completedMs', {above: fromMs}), 'invokedMs', {below: toMs})
  const bad = where(touching, ({good}) => !good)
  const failed = (afterMs: number, beforeMs: number): boolean =>
    bad.some(({invokedMs}) => invokedMs > afterMs && invokedMs <= beforeMs)
  let startMs = fromMs
  let endMs = toMs
  const cuts: Hole[] = []
  for (const hole of coverage.holes) {
    if (hole.toMs <= fromMs || hole.fromMs >= toMs) continue
    const began = hole.fromMs - fromMs > promptMs || failed(fromMs, hole.fromMs)
    const goesOn = toMs - hole.toMs > promptMs || (hole.toMs < toMs && failed(hole.toMs - 1, toMs))
    if (!began) startMs = Math.max(startMs, Math.min(hole.toMs, toMs))
    if (!goesOn) endMs = Math.min(endMs, Math.max(hole.fromMs, fromMs))
    if (began && goesOn && hole.toMs - hole.fromMs > rule.unbrokenMs) cuts.push(hole)
  }
  const points = [startMs, ...cuts.flatMap(hole => [hole.fromMs, hole.toMs]), endMs]
  return points.flatMap((atMs, index) => (index % 2 === 0 ? [(points[index + 1] ?? atMs) - atMs] : []))
}

/**
 * Where the outage may still have lasted to: its end when the unbroken run after it was seen, the end of a hole in that
 * run, null when the load ended before the run was long enough.
 */
function goneOnUntil({attempts, coverage, outages, rule}: BoundsInput, toMs: number): number | null {
  const {unbrokenMs} = rule
  const hole = coverage.holes.find(
    each => each.toMs > toMs && each.fromMs < toMs + unbrokenMs && each.toMs - each.fromMs > unbrokenMs,
  )
  const sinceMs = hole?.toMs ?? toMs
  const next = outages.find(each => each.fromMs >= toMs && each.fromMs < sinceMs + unbrokenMs)
  if (next !== undefined && hole !== undefined) return next.toMs
  const lastMs = greatestOf(
    where(attempts, ({good}) => good),
    'completedMs',
  )
  return lastMs < sinceMs + unbrokenMs ? null : sinceMs
}
