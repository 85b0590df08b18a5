// The arguments of query() in all the forms that `pg` knows -> one value, for every method that takes a statement.
// Invariant: each field is read once, when the call is made, and as pg's Query reads it: its own, inherited, hidden or
// by a getter (a property under test, against pg). Pure but for pg's ways of telling the caller. Not here: what the
// statement is (statements/), running it.
import type {Submittable} from 'pg'
import type {Statement} from '../connections/statement.ts'

export type Callback = (error: Error | null | undefined, result?: unknown) => void

/** One statement as the caller gave it. */
export interface Call {
  readonly statement: string | Statement
  /** What it is judged by; that of a named one may be known from before. */
  readonly text: string
  /** Beside the statement; they outweigh its own. */
  readonly values: unknown[] | undefined
}

/** A query that sends itself: pg.Query, a cursor, a stream, COPY. */
export function isSubmittable(statement: unknown): statement is Submittable & {readonly text?: unknown} {
  return typeof (statement as Submittable | null | undefined)?.submit === 'function'
}

/** The text that was last sent under a name; a statement that is prepared may be called by its name alone. */
export type TextOfName = (name: string) => string | undefined

const noNames: TextOfName = () => undefined

/** Throws TypeError as pg does for a query that is null; what else pg would refuse is refused by sendable(). */
export function readCall(statement: unknown, values?: unknown, textOfName: TextOfName = noNames): Call {
  if (statement === null || statement === undefined) throw new TypeError('Client was passed a null or undefined query')
  const list = typeof values === 'function' || !values ? undefined : (values as unknown[])
  if (typeof statement === 'string') return {statement, text: statement, values: list}
  const read = fieldsOf(statement)
  const text = read.text ?? (read.name === undefined ? undefined : textOfName(read.name))
  return {statement: {...read, text: text as string}, text: typeof text === 'string' ? text : '', values: list}
}

/** A copy that says no more than there is: fields that are not there would cost pg's long way. */
function fieldsOf(from: Statement): Statement {
  const {text, values, name, rows, types, queryMode, binary, portal, rowMode, query_timeout} = from
  const read = name === undefined ? {text, values} : {text, values, name}
  if ((rows ?? types ?? queryMode ?? binary ?? portal ?? rowMode ?? query_timeout) === undefined) return read
  const rest = Object.entries({rows, types, queryMode, binary, portal, rowMode, query_timeout})
  return {...read, ...Object.fromEntries(rest.filter(([, value]) => value !== undefined))}
}

/** The same call; throws, in pg's words, what pg would refuse before anything is sent. */
export function sendable(call: Call): Call {
  const {statement, values} = call
  if (typeof statement !== 'string' && typeof statement.text !== 'string' && typeof statement.name !== 'string')
    throw new Error('A query must have either text or a name. Supplying neither is unsupported.')
  const list: unknown = values ?? (typeof statement === 'string' ? undefined : statement.values)
  if (list && !Array.isArray(list)) throw new Error('Query values must be an array')
  return call
}

/**
 * With the extended protocol a text of several statements is refused; an error in the last would say nothing about
 * those before it.
 */
export function alone(call: Call): Call {
  const {statement} = call
  const config = typeof statement === 'string' ? {text: statement} : statement
  return {...call, statement: {...config, queryMode: 'extended'}}
}

/**
 * Whom pg's Client would call: the last argument before the second, and either before the config's own. Throws
 * TypeError as pg does for what cannot be called.
 */
export function clientCallback(statement: unknown, values: unknown, callback: unknown): Callback | undefined {
  const own: unknown = typeof statement === 'string' ? undefined : (statement as {callback?: unknown}).callback
  return checkedCallback(callback || (typeof values === 'function' ? values : own))
}

/** Whom pg-pool would call, which heeds no callback in a config, and the second argument first. */
export function poolCallback(values: unknown, callback: unknown): Callback | undefined {
  return checkedCallback(typeof values === 'function' ? values : callback)
}

function checkedCallback(callback: unknown): Callback | undefined {
  if (!callback) return undefined
  if (typeof callback !== 'function') throw new TypeError('callback is not a function')
  return callback as Callback
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
