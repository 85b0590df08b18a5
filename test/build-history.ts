// Builds small histories, events and records for the tests of src/measure and of what reads its reports. Invariant:
// what is not said is healthy. Not here: recoveries (build-drill.ts), any judgement.
import {acknowledged, type FinalState, type Op, type Outcome} from '../src/model/history.ts'
import type {EffectiveConfig, RunRecord} from '../src/model/report.ts'
import type {RunEvent} from '../src/model/run-event.ts'
import {defaultLoad, type LoadSpec, type Scenario} from '../src/model/scenario.ts'
import {defaultSettings} from '../src/model/topology.ts'

export interface Run {
  readonly record: RunRecord
  readonly events: readonly RunEvent[]
  readonly ops: readonly Op[]
}

interface Stretch {
  readonly fromMs: number
  readonly toMs: number
  readonly everyMs?: number
  readonly tookMs?: number
  readonly outcome?: Outcome
  readonly node?: string | null
  readonly timeline?: number | null
  readonly code?: string
}

/** Collects operations of one cluster with rising ids and, for appends, rising versions of each session. */
export function history(cluster?: string) {
  const ops: Op[] = []
  const versions = new Map<number, number>()
  const base = (stretch: Stretch, atMs: number) => {
    const {tookMs = 2, outcome = 'ok', node = 'pg1', timeline = 1, code = null} = stretch
    const error = outcome === 'ok' || outcome === 'ok-local' ? null : {code, message: outcome}
    return {
      ...(cluster === undefined ? {} : {cluster}),
      id: ops.length + 1,
      dueMs: atMs,
      invokedMs: atMs,
      completedMs: atMs + tookMs,
      outcome,
      node,
      timeline,
      error,
    }
  }
  const each = (stretch: Stretch, add: (atMs: number) => void): void => {
    for (let atMs = stretch.fromMs; atMs < stretch.toMs; atMs += stretch.everyMs ?? 10) add(atMs)
  }
  const builder = {
    ops,
    appends(stretch: Stretch, session = 1) {
      each(stretch, atMs => {
        const version = (versions.get(session) ?? 0) + 1
        versions.set(session, version)
        ops.push({...base(stretch, atMs), kind: 'append', session, version})
      })
      return builder
    },
    transfers(stretch: Stretch) {
      each(stretch, atMs => ops.push({...base(stretch, atMs), kind: 'transfer', from: 1, to: 2, amount: 5}))
      return builder
    },
    pinned(node: string, stretch: Stretch, lsnAt: (atMs: number) => string | null = () => null) {
      each({everyMs: 100, ...stretch}, atMs =>
        ops.push({...base(stretch, atMs), node, kind: 'pinned-write', pinnedTo: node, lsn: lsnAt(atMs)}),
      )
      return builder
    },
    tableWrite(atMs: number) {
      ops.push({...base({fromMs: atMs, toMs: atMs, tookMs: 0}, atMs), kind: 'table-write', table: 'hl.victim'})
      return builder
    },
    /** One read of session `of` by `reader` that saw version `seen`. */
    read(
      kind: 'read-primary' | 'read-standby',
      atMs: number,
      seen: number | null,
      {reader = 2, of = 1, tookMs = 1} = {},
    ) {
      ops.push({
        ...base({fromMs: atMs, toMs: atMs, tookMs, outcome: seen === null ? 'failed' : 'ok'}, atMs),
        kind,
        reader,
        of,
        seen,
      })
      return builder
    },
  }
  return builder
}

/** The same operations with numbers in the order in which they were sent. */
export function numbered(ops: readonly Op[]): readonly Op[] {
  return ops.toSorted((a, b) => a.invokedMs - b.invokedMs).map((op, index) => ({...op, id: index + 1}))
}

/** The final state that holds exactly what was acknowledged, with changes. */
export function finalOf(ops: readonly Op[], changes: Partial<FinalState> = {}): FinalState {
  const ids = (kind: Op['kind']): readonly number[] =>
    ops.filter(op => op.kind === kind && acknowledged(op)).map(op => op.id)
  const ledgerIds = changes.ledgerIds ?? ids('append')
  const newest = ops.reduce((most, op) => Math.max(most, acknowledged(op) ? (op.timeline ?? 0) : 0), 0)
  return {
    readable: true,
    primary: 'pg2',
    timeline: newest === 0 ? null : newest,
    ledgerIds,
    transferIds: ids('transfer'),
    pinnedIds: ids('pinned-write'),
    accountsTotal: 1_000,
    accountsTotalExpected: 1_000,
    perNode: ['pg1', 'pg2', 'pg3'].map(node => ({node, rows: ledgerIds.length, hash: 'same'})),
    switchPoints: [],
    ...changes,
  }
}

export const quietScenario: Scenario = {
  name: 'quiet',
  kind: 'failover',
  summary: 'nothing happens',
  rationale: 'nothing',
  expect: {kind: 'recovery'},
  failover: 'allowed',
  clusters: [{name: 'main', settings: {}, archive: 'none'}],
  load: {},
  steps: [],
  objectives: {},
}

export const crashScenario: Scenario = {
  ...quietScenario,
  name: 'crash',
  failover: 'required',
  steps: [
    {kind: 'hold', forMs: 5_000, as: 'baseline'},
    {kind: 'inject', id: 'crash', fault: {kind: 'kill-container', target: {select: 'primary'}}},
    {kind: 'await', until: 'writable', withinMs: 60_000},
    {kind: 'heal', id: 'crash'},
  ],
}

/** Only what the history says was loaded is asked of it. */
const load: LoadSpec = {
  ...defaultLoad,
  transfersPerSecond: 0,
  primaryReadsPerSecond: 0,
  standbyReadsPerSecond: 0,
  pinnedWritesPerSecond: 0,
}

export function recordOf(
  final: FinalState | null,
  scenario: Scenario = quietScenario,
  changes: Partial<EffectiveConfig> = {},
): RunRecord {
  const config: EffectiveConfig = {
    settings: defaultSettings,
    load,
    versions: {},
    patroni: {},
    dataChecksums: true,
    fsync: true,
    ...changes,
  }
  return {
    schemaVersion: 1,
    run: 'r1',
    scenario,
    seed: 7,
    trial: 1,
    startedAt: '2026-01-01T00:00:00.000Z',
    through: 'router',
    config,
    host: {cpus: 4, memoryMb: 8_000, os: 'linux', docker: '28'},
    final,
    recovery: null,
  }
}

/** The observer's picture of a healthy cluster. */
export function observed(atMs: number, leaseOwner: string | null = 'pg1'): RunEvent {
  return {
    kind: 'cluster.observed',
    atMs,
    leaseOwner,
    leaseExpiresInMs: 20_000,
    members: ['pg1', 'pg2', 'pg3'].map(name => ({
      name,
      role: name === leaseOwner ? 'primary' : 'standby',
      lagBytes: null,
    })),
  }
}

export function stepStarted(atMs: number, step: number): RunEvent {
  return {kind: 'step.started', atMs, step, label: `step ${step}`, withinMs: 60_000}
}

/**
 * The crash of pg1's container at 5,000 ms as events: lease lost at 20,000, pg2 owns it at 21,000, takes writes at
 * 22,000, healed at 26,000, redundant at 30,000.
 */
export const crashEvents: readonly RunEvent[] = [
  {
    kind: 'run.started',
    atMs: 0,
    run: 'r1',
    scenario: 'crash',
    seed: 7,
    trial: 1,
    trials: 1,
    steps: [],
    startedAt: '2026-01-01T00:00:00.000Z',
  },
  observed(0),
  stepStarted(0, 0),
  stepStarted(5_000, 1),
  {kind: 'fault.commanded', atMs: 5_000, fault: 'crash', describe: 'SIGKILL to pg1', targets: ['pg1']},
  {kind: 'node.unwritable', atMs: 5_020, node: 'pg1', reason: 'ECONNRESET'},
  {kind: 'fault.verified', atMs: 5_100, sinceMs: 5_100, fault: 'crash', evidence: 'gone'},
  stepStarted(5_100, 2),
  {kind: 'lease.changed', atMs: 20_000, from: 'pg1', to: null},
  {kind: 'lease.changed', atMs: 21_000, from: null, to: 'pg2'},
  {kind: 'role.changed', atMs: 21_500, node: 'pg2', from: 'standby', to: 'primary', timeline: 2},
  {kind: 'node.writable', atMs: 22_000, node: 'pg2', timeline: 2},
  stepStarted(25_000, 3),
  {kind: 'heal.commanded', atMs: 25_000, fault: 'crash'},
  {kind: 'heal.verified', atMs: 26_000, fault: 'crash', evidence: 'running'},
  {kind: 'cluster.healthy', atMs: 30_000, timeline: 2},
]

/** The load of that crash: 100 appends/s, refused from 5,010 to 22,500, on pg2 afterwards until 32,000. */
export function crashHistory() {
  return history()
    .appends({fromMs: 0, toMs: 5_000})
    .appends({fromMs: 5_000, toMs: 5_010, tookMs: 2_000, outcome: 'unknown', node: null, timeline: null})
    .appends({fromMs: 5_010, toMs: 22_500, outcome: 'failed', node: null, timeline: null, code: 'ECONNREFUSED'})
    .appends({fromMs: 22_500, toMs: 32_000, node: 'pg2', timeline: 2})
}

export function crashRun(final: Partial<FinalState> = {}, scenario: Scenario = crashScenario): Run {
  const {ops} = crashHistory()
  return {record: recordOf(finalOf(ops, {timeline: 2, ...final}), scenario), events: crashEvents, ops}
}

/** A run without a fault: 100 appends/s for ten seconds, plus what `add` puts into the history. */
export function quietRun(
  add: (built: ReturnType<typeof history>) => unknown = () => undefined,
  final: Partial<FinalState> = {},
  scenario: Scenario = quietScenario,
): Run {
  const built = history().appends({fromMs: 0, toMs: 10_000})
  add(built)
  return {record: recordOf(finalOf(built.ops, final), scenario), events: [observed(0)], ops: built.ops}
}
