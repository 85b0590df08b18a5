// Which fields of operations are numbers, and the column of a table that holds each. Not here: the columns
// (op-table.ts), what is asked of them (columns.ts).
import type {Op} from '../model/history.ts'

/** Which column holds a field that is a number of its own in every operation. No kind has two of one column. */
export const columnOf = {
  dueMs: 0,
  invokedMs: 1,
  completedMs: 2,
  id: 3,
  session: 4,
  from: 4,
  reader: 4,
  /** As a number of bytes. */
  lsn: 4,
  version: 5,
  to: 5,
  of: 5,
  amount: 6,
  seen: 6,
} as const
export type NumberField = keyof typeof columnOf
export const columnCount = 7
/** Columns of times come first. */
export const timeColumns = 3

const stamps = ['id', 'dueMs', 'invokedMs', 'completedMs'] as const satisfies readonly NumberField[]
/** What an operation has of them beside its stamps. */
const ownFields: Readonly<Record<Op['kind'], readonly NumberField[]>> = {
  'append': ['session', 'version'],
  'transfer': ['from', 'to', 'amount'],
  'read-primary': ['reader', 'of', 'seen'],
  'read-standby': ['reader', 'of', 'seen'],
  'pinned-write': ['lsn'],
  'table-write': [],
  'scatter-read': ['seen'],
}

/** The fields of a kind that have columns. */
export function numberFieldsOf(kind: Op['kind']): readonly NumberField[] {
  return [...stamps, ...ownFields[kind]]
}
