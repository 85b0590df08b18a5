// What the reports of recoveries are made of: the RTO, the moments, the events, the load over time. All figures are
// invented. Not here: the reports (fixture-recovery.ts), the phases and the backup (../build-drill.ts).
import type {Mark, ReadCounts, RecoveryPhase, TimelinePoint} from '../../src/model/report.ts'
import type {Rto} from '../../src/model/rto.ts'
import type {RunEvent} from '../../src/model/run-event.ts'

const disasterMs = 20_000

/** An RTO of so long, made of these phases; the rest is unattributed. */
export function recoveryRto(ms: number | null, parts: readonly RecoveryPhase[], changes: Partial<Rto> = {}): Rto {
  const known = parts.map(({name, fromMs, toMs}) => ({name, ms: toMs - fromMs}))
  const rest = (ms ?? 0) - known.reduce((sum, part) => sum + part.ms, 0)
  return {
    ms,
    recovered: ms !== null,
    parts: [...known, {name: 'unattributed', ms: Math.max(0, rest)}],
    timeToRedundancyMs: 25_000,
    timeToFirstErrorMs: 10,
    fromFaultMs: ms,
    unavailableShare: 0.8,
    brownOutMs: null,
    readsPrimaryMs: null,
    readsStandbyMs: null,
    outages: [{fromMs: 19_990, toMs: ms === null ? null : disasterMs + ms}],
    resolutionMs: 0,
    predictedMs: 12_000,
    ...changes,
  }
}

export const noReads: ReadCounts = {
  attempted: 0,
  ok: 0,
  stale: 0,
  staleMsMax: 0,
  staleVersionsMax: 0,
  nonMonotonic: 0,
  readYourWrites: 0,
}

const steps = [
  'full backup',
  'hold 15.00 s (baseline)',
  'lose the cluster',
  'restore into a new lab',
  'hold 3.00 s (aftermath)',
]
const stepFromMs = [0, 5_040, 20_000, 20_200, 32_000]
const stepToMs = [5_040, 20_000, 20_200, 32_000, 35_000]

export function eventsWith(disaster: string, recovered: readonly RecoveryPhase[]): readonly RunEvent[] {
  const events: readonly RunEvent[] = [
    ...stepToMs.map((atMs, step): RunEvent => ({
      kind: 'step.done',
      atMs,
      step,
      label: steps[step] ?? '',
      detail: 'done',
    })),
    ...stepFromMs.map((atMs, step): RunEvent => ({
      kind: 'step.started',
      atMs,
      step,
      label: steps[step] ?? '',
      withinMs: 60_000,
    })),
    {kind: 'disaster.commanded', atMs: disasterMs, describe: disaster, targets: []},
    {kind: 'disaster.done', atMs: 20_200, atLsn: '0/5000000'},
    ...recovered.map(({name, fromMs, toMs}): RunEvent => ({
      kind: 'recovery.phase',
      atMs: toMs,
      phase: name,
      fromMs,
    })),
    {kind: 'cluster.healthy', atMs: 45_000, timeline: 2, cluster: 'restored'},
  ]
  return events.toSorted((a, b) => a.atMs - b.atMs)
}

export function marksWith(disaster: string): readonly Mark[] {
  return [
    {what: 'backup', atMs: 5_040, text: 'full backup'},
    {what: 'disaster', atMs: disasterMs, text: disaster},
    {what: 'restore', atMs: 20_200, text: 'restore'},
    {what: 'first-write', atMs: 32_000, text: 'first write'},
    {what: 'redundant', atMs: 45_000, text: 'fully redundant'},
  ]
}

/** A hundred writes a second, none of them between these seconds. */
export function timeline(downFrom: number, upAgain: number): readonly TimelinePoint[] {
  return Array.from({length: 35}, (_, second) => {
    const down = second >= downFrom && second < upAgain
    return {
      atMs: second * 1_000,
      writesOk: down ? 0 : 100,
      writesBad: down ? 100 : 0,
      readsOk: 0,
      p99Ms: down ? null : 6 + (second % 4),
    }
  })
}
