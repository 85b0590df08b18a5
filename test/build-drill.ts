// Builds small drills for the tests of src/measure/drill and src/report/drill: a lost cluster, a rewound statement, a
// cluster that goes on, a refusal. Invariant: what is not said is healthy.
// Not here: any judgement.
import type {BackupRecord} from '../src/model/backup.ts'
import type {Drill, DrillPhase, DrillRecord, DrillStep, RestoreFacts} from '../src/model/drill.ts'
import {acknowledged, type FinalState, type Op} from '../src/model/history.ts'
import type {RunEvent} from '../src/model/run-event.ts'
import {finalOf, history, observed, recordOf} from './build-history.ts'

export interface BuiltDrill {
  readonly record: DrillRecord
  readonly events: readonly RunEvent[]
  readonly ops: readonly Op[]
}

export const backup: BackupRecord = {
  schemaVersion: 1,
  id: 'full-1',
  kind: 'full',
  parent: null,
  lab: 'lab',
  systemIdentifier: '7300000000000000001',
  serverVersion: '18.0',
  node: 'pg2',
  timeline: 1,
  startLsn: '0/3000028',
  stopLsn: '0/3000120',
  startedAt: '2026-01-01T00:00:03.000Z',
  stoppedAt: '2026-01-01T00:00:05.000Z',
  durationMs: 2_000,
  compression: 'none',
  checkpoint: 'fast',
  bytes: {logical: 50_000_000, stored: 50_000_000},
  manifestSha256: null,
  checksumFailures: 0,
  labels: [],
  pinned: false,
  verified: null,
}

const restoreFacts: RestoreFacts = {
  target: 'the end of the archive',
  why: 'the newest backup that ended before the target',
  chain: [backup],
  copiedBytes: 50_000_000,
  replayedBytes: 30_000_000,
  endLsn: '0/4FFFF00',
  timeline: 2,
  predictedMs: 12_000,
}

const steps = (
  disaster: Extract<DrillStep, {kind: 'disaster'}>['disaster'],
  target: 'latest' | 'before-disaster',
): readonly DrillStep[] => [
  {kind: 'backup', backup: 'full'},
  {kind: 'hold', forMs: 15_000, as: 'baseline'},
  {kind: 'disaster', disaster},
  {kind: 'restore', target, into: 'new-lab'},
  {kind: 'hold', forMs: 3_000, as: 'aftermath'},
]

export const lossDrill: Drill = {
  name: 'lose-cluster',
  kind: 'restore',
  summary: 'every member and the DCS are gone at one moment',
  expectation: 'the archive brings the cluster back',
  nature: 'drill',
  archive: 'stream',
  load: {},
  steps: steps({kind: 'lose-cluster'}, 'latest'),
  objectives: {},
}
export const rewindDrill: Drill = {
  ...lossDrill,
  name: 'drop-table',
  summary: 'somebody drops a table',
  expectation: 'it is back as it was just before',
  steps: steps({kind: 'drop-table'}, 'before-disaster'),
}
const insteadOfRestore = (drill: Drill, step: DrillStep): Drill => ({
  ...drill,
  steps: drill.steps.map(each => (each.kind === 'restore' ? step : each)),
  objectives: {lostWritesMax: 0},
})
export const tableDrill: Drill = insteadOfRestore(rewindDrill, {kind: 'recover-table', from: 'archive'})
export const repairDrill: Drill = insteadOfRestore(
  {...lossDrill, steps: steps({kind: 'corrupt-page'}, 'latest')},
  {kind: 'repair'},
)
export const refusalDrill: Drill = {
  ...lossDrill,
  name: 'refuse-gap',
  summary: 'a segment is missing from the archive',
  nature: 'refusal',
  refusedWith: 'ARCHIVE_GAP',
  refusedSaying: '[0-9A-F]{24} is missing',
}

/** Twelve seconds from the disaster to the first write, of which 200 ms are nobody's. */
export const phases: readonly DrillPhase[] = [
  {name: 'detect', fromMs: 20_000, toMs: 21_000},
  {name: 'decide', fromMs: 21_000, toMs: 21_500},
  {name: 'fetch', fromMs: 21_700, toMs: 26_700},
  {name: 'start', fromMs: 26_700, toMs: 27_000},
  {name: 'consistent', fromMs: 27_000, toMs: 28_000},
  {name: 'replay', fromMs: 28_000, toMs: 31_000},
  {name: 'promote', fromMs: 31_000, toMs: 31_500},
  {name: 'first-write', fromMs: 31_500, toMs: 32_000},
]

export const drillEvents: readonly RunEvent[] = [
  observed(0),
  ...[0, 5_000, 20_000, 20_200, 32_000].map((atMs, step): RunEvent => ({
    kind: 'step.started',
    atMs,
    step,
    label: `step ${step}`,
    withinMs: 60_000,
  })),
  ...[5_000, 20_000, 20_200, 32_000, 35_000].map((atMs, step): RunEvent => ({
    kind: 'step.done',
    atMs,
    step,
    label: `step ${step}`,
    detail: '',
  })),
].toSorted((a, b) => a.atMs - b.atMs)

/**
 * 100 appends a second until the disaster at 20 s; afterwards refused until the restored cluster (timeline 2) takes
 * them at 32 s.
 */
function lossHistory() {
  return history()
    .appends({fromMs: 0, toMs: 20_000})
    .appends({fromMs: 20_000, toMs: 20_010, tookMs: 2_000, outcome: 'unknown', node: null, timeline: null})
    .appends({fromMs: 20_010, toMs: 32_000, outcome: 'failed', node: null, timeline: null, code: 'ECONNREFUSED'})
    .appends({fromMs: 32_000, toMs: 35_000, timeline: 2})
}

/**
 * The bad statement takes 20,000 .. 20,050 ms; the old cluster goes on until 24 s, and the restored one takes over at
 * 32 s.
 */
function rewindHistory() {
  return history()
    .appends({fromMs: 0, toMs: 24_000})
    .appends({fromMs: 24_000, toMs: 32_000, outcome: 'failed', node: null, timeline: null, code: 'ECONNREFUSED'})
    .appends({fromMs: 32_000, toMs: 35_000, timeline: 2})
}

function recordFor(drill: Drill, final: FinalState | null, changes: Partial<DrillRecord>): DrillRecord {
  const {config, host} = recordOf(null)
  return {
    schemaVersion: 1,
    run: 'd1',
    drill,
    seed: 7,
    startedAt: '2026-01-01T00:00:00.000Z',
    config,
    host,
    disaster: {describe: 'the cluster is gone', invokedMs: 20_000, completedMs: 20_200, atLsn: '0/5000000'},
    phases,
    firstWriteMs: 32_000,
    redundantMs: 45_000,
    restore: restoreFacts,
    refusal: null,
    verification: [{name: 'amcheck', verdict: 'pass', detail: 'no index is damaged'}],
    final,
    ...changes,
  }
}

/** The cluster is lost and comes back without the last five writes. `without`: ids that are gone besides. */
export function lossRun(
  changes: Partial<DrillRecord> = {},
  final: Partial<FinalState> = {},
  drill: Drill = lossDrill,
): BuiltDrill {
  const {ops} = lossHistory()
  const gone = new Set(ops.filter(op => op.completedMs < 20_010 && op.completedMs > 19_950).map(op => op.id))
  const state = finalOf(ops, {
    timeline: 2,
    ledgerIds: ops.filter(op => acknowledged(op) && !gone.has(op.id)).map(op => op.id),
    ...final,
  })
  return {record: recordFor(drill, state, changes), events: drillEvents, ops}
}

/**
 * A rewind to just before the bad statement: all that was acknowledged before it is there, nothing that was sent after
 * it.
 */
export function rewindRun(
  changes: Partial<DrillRecord> = {},
  final: Partial<FinalState> = {},
  drill: Drill = rewindDrill,
): BuiltDrill {
  const {ops} = rewindHistory()
  const disaster = {describe: 'DROP TABLE victim', invokedMs: 20_000, completedMs: 20_050, atLsn: '0/5000000'}
  const state = finalOf(ops, {
    timeline: 2,
    ledgerIds: ops
      .filter(op => acknowledged(op) && (op.completedMs < disaster.invokedMs || op.timeline === 2))
      .map(op => op.id),
    ...final,
  })
  return {record: recordFor(drill, state, {disaster, ...changes}), events: drillEvents, ops}
}

/** The load goes on throughout, on one timeline, and only the table comes back; of a repair: from no backup. */
export function goingOnRun(
  changes: Partial<DrillRecord> = {},
  drill: Drill = tableDrill,
  {ops} = history().appends({fromMs: 0, toMs: 35_000}),
): BuiltDrill {
  const restore = drill.steps.some(step => step.kind === 'repair')
    ? null
    : {...restoreFacts, endLsn: '0/4000000', timeline: 1, predictedMs: null}
  return {record: recordFor(drill, finalOf(ops), {restore, ...changes}), events: drillEvents, ops}
}

/** hl said no, and nobody's state changed. */
export function refusalRun(changes: Partial<DrillRecord> = {}, drill: Drill = refusalDrill): BuiltDrill {
  const {ops} = lossHistory()
  const refusal = {
    code: 'ARCHIVE_GAP',
    message: 'segment 000000010000000000000004 is missing',
    next: ['hl backup list', 'restore to a moment before the gap'],
  }
  return {
    record: recordFor(drill, null, {
      restore: null,
      firstWriteMs: null,
      redundantMs: null,
      phases: phases.slice(0, 2),
      refusal,
      verification: [{name: 'nothing-changed', verdict: 'pass', detail: 'no container and no volume is new'}],
      ...changes,
    }),
    events: drillEvents,
    ops,
  }
}
