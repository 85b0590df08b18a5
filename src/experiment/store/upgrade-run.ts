// A stored run of the version before as one of today. PURE. That version knew failover runs, whose scenario said its
// nature, and drills, whose record held moments that are events and operations today.
// Invariant: nothing is made up: what was not stored stays absent. What comes out is still to be parsed
// (parse-record.ts). Not here: stored reports (upgrade-report.ts).
import {OpTable} from '../../measure/op-table.ts'
import type {Op} from '../../model/history.ts'
import {restoredCluster} from '../../model/recovery-record.ts'
import type {RunEvent} from '../../model/run-event.ts'
import {isFields, isNumber, isText, orNull, type Check, type Fields} from './shape.ts'
import {upgradeDrill, upgradeScenario} from './upgrade-scenario.ts'

export interface StoredLines<Ops = readonly Op[]> {
  readonly record: unknown
  readonly events: readonly RunEvent[]
  readonly ops: Ops
}

/** A run of today comes out as it is; throws a plain Error that names a field of an old record which is wrong. */
export function upgradeRun(run: StoredLines): StoredLines
export function upgradeRun(run: StoredLines<OpTable>): StoredLines<OpTable>
export function upgradeRun(run: StoredLines<readonly Op[] | OpTable>): StoredLines<readonly Op[] | OpTable> {
  const {record, events, ops} = run
  if (!isDrill(record)) return {...run, record: upgradeRecord(record)}
  const moments = momentsOf(record)
  const first = firstWriteOf(moments, ops)
  return {
    record: upgradeRecord(record),
    events: [...events.map(fromZero), ...eventsOf(moments)].toSorted((a, b) => a.atMs - b.atMs),
    ops: ops instanceof OpTable ? ops.concat(first) : [...ops, ...first],
  }
}

/** The record alone. */
export function upgradeRecord(record: unknown): unknown {
  if (isDrill(record)) return drillRecord(record)
  if (!isFields(record) || !isFields(record['scenario']) || !('nature' in record['scenario'])) return record
  const {scenario} = record
  return {...record, through: accessPathOf(record), scenario: upgradeScenario(scenario), recovery: null}
}

/** Still earlier, `direct` was the word for the driver with several hosts, and no node was named. */
export function accessPathOf({through, directTo}: Fields): unknown {
  return through === 'direct' && directTo === undefined ? 'multi-host' : through
}

type DrillFields = Fields & {readonly drill: Fields}

function isDrill(record: unknown): record is DrillFields {
  return isFields(record) && isFields(record['drill']) && 'phases' in record
}

function drillRecord(record: DrillFields): Fields {
  const {schemaVersion, run, seed, startedAt, config, host, final, restore, refusal, verification} = record
  return {
    schemaVersion,
    run,
    scenario: upgradeDrill(record.drill),
    seed,
    trial: 1,
    startedAt,
    through: 'router',
    config,
    host,
    final,
    // The rows that the load after the restore wrote were not read.
    recovery: {restore, refusal, verification, finalAfter: null},
  }
}

/** What the record of a drill told beside its events. */
interface Moments {
  readonly disaster: {
    readonly describe: string
    readonly invokedMs: number
    readonly completedMs: number
    readonly atLsn: string | null
  } | null
  readonly phases: readonly (Pick<Extract<RunEvent, {kind: 'recovery.phase'}>, 'fromMs'> & {
    readonly name: Extract<RunEvent, {kind: 'recovery.phase'}>['phase']
    readonly toMs: number
  })[]
  readonly firstWriteMs: number | null
  readonly redundantMs: number | null
  /** What came back, and how the first write to it was seen. */
  readonly cameBack: 'cluster' | 'table' | 'load' | 'nothing'
  readonly primary: string | null
  readonly timeline: number | null
}

const isDisaster: Check = value =>
  isFields(value) &&
  isText(value['describe']) &&
  isNumber(value['invokedMs']) &&
  isNumber(value['completedMs']) &&
  orNull(isText)(value['atLsn'])
const isPhase: Check = value =>
  isFields(value) && isText(value['name']) && isNumber(value['fromMs']) && isNumber(value['toMs'])
const isFinal: Check = value =>
  isFields(value) && orNull(isText)(value['primary']) && orNull(isNumber)(value['timeline'])
const momentChecks: Readonly<Record<string, Check>> = {
  disaster: orNull(isDisaster),
  phases: phases => Array.isArray(phases) && phases.every(isPhase),
  firstWriteMs: orNull(isNumber),
  redundantMs: orNull(isNumber),
  final: orNull(isFinal),
}

function momentsOf(record: DrillFields): Moments {
  for (const [field, check] of Object.entries(momentChecks))
    if (!check(record[field])) throw new Error(`${field} is wrong or missing`)
  const final = isFields(record['final']) ? record['final'] : {}
  return {
    ...(record as unknown as Pick<Moments, 'disaster' | 'phases' | 'firstWriteMs' | 'redundantMs'>),
    primary: (final['primary'] ?? null) as string | null,
    timeline: (final['timeline'] ?? null) as number | null,
    cameBack: cameBackIn(record.drill),
  }
}

/** After a lost primary the load's own writes tell the end of the outage; of a damaged node it is the victim table. */
function cameBackIn({steps}: Fields): Moments['cameBack'] {
  const all = Array.isArray(steps) ? steps.filter(isFields) : []
  const has = (kind: string): boolean => all.some(step => step['kind'] === kind)
  if (has('restore')) return 'cluster'
  if (has('recover-table')) return 'table'
  if (!has('repair')) return 'nothing'
  const lost = all.some(({disaster}) => isFields(disaster) && disaster['kind'] === 'lose-primary-volume')
  return lost ? 'load' : 'table'
}

/** Steps of a drill were numbered from 1. */
function fromZero(event: RunEvent): RunEvent {
  const numbered = event.kind === 'step.started' || event.kind === 'step.done' || event.kind === 'step.failed'
  return numbered ? {...event, step: event.step - 1} : event
}

function eventsOf({disaster, phases, redundantMs, cameBack, timeline}: Moments): readonly RunEvent[] {
  return [
    ...(disaster === null
      ? []
      : [
          {
            kind: 'disaster.commanded',
            atMs: disaster.invokedMs,
            describe: disaster.describe,
            targets: [],
          } as const,
          {kind: 'disaster.done', atMs: disaster.completedMs, atLsn: disaster.atLsn} as const,
        ]),
    ...phases.map(({name, fromMs, toMs}) => ({kind: 'recovery.phase', atMs: toMs, phase: name, fromMs}) as const),
    ...(redundantMs === null
      ? []
      : [
          {
            kind: 'cluster.healthy',
            atMs: redundantMs,
            timeline,
            ...(cameBack === 'cluster' ? {cluster: restoredCluster} : {}),
          } as const,
        ]),
  ]
}

/** The load after a restore was not stored; of it only the moment of its first acknowledged write is known. */
function firstWriteOf(moments: Moments, ops: Iterable<Op>): readonly Op[] {
  const {firstWriteMs, cameBack, primary, timeline} = moments
  if (firstWriteMs === null || cameBack === 'nothing' || cameBack === 'load') return []
  const base = {
    dueMs: firstWriteMs,
    invokedMs: firstWriteMs,
    completedMs: firstWriteMs,
    outcome: 'ok',
    node: primary,
    timeline,
    error: null,
  } as const
  if (cameBack === 'cluster')
    return [{...base, kind: 'append', cluster: restoredCluster, id: 1, session: 0, version: 1}]
  let last = 0
  for (const op of ops) last = Math.max(last, op.id)
  return [{...base, kind: 'table-write', id: last + 1, table: 'hl.victim'}]
}
