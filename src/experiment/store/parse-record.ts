// Stored lines back into values. PURE. Invariant: a field that a judge relies on is checked here, once.
// Not here: reading files (run-folder.ts), records of the version before (upgrade-run.ts), judging (src/measure).
import {hint} from '../../model/command-hint.ts'
import {HlError, messageOf} from '../../model/errors.ts'
import type {Op} from '../../model/history.ts'
import {schemaVersion} from '../../model/report.ts'
import type {RunRecord} from '../../model/report.ts'
import type {RunEvent} from '../../model/run-event.ts'
import {eventShape} from './event-shape.ts'
import {recordShape} from './record-shape.ts'
import {
  amount,
  count,
  flag,
  isFields,
  list,
  nullable,
  object,
  oneOf,
  optional,
  requireShape,
  tagged,
  text,
  time,
  type Shape,
} from './shape.ts'

const opBase = {
  cluster: optional(text),
  shards: optional(list(text)),
  groups: optional(list(count)),
  id: count,
  dueMs: time,
  invokedMs: time,
  completedMs: time,
  outcome: oneOf('ok', 'ok-local', 'failed', 'unknown'),
  node: nullable(text),
  timeline: nullable(count),
  error: nullable(object({code: nullable(text), message: text})),
}
const read = object({...opBase, reader: count, of: count, seen: nullable(count)})
const opShapes: Readonly<Record<Op['kind'], Shape>> = {
  'append': object({...opBase, session: count, version: count}),
  'transfer': object({...opBase, from: count, to: count, amount}),
  'read-primary': read,
  'read-standby': read,
  'pinned-write': object({...opBase, pinnedTo: text, lsn: nullable(text)}),
  'table-write': object({...opBase, table: text}),
  'scatter-read': object({...opBase, partial: flag, missing: list(text), seen: nullable(count)}),
}
const opShape = tagged('kind', opShapes)

/** One line of history.ndjson; throws a plain Error that names the field. */
export function parseOp(value: unknown): Op {
  requireShape(opShape, value)
  return value as Op
}

/** One line of events.ndjson. Kinds that this version does not know pass: later versions only add. */
export function parseEvent(value: unknown): RunEvent {
  requireShape(eventShape, value)
  return value as RunEvent
}

/** record.json, as this version writes it; throws a plain Error that names the field. */
export function parseRecord(value: unknown): RunRecord {
  if (!isFields(value)) throw new Error('not an object')
  if (value['schemaVersion'] !== schemaVersion) throw new Error(`schemaVersion is not ${schemaVersion}`)
  requireShape(recordShape, value)
  return value as unknown as RunRecord
}

/** What `work` returns, or HlError RUN_UNREADABLE naming the place. */
export function readable<T>(work: () => T, where: string): T {
  try {
    return work()
  } catch (error) {
    throw unreadable(where, error)
  }
}

/** RUN_UNREADABLE with the place; what says so already stays as it is. */
export function unreadable(where: string, error: unknown): HlError {
  if (error instanceof HlError) return error
  return new HlError('RUN_UNREADABLE', `${where}: ${messageOf(error)}`, {
    next: [hint('runs list', {why: 'lists runs that can be read'}), 'a run of an older version may need that version'],
    cause: error,
  })
}
