// Builds small recoveries for the tests of src/measure and of what reads its reports: a lost cluster, a statement that
// a point-in-time restore undoes, a cluster that goes on, a refusal. Invariant: what is not said is healthy.
// Not here: any judgement.
import {drillBackup} from './fakes/fake-backup.ts'
import {acknowledged, type FinalState, type Op} from '../src/model/history.ts'
import {restoredCluster, type RecoveryRecord, type RestoreFacts} from '../src/model/recovery-record.ts'
import type {EffectiveConfig, RecoveryPhase} from '../src/model/report.ts'
import type {RunEvent} from '../src/model/run-event.ts'
import {comesBackWhole, type Disaster, type Scenario, type Step} from '../src/model/scenario.ts'
import {finalOf, history, observed, quietScenario, recordOf, stepStarted, type Run} from './build-history.ts'

export const backup = drillBackup('full-1')

export const restoreFacts: RestoreFacts = {
  target: 'the end of the archive',
  why: 'the newest backup that ended before the target',
  chain: [backup],
  copiedBytes: 50_000_000,
  replayedBytes: 30_000_000,
  endLsn: '0/4FFFF00',
  timeline: 2,
  predictedMs: 12_000,
}

const steps = (disaster: Disaster, target: 'latest' | 'before-disaster'): readonly Step[] => [
  {kind: 'backup', backup: 'full'},
  {kind: 'hold', forMs: 15_000, as: 'baseline'},
  {kind: 'disaster', disaster},
  {kind: 'restore', target, into: 'new-lab'},
  {kind: 'hold', forMs: 3_000, as: 'aftermath'},
]

export const lossScenario: Scenario = {
  ...quietScenario,
  name: 'lose-cluster',
  kind: 'recovery',
  summary: 'every member and the DCS are gone at one moment',
  rationale: 'the archive brings the cluster back',
  clusters: [
    {name: 'main', settings: {}, archive: 'stream'},
    {name: restoredCluster, settings: {}, archive: 'stream'},
  ],
  steps: steps({kind: 'lose-cluster'}, 'latest'),
}
export const pointInTimeScenario: Scenario = {
  ...lossScenario,
  name: 'drop-table',
  summary: 'somebody drops a table',
  rationale: 'it is back as it was just before',
  steps: steps({kind: 'drop-table'}, 'before-disaster'),
}
/** The barrier is between 5,000 and 20,000 ms. */
export const barrierScenario: Scenario = {
  ...lossScenario,
  steps: lossScenario.steps.map((step, index) => {
    if (index === 1) return {kind: 'barrier'}
    return step.kind === 'restore' ? {...step, target: 'barrier'} : step
  }),
}
const insteadOfRestore = (scenario: Scenario, step: Step): Scenario => ({
  ...scenario,
  steps: scenario.steps.map(each => (each.kind === 'restore' ? step : each)),
  objectives: {lostWritesMax: 0},
})
export const tableScenario = insteadOfRestore(pointInTimeScenario, {kind: 'recover-table', from: 'archive'})
export const rebuildScenario = insteadOfRestore(
  {...lossScenario, steps: steps({kind: 'corrupt-page'}, 'latest')},
  {kind: 'rebuild'},
)
export const lostPrimaryScenario = insteadOfRestore(
  {...lossScenario, steps: steps({kind: 'lose-primary-volume'}, 'latest')},
  {kind: 'rebuild'},
)
export const refusalScenario: Scenario = {
  ...lossScenario,
  name: 'refuse-gap',
  summary: 'a segment is missing from the archive',
  expect: {kind: 'refusal', code: 'ARCHIVE_GAP', saying: '[0-9A-F]{24} is missing'},
}

/** Twelve seconds from the disaster to the first write, of which 200 ms are nobody's. */
export const phases: readonly RecoveryPhase[] = [
  {name: 'detect', fromMs: 20_000, toMs: 21_000},
  {name: 'decide', fromMs: 21_000, toMs: 21_500},
  {name: 'fetch', fromMs: 21_700, toMs: 26_700},
  {name: 'start', fromMs: 26_700, toMs: 27_000},
  {name: 'consistent', fromMs: 27_000, toMs: 28_000},
  {name: 'replay', fromMs: 28_000, toMs: 31_000},
  {name: 'promote', fromMs: 31_000, toMs: 31_500},
  {name: 'first-write', fromMs: 31_500, toMs: 32_000},
]

/** What may differ from a run in which all went well. */
export interface RecoveryChanges extends Partial<Omit<RecoveryRecord, 'finalAfter'>> {
  readonly config?: Partial<EffectiveConfig>
  /** null: it never came. */
  readonly disaster?: {
    readonly describe?: string
    readonly commandedMs?: number
    readonly doneMs?: number
    readonly atLsn?: string | null
  } | null
  readonly phases?: readonly RecoveryPhase[]
  /** When the first write of what came back was acknowledged; null: none was. */
  readonly firstWriteMs?: number | null
  readonly redundantMs?: number | null
  /** null: it was not read. */
  readonly final?: null
  readonly finalAfter?: Partial<FinalState> | null
}

const told = {
  disaster: {describe: 'the cluster is gone', commandedMs: 20_000, doneMs: 20_200, atLsn: '0/5000000'},
  phases,
  firstWriteMs: 32_000,
  redundantMs: 45_000,
}

/** The events of the five steps, and of what the changes tell. */
function eventsOf(scenario: Scenario, changes: RecoveryChanges): readonly RunEvent[] {
  const {phases: measured, redundantMs} = {...told, ...changes}
  const {describe, commandedMs, doneMs, atLsn} = {...told.disaster, ...changes.disaster}
  const events: readonly RunEvent[] = [
    observed(0),
    ...[0, 5_000, 20_000, 20_200, 32_000].map(stepStarted),
    ...[5_000, 20_000, 20_200, 32_000, 35_000].map((atMs, step): RunEvent => ({
      kind: 'step.done',
      atMs,
      step,
      label: `step ${step}`,
      detail: '',
    })),
    ...(changes.disaster === null
      ? []
      : ([
          {kind: 'disaster.commanded', atMs: commandedMs, describe, targets: []},
          {kind: 'disaster.done', atMs: doneMs, atLsn},
        ] as const)),
    ...measured.map(({name, fromMs, toMs}): RunEvent => ({
      kind: 'recovery.phase',
      atMs: toMs,
      phase: name,
      fromMs,
    })),
    ...(redundantMs === null
      ? []
      : [
          {
            kind: 'cluster.healthy',
            atMs: redundantMs,
            timeline: 2,
            ...(comesBackWhole(scenario.steps) ? {cluster: restoredCluster} : {}),
          } as const,
        ]),
  ]
  return events.toSorted((a, b) => a.atMs - b.atMs)
}

/** `final`: of the first load; null: not read. */
export function recoveryRun(
  scenario: Scenario,
  ops: readonly Op[],
  final: FinalState | null,
  changes: RecoveryChanges,
): Run {
  const {restore = restoreFacts, refusal = null, finalAfter = {}} = changes
  const {verification = [{name: 'amcheck', verdict: 'pass', detail: 'no index is damaged'}]} = changes
  const own = ops.filter(op => op.cluster === restoredCluster)
  return {
    record: {
      ...recordOf(changes.final === null ? null : final, scenario, changes.config),
      recovery: {
        restore,
        refusal,
        verification,
        finalAfter: own.length === 0 || finalAfter === null ? null : finalOf(own, {timeline: 2, ...finalAfter}),
      },
    },
    events: eventsOf(scenario, changes),
    ops,
  }
}

/** What the load on the restored cluster (timeline 2) wrote, from its first acknowledgement until 35 s. */
function ownHistory({firstWriteMs = told.firstWriteMs}: RecoveryChanges) {
  const built = history(restoredCluster)
  return firstWriteMs === null ? built : built.appends({fromMs: firstWriteMs - 2, toMs: 34_998, timeline: 2})
}

/**
 * 100 appends a second until the disaster at 20 s; afterwards refused. The cluster comes back without the last five
 * writes.
 */
export function lossRun(
  changes: RecoveryChanges = {},
  final: Partial<FinalState> = {},
  scenario: Scenario = lossScenario,
): Run {
  const {ops} = history()
    .appends({fromMs: 0, toMs: 20_000})
    .appends({fromMs: 20_000, toMs: 20_010, tookMs: 2_000, outcome: 'unknown', node: null, timeline: null})
    .appends({fromMs: 20_010, toMs: 32_000, outcome: 'failed', node: null, timeline: null, code: 'ECONNREFUSED'})
  const state = finalOf(ops, {
    timeline: 2,
    ledgerIds: ops.filter(op => acknowledged(op) && op.completedMs <= 19_950).map(op => op.id),
    ...final,
  })
  return recoveryRun(scenario, [...ops, ...ownHistory(changes).ops], state, changes)
}

/**
 * The bad statement takes 20,000 .. 20,050 ms; the old cluster goes on until 24 s. All that was acknowledged before the
 * statement is there in the end, nothing that was sent after it.
 */
export function pointInTimeRun(
  changes: RecoveryChanges = {},
  final: Partial<FinalState> = {},
  scenario: Scenario = pointInTimeScenario,
): Run {
  const {ops} = history()
    .appends({fromMs: 0, toMs: 24_000})
    .appends({fromMs: 24_000, toMs: 32_000, outcome: 'failed', node: null, timeline: null, code: 'ECONNREFUSED'})
  const state = finalOf(ops, {
    timeline: 2,
    ledgerIds: ops.filter(op => acknowledged(op) && op.completedMs < 20_000).map(op => op.id),
    ...final,
  })
  const disaster = {describe: 'DROP TABLE victim', doneMs: 20_050}
  return recoveryRun(scenario, [...ops, ...ownHistory(changes).ops], state, {disaster, ...changes})
}

/** The load goes on throughout, on one timeline, and only the table comes back; of a rebuild: from no backup. */
export function goingOnRun(
  changes: RecoveryChanges = {},
  scenario: Scenario = tableScenario,
  built = history().appends({fromMs: 0, toMs: 35_000}),
): Run {
  const {firstWriteMs = told.firstWriteMs} = changes
  const {ops} = firstWriteMs === null ? built : built.tableWrite(firstWriteMs)
  const restore = scenario.steps.some(step => step.kind === 'rebuild')
    ? null
    : {...restoreFacts, endLsn: '0/4000000', timeline: 1, predictedMs: null}
  return recoveryRun(scenario, ops, finalOf(ops), {restore, ...changes})
}

/** hl said no, and nobody's state changed. */
export function refusalRun(changes: RecoveryChanges = {}, scenario: Scenario = refusalScenario): Run {
  return lossRun(
    {
      restore: null,
      firstWriteMs: null,
      redundantMs: null,
      final: null,
      phases: phases.slice(0, 2),
      refusal: {
        code: 'ARCHIVE_GAP',
        message: 'segment 000000010000000000000004 is missing',
        next: ['hl backup list', 'restore to a moment before the gap'],
      },
      verification: [{name: 'nothing-changed', verdict: 'pass', detail: 'no container and no volume is new'}],
      ...changes,
    },
    {},
    scenario,
  )
}
