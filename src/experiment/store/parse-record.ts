// Stored lines back into values. PURE. Invariant: a field that a judge relies on is checked here, and a last line that
// was torn by a crash is left out, not an error.
// Not here: reading files (run-folder.ts), records of the version before (upgrade-run.ts), judging (src/measure).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import type {Op} from '../../model/history.ts'
import {schemaVersion} from '../../model/report.ts'
import type {RunRecord} from '../../model/report.ts'
import type {RunEvent} from '../../model/run-event.ts'

export type Fields = Readonly<Record<string, unknown>>
export type Check = (value: unknown) => boolean

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
export const isNumber: Check = value => typeof value === 'number' && Number.isFinite(value)
export const isText: Check = value => typeof value === 'string'
export const orNull =
  (check: Check): Check =>
  value =>
    value === null || check(value)
const optional =
  (check: Check): Check =>
  value =>
    value === undefined || check(value)
const isOutcome: Check = value => value === 'ok' || value === 'ok-local' || value === 'failed' || value === 'unknown'
const isError: Check = value => isFields(value) && orNull(isText)(value['code']) && isText(value['message'])

const listOf =
  (check: Check): Check =>
  value =>
    Array.isArray(value) && value.every(check)

const opBase = {
  cluster: optional(isText),
  shards: optional(listOf(isText)),
  groups: optional(listOf(isNumber)),
  id: isNumber,
  dueMs: isNumber,
  invokedMs: isNumber,
  completedMs: isNumber,
  outcome: isOutcome,
  node: orNull(isText),
  timeline: orNull(isNumber),
  error: orNull(isError),
}
const read = {...opBase, reader: isNumber, of: isNumber, seen: orNull(isNumber)}
const opChecks: Readonly<Record<Op['kind'], Readonly<Record<string, Check>>>> = {
  'append': {...opBase, session: isNumber, version: isNumber},
  'transfer': {...opBase, from: isNumber, to: isNumber, amount: isNumber},
  'read-primary': read,
  'read-standby': read,
  'pinned-write': {...opBase, pinnedTo: isText, lsn: orNull(isText)},
  'table-write': {...opBase, table: isText},
  'scatter-read': {
    ...opBase,
    partial: value => typeof value === 'boolean',
    missing: listOf(isText),
    seen: orNull(isNumber),
  },
}

/** One line of history.ndjson; throws a plain Error that names the field. */
export function parseOp(value: unknown): Op {
  if (!isFields(value)) throw new Error('not an object')
  const checks = new Map<unknown, Readonly<Record<string, Check>>>(Object.entries(opChecks)).get(value['kind'])
  if (checks === undefined) throw new Error('not a known kind of operation')
  for (const [field, check] of Object.entries(checks))
    if (!check(value[field])) throw new Error(`${field} is wrong or missing`)
  return value as unknown as Op
}

/** One line of events.ndjson. Kinds that this version does not know pass: later versions only add. */
export function parseEvent(value: unknown): RunEvent {
  if (!isFields(value) || !isText(value['kind'])) throw new Error('not an event')
  if (!isNumber(value['atMs'])) throw new Error('atMs is wrong or missing')
  return value as unknown as RunEvent
}

/** record.json, as this version writes it; throws a plain Error that names the field. */
export function parseRecord(value: unknown): RunRecord {
  if (!isFields(value)) throw new Error('not an object')
  if (value['schemaVersion'] !== schemaVersion) throw new Error(`schemaVersion is not ${schemaVersion}`)
  const checks: Readonly<Record<string, Check>> = {
    run: isText,
    scenario: isScenario,
    seed: isNumber,
    trial: isNumber,
    startedAt: isText,
    through: isText,
    directTo: optional(isText),
    asked: optional(isAsked),
    shard: optional(isText),
    otherShards: optional(isOtherShards),
    config: config => isFields(config) && isFields(config['settings']) && isFields(config['load']),
    host: isFields,
    final: orNull(isFinal),
    recovery: orNull(isRecovery),
  }
  for (const [field, check] of Object.entries(checks))
    if (!check(value[field])) throw new Error(`${field} is wrong or missing`)
  return value as unknown as RunRecord
}

const isAsked: Check = value =>
  isFields(value) && Object.values(value).every(one => isText(one) || (Array.isArray(one) && one.every(isText)))

const isMoment: Check = value =>
  isFields(value) && orNull(isText)(value['primary']) && orNull(isNumber)(value['timeline'])

const isOtherShards: Check = value =>
  Array.isArray(value) &&
  value.every(
    shard =>
      isFields(shard) && isText(shard['name']) && orNull(isMoment)(shard['before']) && orNull(isMoment)(shard['after']),
  )

const isKind: Check = value => isFields(value) && isText(value['kind'])

const isScenario: Check = value =>
  isFields(value) &&
  isText(value['name']) &&
  isKind(value) &&
  isKind(value['expect']) &&
  Array.isArray(value['clusters']) &&
  value['clusters'].length > 0 &&
  Array.isArray(value['steps']) &&
  value['steps'].every(isKind) &&
  isFields(value['objectives'])

const isRecovery: Check = value =>
  isFields(value) &&
  orNull(isFields)(value['restore']) &&
  orNull(isFields)(value['refusal']) &&
  Array.isArray(value['verification']) &&
  orNull(isFinal)(value['finalAfter'])

const isFinal: Check = value =>
  isFields(value) &&
  typeof value['readable'] === 'boolean' &&
  ['ledgerIds', 'transferIds', 'pinnedIds', 'perNode', 'switchPoints'].every(field => Array.isArray(value[field])) &&
  optional(listOf(isShardFinal))(value['shards'])

const isShardFinal: Check = value =>
  isFields(value) &&
  isText(value['shard']) &&
  ['groupsOwned', 'tables', 'prepared', 'givenIds', 'takenIds', 'perNode'].every(field => Array.isArray(value[field]))

/**
 * Every line of an ndjson file. What follows the last newline was being written when the process died and is left out;
 * any other line that does not fit is HlError RUN_UNREADABLE with its number.
 */
export function parseLines<T>(text: string, file: string, parse: (value: unknown) => T): readonly T[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line, index) => readable(() => parse(JSON.parse(line)), `${file}, line ${index + 1}`))
}

/** What `work` returns, or HlError RUN_UNREADABLE naming the place. */
export function readable<T>(work: () => T, where: string): T {
  try {
    return work()
  } catch (error) {
    throw new HlError('RUN_UNREADABLE', `${where}: ${error instanceof Error ? error.message : String(error)}`, {
      next: [
        hint('runs list', {why: 'lists runs that can be read'}),
        'a run of an older version may need that version',
      ],
      cause: error,
    })
  }
}
