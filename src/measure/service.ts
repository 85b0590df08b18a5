// Writes as signs of service. PURE. Invariant: an acknowledgement that is gone in the end, or of a timeline that was
// over when it was sent, ends no outage: a node that nobody follows answered it. Not here: the rule for outages
// (outages.ts).
import {acknowledged} from '../model/history.ts'
import {firsts, where} from './columns.ts'
import {isConflict} from './conflict.ts'
import {attemptsOf, findOutages, type Attempt, type Outage, type OutageRule, type Surroundings} from './outages.ts'
import type {Sequence} from './sequence.ts'
import type {ClientWrite} from './sort-ops.ts'
import {countBelow} from './stats.ts'

export interface Service {
  readonly attempts: Sequence<Attempt>
  /** When void acknowledgements came, ascending. */
  readonly voidMs: readonly number[]
}

/** `writes` in order of completion; `survived`: is it there in the end, or can nobody tell? */
export function serviceOf(writes: Sequence<ClientWrite>, survived: (id: number) => boolean): Service {
  const voidMs: number[] = []
  const isOver = timelinesOver(writes)
  const kept = where(writes, op => !isConflict(op)).filter(op => {
    const isVoid = acknowledged(op) && (!survived(op.id) || isOver(op))
    if (isVoid) voidMs.push(op.completedMs)
    return !isVoid
  })
  return {attempts: attemptsOf(kept, acknowledged), voidMs}
}

/** When the first write was acknowledged on a timeline later than all before, in order. */
interface Rises {
  readonly atMs: number[]
  readonly timelines: number[]
}

/**
 * Had a later timeline acknowledged a write before this one was sent? A cluster that came back counts its timelines for
 * itself.
 */
function timelinesOver(writes: Sequence<ClientWrite>): (op: ClientWrite) => boolean {
  const rises = new Map<string | undefined, Rises>()
  for (const op of firsts(writes)) {
    if (op.timeline === null || !acknowledged(op)) continue
    const of = rises.get(op.cluster) ?? {atMs: [], timelines: []}
    if (of.atMs.length === 0) rises.set(op.cluster, of)
    if (op.timeline <= (of.timelines.at(-1) ?? 0)) continue
    of.atMs.push(op.completedMs)
    of.timelines.push(op.timeline)
  }
  return ({cluster, timeline, invokedMs}) => {
    const of = rises.get(cluster)
    if (timeline === null || of === undefined) return false
    return timeline < (of.timelines[countBelow(of.atMs, invokedMs) - 1] ?? 0)
  }
}

/**
 * The outages of a service. Void acknowledgements that follow the last good one without a break are what the client saw
 * before the outage, so it begins with the last of them.
 */
export function serviceOutages({attempts, voidMs}: Service, rule: OutageRule, around: Surroundings): readonly Outage[] {
  const found = findOutages(attempts, rule, around)
  if (voidMs.length === 0) return found
  const bad = where(attempts, ({good}) => !good)
  return found.flatMap((outage): readonly Outage[] => {
    const fromMs = lastInARow(outage.fromMs, voidMs, bad, rule.stallMs)
    const broke = bad.some(({invokedMs, completedMs}) => completedMs > fromMs && invokedMs < (outage.toMs ?? Infinity))
    if (outage.toMs !== null && !broke && outage.toMs - fromMs <= rule.stallMs) return []
    return [{fromMs, toMs: outage.toMs}]
  })
}

function lastInARow(startMs: number, voidMs: readonly number[], bad: Sequence<Attempt>, stallMs: number): number {
  let lastMs = startMs
  const firstBadMs = bad.reduce(
    (least, op) => (op.invokedMs > startMs ? Math.min(least, op.completedMs) : least),
    Infinity,
  )
  for (const atMs of voidMs) {
    if (atMs <= lastMs) continue
    if (atMs - lastMs > stallMs || atMs > firstBadMs) break
    lastMs = atMs
  }
  return lastMs
}
