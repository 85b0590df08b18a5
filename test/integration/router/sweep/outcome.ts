// What an execution came to, in a form in which two can be compared. Pure. For tests only. Not here: executing
// (places.ts), what cannot be the same (natures.ts).
import {normalMessage, normalValue, type Nature} from './natures.ts'

/** One step: results, or an error. */
export type Answer = {readonly results: readonly ComparedResult[]} | {readonly error: Readonly<Record<string, unknown>>}

interface ComparedResult {
  readonly command: unknown
  readonly rowCount: unknown
  readonly fields: unknown
  readonly rows: unknown
}

/** What a place saw. A place of the router that cannot see something leaves it out, and it is not compared. */
export interface Outcome {
  readonly answers: readonly Answer[]
  /** Notices and notifications, in their order. */
  readonly told?: readonly string[]
  /** Transaction status after the last step. */
  readonly status?: string
  /** Locks on the primary after the last step. */
  readonly locks?: string
  /** What the connection answers then. */
  readonly probe?: Answer
  /** What ends the transaction, and how that was answered. */
  readonly end?: Answer
  readonly statusAtEnd?: string
  /** The answer to COMMIT where that was an error. */
  readonly refusedAtEnd?: Answer | null
  /** The same pool, or another client of it, afterwards. */
  readonly usable?: Answer
  /** What is in the database then. */
  readonly state?: string
  /** What the next user of the connection finds changed; nothing is wanted. */
  readonly left?: string
  /** Nothing came within the deadline. */
  readonly hung?: true
}

interface ResultLike {
  readonly command: unknown
  readonly rowCount: unknown
  readonly fields: readonly {
    readonly name: string
    readonly dataTypeID: number
    readonly format: string
    readonly columnID: number
    readonly dataTypeModifier: number
  }[]
  readonly rows: readonly unknown[]
}

export function answerOf(given: unknown, nature: Nature | undefined, pids: ReadonlySet<number>): Answer {
  const results = (Array.isArray(given) ? given : [given]) as readonly ResultLike[]
  return {
    results: results.map(({command, rowCount, fields, rows}) => ({
      command,
      rowCount,
      // Not the table's number: the table may be made anew between two executions.
      fields: fields.map(({name, dataTypeID, format, columnID, dataTypeModifier}) => [
        name,
        dataTypeID,
        format,
        columnID,
        dataTypeModifier,
      ]),
      rows: rows.map(row => normalRow(row, nature, pids)),
    })),
  }
}

function normalRow(row: unknown, nature: Nature | undefined, pids: ReadonlySet<number>): unknown {
  if (typeof row !== 'object' || row === null) return row
  if (Array.isArray(row)) return row.map(value => normalValue(nature, value, pids))
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, normalValue(nature, value, pids)]))
}

const comparedFields = [
  'code',
  'severity',
  'detail',
  'hint',
  'position',
  'schema',
  'table',
  'column',
  'constraint',
] as const

export function refusalOf(error: unknown): Answer {
  if (typeof error !== 'object' || error === null) return {error: {thrown: String(error)}}
  const compared: Record<string, unknown> = {}
  for (const field of comparedFields) {
    const value: unknown = Reflect.get(error, field)
    if (value !== undefined) compared[field] = typeof value === 'string' ? normalMessage(value) : value
  }
  return {
    error: {
      name: Reflect.get(error, 'name'),
      message: normalMessage(String(Reflect.get(error, 'message'))),
      ...compared,
    },
  }
}

export const failed = (answer: Answer | undefined): boolean => answer !== undefined && 'error' in answer

/** Null when they are the same; else each part that is not, first what was wanted. */
export function differenceOf(wanted: Outcome, got: Outcome): string | null {
  const told = (Object.keys(got) as (keyof Outcome)[])
    .filter(part => JSON.stringify(wanted[part]) !== JSON.stringify(got[part]))
    .map(part => `${part}: wanted ${short(wanted[part])}, got ${short(got[part])}`)
  return told.length === 0 ? null : told.join('; ')
}

function short(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 500 ? `${text.slice(0, 500)}…` : text
}
