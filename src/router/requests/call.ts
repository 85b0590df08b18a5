// The arguments of query() in all the forms that `pg` knows -> one value. Pure. Not here: what the statement is
// (statements/), running it.
import type {QueryConfig, Submittable} from 'pg'

export type Callback = (error: Error | null | undefined, result?: unknown) => void

/** One statement as the caller gave it; it is handed to `pg` unchanged. */
export interface Call {
  readonly statement: string | QueryConfig<unknown[]>
  readonly text: string
  readonly values: unknown[] | undefined
}

/** A query that sends itself: pg.Query, a cursor, a stream, COPY. */
export function isSubmittable(statement: unknown): statement is Submittable & {readonly text?: unknown} {
  return (
    typeof statement === 'object' &&
    statement !== null &&
    'submit' in statement &&
    typeof statement.submit === 'function'
  )
}

/** Throws TypeError as pg does for a query that is null, and for one without a text. */
export function readCall(statement: unknown, values: unknown): Call {
  if (statement === null || statement === undefined) throw new TypeError('Client was passed a null or undefined query')
  // What is no array is refused by pg in its own words.
  const list = typeof values === 'function' ? undefined : (values as unknown[] | undefined)
  if (typeof statement === 'string') return {statement, text: statement, values: list}
  if (typeof statement === 'object' && 'text' in statement && typeof statement.text === 'string')
    return {statement: statement as QueryConfig<unknown[]>, text: statement.text, values: list}
  throw new TypeError('A query must have either text or a name. Supplying neither is unsupported.')
}

/**
 * With the extended protocol a text of several statements is refused; an error in the last would say nothing about
 * those before it.
 */
export function alone(call: Call): Call {
  const config = typeof call.statement === 'string' ? {text: call.text} : call.statement
  return {...call, statement: {...config, queryMode: 'extended'} as Call['statement'], values: call.values ?? []}
}

/** The callback among query()'s arguments, wherever it is. */
export function callbackOf(values: unknown, callback: unknown): Callback | undefined {
  const found = typeof values === 'function' ? values : callback
  if (found !== undefined && typeof found !== 'function') throw new TypeError('callback is not a function')
  return found as Callback | undefined
}

/** The text of a submittable, wherever its kind keeps it; null when none is found. */
export function textOfSubmittable(submittable: object): string | null {
  const own: unknown = Reflect.get(submittable, 'text')
  if (typeof own === 'string') return own
  // pg-query-stream keeps its cursor, pg.Query its config.
  const inner: unknown = Reflect.get(submittable, 'cursor')
  return typeof inner === 'object' && inner !== null ? textOfSubmittable(inner) : null
}

/** Gives a promise's end to the callback, or the promise to the caller, whose stack an error then shows, as pg's do. */
export function answer<T>(work: Promise<T>, callback: Callback | undefined): Promise<T> | undefined {
  if (callback === undefined) return work.catch(showCaller)
  work.then(
    result => process.nextTick(callback, undefined, result),
    (error: unknown) => process.nextTick(callback, error),
  )
  return undefined
}

function showCaller(error: unknown): never {
  if (error instanceof Error) Error.captureStackTrace(error)
  throw error
}

/** Tells what sends itself that it never will. */
export function failSubmittable(submittable: object, error: unknown): void {
  const handle: unknown = Reflect.get(submittable, 'handleError')
  if (typeof handle === 'function') Reflect.apply(handle, submittable, [error])
}
