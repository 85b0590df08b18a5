// How much service there was: the share of time without an ok write, the longest stall, the brown-out after the outage.
// Invariant: latency counts from when the open-loop schedule wanted the operation, so a stalled client hides nothing.
// Not here: outages (outages.ts).
import {acknowledged} from '../model/history.ts'
import {eachNumber, eachPair, groupByNumber, leastOf, where, within} from './columns.ts'
import type {Sequence} from './sequence.ts'
import type {ClientWrite} from './sort-ops.ts'
import {percentile, Steps} from './stats.ts'

const bucketMs = 100
const secondMs = 1_000
/** Brown-out is over when p99 is below twice the baseline's. */
const brownOutFactor = 2

/** p99 of the latency of acknowledged writes; null for none. */
export function p99Ms(writes: Sequence<ClientWrite>): number | null {
  const served = where(writes, acknowledged)
  const latencyMs = new Float64Array(served.length)
  let at = 0
  eachPair(served, ['dueMs', 'completedMs'], (dueMs, completedMs) => {
    latencyMs[at] = completedMs - dueMs
    at += 1
  })
  return percentile(latencyMs.sort(), 0.99)
}

/**
 * Share (0..1) of the 100 ms buckets from `fromMs` to the end of the load in which a write was due and none was
 * acknowledged.
 * Buckets in which none was due say nothing and are left out, so that a slow load is not taken for an outage; 0 when
 * there are none.
 */
export function unavailableShare(writes: Sequence<ClientWrite>, fromMs: number): number {
  const due = bucketsOf(writes, 'dueMs', fromMs)
  const served = bucketsOf(where(writes, acknowledged), 'completedMs', fromMs)
  return due.size === 0 ? 0 : [...due].filter(index => !served.has(index)).length / due.size
}

function bucketsOf(writes: Sequence<ClientWrite>, field: 'dueMs' | 'completedMs', fromMs: number): ReadonlySet<number> {
  const buckets = new Set<number>()
  eachNumber(writes, field, atMs => {
    if (atMs >= fromMs) buckets.add(Math.floor((atMs - fromMs) / bucketMs))
  })
  return buckets
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
  const last = writes.at(-1)
  if (last === undefined) return 0
  const steps = new Steps()
  const add = (atMs: number): void => {
    if (sinceMs !== null && atMs <= sinceMs) steps.beginAt(atMs)
    else steps.add(atMs)
  }
  add(leastOf(writes, 'invokedMs'))
  eachNumber(where(writes, acknowledged), 'completedMs', add)
  add(last.completedMs)
  return steps.longest
}

/**
 * From the first ok write after the outage until a second's p99 is below twice the baseline's, in whole seconds: 0 when
 * the first second is.
 * null when it never was, or when there is no baseline to compare with.
 */
export function brownOutMs(writes: Sequence<ClientWrite>, baselineEndMs: number, recoveredMs: number): number | null {
  const baseline = p99Ms(within(writes, 'completedMs', {upTo: baselineEndMs}))
  if (baseline === null) return null
  const seconds = groupByNumber(within(writes, 'completedMs', {from: recoveredMs}), 'completedMs', atMs =>
    Math.floor((atMs - recoveredMs) / secondMs),
  )
  for (const [second, ops] of [...seconds].toSorted(([a], [b]) => a - b)) {
    const p99 = p99Ms(ops)
    if (p99 !== null && p99 < brownOutFactor * baseline) return second * secondMs
  }
  return null
}
