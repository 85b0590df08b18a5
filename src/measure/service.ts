// Writes as signs of service. PURE. Invariant: an acknowledgement that is gone in the end, or of a timeline that was
// over when it was sent, ends no outage: a node that nobody follows answered it. Not here: the rule for outages
// (outages.ts).
import {acknowledged} from '../model/history.ts'
import {isConflict} from './conflict.ts'
import {findOutages, type Attempt, type Outage, type OutageRule, type Surroundings} from './outages.ts'
import type {ClientWrite} from './sort-ops.ts'
import {countBelow} from './stats.ts'

export interface Service {
  readonly attempts: readonly Attempt[]
  /** When void acknowledgements came, ascending. */
  readonly voidMs: readonly number[]
}

/** `writes` in order of completion; `survived`: is it there in the end, or can nobody tell? */
export function serviceOf(writes: readonly ClientWrite[], survived: (op: ClientWrite) => boolean): Service {
  const attempts: Attempt[] = []
  const voidMs: number[] = []
  // A cluster that came back counts its timelines for itself.
  const over = new Map([...Map.groupBy(writes, op => op.cluster)].map(([name, ops]) => [name, timelineOver(ops)]))
  for (const op of writes) {
    if (isConflict(op)) continue
    const good = acknowledged(op)
    if (good && (!survived(op) || over.get(op.cluster)?.(op) === true)) voidMs.push(op.completedMs)
    else attempts.push({invokedMs: op.invokedMs, completedMs: op.completedMs, good})
  }
  return {attempts, voidMs}
}

/** Had a later timeline acknowledged a write before this one was sent? */
function timelineOver(writes: readonly ClientWrite[]): (op: ClientWrite) => boolean {
  const acksMs: number[] = []
  const newest: number[] = []
  for (const op of writes) {
    if (op.timeline === null || !acknowledged(op)) continue
    acksMs.push(op.completedMs)
    newest.push(Math.max(op.timeline, newest.at(-1) ?? 0))
  }
  return ({timeline, invokedMs}) => timeline !== null && timeline < (newest[countBelow(acksMs, invokedMs) - 1] ?? 0)
}

/**
 * The outages of a service. Void acknowledgements that follow the last good one without a break are what the client saw
 * before the outage, so it begins with the last of them.
 */
export function serviceOutages({attempts, voidMs}: Service, rule: OutageRule, around: Surroundings): readonly Outage[] {
  const found = findOutages(attempts, rule, around)
  if (voidMs.length === 0) return found
  const bad = attempts.filter(({good}) => !good)
  return found.flatMap((outage): readonly Outage[] => {
    const fromMs = lastInARow(outage.fromMs, voidMs, bad, rule.stallMs)
    const broke = bad.some(({invokedMs, completedMs}) => completedMs > fromMs && invokedMs < (outage.toMs ?? Infinity))
    if (outage.toMs !== null && !broke && outage.toMs - fromMs <= rule.stallMs) return []
    return [{fromMs, toMs: outage.toMs}]
  })
}

function lastInARow(startMs: number, voidMs: readonly number[], bad: readonly Attempt[], stallMs: number): number {
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
