// How long a restore will take, from the rates of earlier runs. PURE. Invariant: never a constant: without an earlier
// restore there is no prediction.
// Not here: what will have to be copied and replayed (src/backup).
import type {RecoveryPhaseName} from '../model/recovery-record.ts'
import type {Report} from '../model/report.ts'
import type {Rto} from '../model/rto.ts'
import {ascending, percentile} from './stats.ts'

/**
 * Half of the runs were at least this good, and nine in ten; so p90 is the worse of the two: a lower rate, a longer
 * time.
 */
export interface Learned {
  readonly p50: number
  readonly p90: number
}

export interface Rates {
  readonly copyBytesPerS: Learned
  readonly replayBytesPerS: Learned
  /**
   * What does not grow with the data: detect, decide, locate, start, promote, first write, and what no phase explains.
   */
  readonly restMs: Learned
  /** How many runs they are learned from. */
  readonly n: number
}

const copying: readonly RecoveryPhaseName[] = ['fetch', 'combine']
/** Up to consistency WAL is replayed as well. */
const replaying: readonly RecoveryPhaseName[] = ['consistent', 'replay']

/** From the runs that recovered; null when none of them copied and replayed anything. Percentiles by nearest rank. */
export function learnRates(reports: readonly Report[]): Rates | null {
  const runs = reports.flatMap(({rto, restore}) =>
    rto !== null && rto.ms !== null && restore !== null ? [{rto, restore, ms: rto.ms}] : [],
  )
  const spent = (rto: Rto, names: readonly RecoveryPhaseName[]): number =>
    rto.parts.filter(part => names.some(name => name === part.name)).reduce((sum, part) => sum + part.ms, 0)
  const copied = runs.map(({rto, restore}) => ({bytes: restore.copiedBytes, ms: spent(rto, copying)}))
  const replayed = runs.map(({rto, restore}) => ({bytes: restore.replayedBytes, ms: spent(rto, replaying)}))
  const copyBytesPerS = rateOf(copied)
  const replayBytesPerS = rateOf(replayed)
  const restMs = learned(runs.map(({rto, ms}) => ms - spent(rto, copying) - spent(rto, replaying)))
  return copyBytesPerS === null || replayBytesPerS === null || restMs === null
    ? null
    : {copyBytesPerS, replayBytesPerS, restMs, n: runs.length}
}

/** Percentiles of the time per byte, told as its inverse. What took no time or moved nothing tells no rate. */
function rateOf(work: readonly {readonly bytes: number; readonly ms: number}[]): Learned | null {
  const slowness = learned(work.flatMap(({bytes, ms}) => (bytes > 0 && ms > 0 ? [ms / bytes] : [])))
  return slowness === null ? null : {p50: 1_000 / slowness.p50, p90: 1_000 / slowness.p90}
}

function learned(values: readonly number[]): Learned | null {
  const sorted = ascending(values)
  const p50 = percentile(sorted, 0.5)
  const p90 = percentile(sorted, 0.9)
  return p50 === null || p90 === null ? null : {p50, p90}
}

export interface PlannedWork {
  readonly copyBytes: number
  readonly replayBytes: number
  /** Where the caller knows it better than earlier runs do. */
  readonly restMs?: number
}

/** The RTO to expect in ms, or with `p90` the one that nine runs in ten should stay below; null without rates. */
export function predictRto(rates: Rates | null, work: PlannedWork, at: keyof Learned = 'p50'): number | null {
  if (rates === null) return null
  const copyMs = (work.copyBytes / rates.copyBytesPerS[at]) * 1_000
  const replayMs = (work.replayBytes / rates.replayBytesPerS[at]) * 1_000
  return Math.round(copyMs + replayMs + (work.restMs ?? rates.restMs[at]))
}
