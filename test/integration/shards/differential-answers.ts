// What became of a statement, over shards or on one server, in a form in which the two can be compared: the answer, the
// SQLSTATE of an error, or a refusal. For tests only. Invariant: a failure that is none of these is never equal to
// anything. Not here: sending (differential-ways.ts), which statements (routing-statements.ts).
import {isDeepStrictEqual} from 'node:util'
import type {QueryResult} from 'pg'
import {ShardError, type ShardErrorCode} from '../../../src/shards/index.ts'

export interface Answer {
  readonly rows: readonly unknown[]
  /** Name and type of each; null: they are not told, as in a stream. */
  readonly columns: readonly (readonly [name: string, type: number])[] | null
  readonly rowCount: number | null
  readonly command: string | null
}

export type Told =
  | Answer
  | {readonly sqlState: string}
  | {readonly refused: ShardErrorCode; readonly clause: string}
  /** Neither PostgreSQL's error nor a refusal. */
  | {readonly failed: string}

/** What may be said of a statement that cannot be run over shards; all else is a failure. */
const refusals: ReadonlySet<ShardErrorCode> = new Set(['UNSUPPORTED', 'KEY_MISSING', 'KEY_UPDATE', 'KEY_INVALID'])

export function answerOf({
  rows,
  fields,
  rowCount,
  command,
}: Pick<QueryResult, (keyof Answer & keyof QueryResult) | 'fields'>): Answer {
  return {rows, columns: fields.map(({name, dataTypeID}) => [name, dataTypeID] as const), rowCount, command}
}

export async function told(work: () => Promise<Answer>): Promise<Told> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ShardError && refusals.has(error.code))
      return {refused: error.code, clause: error.message.split(':')[0] ?? ''}
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
    if (!(error instanceof ShardError) && typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code))
      return {sqlState: code}
    return {failed: error instanceof Error ? `${error.name} ${String(code)}: ${error.message}` : String(error)}
  }
}

/** `isOrdered`: the order of rows is part of the answer. */
export function isSame(onShards: Told, onOne: Told, isOrdered: boolean): boolean {
  if ('failed' in onShards || 'failed' in onOne) return false
  if (!('rows' in onShards) || !('rows' in onOne)) return isDeepStrictEqual(onShards, onOne)
  const one = onShards.columns === null ? {...onOne, columns: null, rowCount: null, command: null} : onOne
  return isOrdered ? isDeepStrictEqual(onShards, one) : isDeepStrictEqual(inSomeOrder(onShards), inSomeOrder(one))
}

function inSomeOrder(answer: Answer): Answer {
  const rows = answer.rows.map(row => [JSON.stringify(row, exactly), row] as const)
  return {...answer, rows: rows.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, row]) => row)}
}

/** JSON has no NaN. */
function exactly(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? String(value) : value
}

/** One line, for people. */
export function shown(one: Told): string {
  if (!('rows' in one)) return JSON.stringify(one)
  const {rows, columns, ...rest} = one
  const some = JSON.stringify(rows, exactly)
  return `${JSON.stringify(rest)} columns ${JSON.stringify(columns)} ${rows.length} rows ${some.length > 1_500 ? `${some.slice(0, 1_500)}…` : some}`
}
