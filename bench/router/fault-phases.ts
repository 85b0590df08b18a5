// What readers saw before, during and after a fault of one node. PURE. Invariant: a read that the fault may have held
// up counts as during, whenever it began.
// Not here: reading (watched-reads.ts), breaking (three-servers.ts).
import {percentileOf} from './figures.ts'
import type {WatchedReads} from './watched-reads.ts'

/** On the clock of the reads. */
export interface FaultMoments {
  readonly injectedAtMs: number
  readonly healingAtMs: number
  readonly healedAtMs: number
}

interface Latency {
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface FaultPhases {
  readonly reads: number
  readonly errors: readonly string[]
  readonly before: Latency
  readonly during: Latency
  readonly after: Latency
  readonly longestMs: number
  /** Of the reads before the fault, those on the node. */
  readonly shareBefore: number
  /** From the fault until the node has less than 1 % of the reads, and keeps to it; null: not before it was healed. */
  readonly leftAfterMs: number | null
  /** From the end of the healing until the node has its share again; null: not within the trial. */
  readonly backAfterMs: number | null
  /** Its share of the reads begun in each 100 ms from the fault on, and from the end of the healing on. */
  readonly sharesDuring: readonly number[]
  readonly sharesAfter: readonly number[]
}

const bucketMs = 100
const leftShareMax = 0.01
/** Of two standbys each has half. */
const backShareMin = 0.4
const backBuckets = 5

export function faultPhases(
  reads: WatchedReads,
  node: string,
  {injectedAtMs, healingAtMs, healedAtMs}: FaultMoments,
): FaultPhases {
  const took: Readonly<Record<'before' | 'during' | 'after', number[]>> = {before: [], during: [], after: []}
  reads.startedAtMs.forEach((startedAtMs, index) => {
    const ms = reads.tookMs[index] ?? Number.NaN
    took[startedAtMs + ms < injectedAtMs ? 'before' : startedAtMs < healedAtMs ? 'during' : 'after'].push(ms)
  })
  const sharesDuring = shares(reads, node, injectedAtMs, healingAtMs)
  const sharesAfter = shares(reads, node, healedAtMs, Infinity)
  const lastWithMore = sharesDuring.findLastIndex(share => share >= leftShareMax)
  const back = sharesAfter.findIndex(
    (_, index) =>
      index + backBuckets <= sharesAfter.length && mean(sharesAfter.slice(index, index + backBuckets)) >= backShareMin,
  )
  return {
    reads: reads.tookMs.length,
    errors: reads.errors,
    before: latencyOf(took.before),
    during: latencyOf(took.during),
    after: latencyOf(took.after),
    longestMs: reads.tookMs.reduce((longest, ms) => Math.max(longest, ms), 0),
    shareBefore: shareOf(reads, node, -Infinity, injectedAtMs),
    leftAfterMs: lastWithMore === sharesDuring.length - 1 ? null : (lastWithMore + 1) * bucketMs,
    backAfterMs: back === -1 ? null : back * bucketMs,
    sharesDuring,
    sharesAfter,
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function latencyOf(took: readonly number[]): Latency {
  return {p50Ms: percentileOf(took, 0.5), p99Ms: percentileOf(took, 0.99)}
}

/** Of each bucket of reads, which of them the node had. A bucket without reads counts as none of them. */
function shares(reads: WatchedReads, node: string, fromMs: number, toMs: number): readonly number[] {
  const all: number[] = []
  const own: number[] = []
  reads.startedAtMs.forEach((startedAtMs, index) => {
    if (!isWithin(startedAtMs, fromMs, toMs)) return
    const bucket = Math.floor((startedAtMs - fromMs) / bucketMs)
    all[bucket] = (all[bucket] ?? 0) + 1
    if (wasOn(reads, index, node)) own[bucket] = (own[bucket] ?? 0) + 1
  })
  return Array.from(all, (count, bucket) => Math.round(((own[bucket] ?? 0) / (count || 1)) * 1_000) / 1_000)
}

function shareOf(reads: WatchedReads, node: string, fromMs: number, toMs: number): number {
  let all = 0
  let own = 0
  reads.startedAtMs.forEach((startedAtMs, index) => {
    if (!isWithin(startedAtMs, fromMs, toMs)) return
    all++
    if (wasOn(reads, index, node)) own++
  })
  return own / all
}

/** It answered, or it was tried first and did not. */
function wasOn({by, attempts, nodes}: WatchedReads, index: number, node: string): boolean {
  return (attempts[index] ?? 1) > 1 || nodes[by[index] ?? -1] === node
}

function isWithin(timeMs: number | undefined, fromMs: number, toMs: number): boolean {
  return timeMs !== undefined && timeMs >= fromMs && timeMs < toMs
}
