// How much service there was: the share of time without an ok write, the longest stall, the brown-out after the outage.
// Invariant: latency counts from when the open-loop schedule wanted the operation, so a stalled client hides nothing.
// Not here: outages (outages.ts).
import {acknowledged} from '../model/history.ts'
import {ascendingNumbers, groupBy, numbersOf, type Sequence} from './sequence.ts'
import type {ClientWrite} from './sort-ops.ts'
import {longestStep, percentile} from './stats.ts'

const bucketMs = 100
const secondMs = 1_000
/** Brown-out is over when p99 is below twice the baseline's. */
const brownOutFactor = 2

function latencyMs(op: ClientWrite): number {
  return op.completedMs - op.dueMs
}

/** p99 of the latency of acknowledged writes; null for none. */
export function p99Ms(writes: Sequence<ClientWrite>): number | null {
  return percentile(ascendingNumbers(writes.filter(acknowledged).map(latencyMs)), 0.99)
}

/**
 * Share (0..1) of the 100 ms buckets from `fromMs` to the end of the load in which a write was due and none was
 * acknowledged.
 * Buckets in which none was due say nothing and are left out, so that a slow load is not taken for an outage; 0 when
 * there are none.
 */
export function unavailableShare(writes: Sequence<ClientWrite>, fromMs: number): number {
  const bucket = (atMs: number): number => Math.floor((atMs - fromMs) / bucketMs)
  const due = new Set(writes.filter(op => op.dueMs >= fromMs).map(op => bucket(op.dueMs)))
  const served = new Set(
    writes.filter(op => acknowledged(op) && op.completedMs >= fromMs).map(op => bucket(op.completedMs)),
  )
  return due.size === 0 ? 0 : [...due].filter(index => !served.has(index)).length / due.size
}

/**
 * Share (0..1) of the 100 ms buckets from `fromMs` on in which writes were due and none of those was acknowledged,
 * however late: of a shard whose writes are few, a slow answer is no outage. 0 when there are none.
 */
export function refusedShare(writes: Sequence<ClientWrite>, fromMs: number): number {
  const served = new Map<number, boolean>()
  for (const op of writes) {
    if (op.dueMs < fromMs) continue
    const bucket = Math.floor((op.dueMs - fromMs) / bucketMs)
    served.set(bucket, acknowledged(op) || served.get(bucket) === true)
  }
  const refused = [...served.values()].filter(isServed => !isServed).length
  return served.size === 0 ? 0 : refused / served.size
}

/**
 * The longest time between two acknowledged writes, up to the end of the load, of which some part lies after `sinceMs`.
 */
export function longestStallMs(writes: Sequence<ClientWrite>, sinceMs: number | null): number {
  const [first, last] = [writes.at(0), writes.at(-1)]
  if (first === undefined || last === undefined) return 0
  const acksMs = numbersOf(writes.filter(acknowledged).map(op => op.completedMs))
  const points = new Float64Array(acksMs.length + 2)
  points[0] = writes.reduce((least, op) => Math.min(least, op.invokedMs), first.invokedMs)
  points.set(acksMs, 1)
  points[acksMs.length + 1] = last.completedMs
  const since = sinceMs === null ? 0 : points.findLastIndex(atMs => atMs <= sinceMs)
  return longestStep(points.subarray(Math.max(0, since)))
}

/**
 * From the first ok write after the outage until a second's p99 is below twice the baseline's, in whole seconds: 0 when
 * the first second is.
 * null when it never was, or when there is no baseline to compare with.
 */
export function brownOutMs(writes: Sequence<ClientWrite>, baselineEndMs: number, recoveredMs: number): number | null {
  const baseline = p99Ms(writes.filter(op => op.completedMs <= baselineEndMs))
  if (baseline === null) return null
  const seconds = groupBy(
    writes.filter(op => op.completedMs >= recoveredMs),
    op => Math.floor((op.completedMs - recoveredMs) / secondMs),
  )
  for (const [second, ops] of [...seconds].toSorted(([a], [b]) => a - b)) {
    const p99 = p99Ms(ops)
    if (p99 !== null && p99 < brownOutFactor * baseline) return second * secondMs
  }
  return null
}
