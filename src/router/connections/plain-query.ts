// A statement of nothing but text, values and name as the object that pg would make of it. pg copies every config with
// its property descriptors first, which costs as much as all of the routing (2.5 µs of the 50 that an insert costs its
// client; bench/router.ts one-server). Invariant: a config that says anything else goes to pg as it is. Not here:
// sending.
import {Query, type QueryResult} from 'pg'
import type {Statement} from './statement.ts'

type Callback = (error: Error | null | undefined, result: QueryResult<Record<string, unknown>>) => void

/** What pg has and its types do not say. */
type QueryClass = new (text: string, values: unknown[] | undefined, callback: Callback) => Query & {name?: string}

/** null: pg must see it as it is. */
export function plainQuery(
  {text, values: own, name, types, queryMode, rowMode, rows, binary, portal, query_timeout}: Statement,
  values: unknown[] | undefined,
  callback: Callback,
): Query | null {
  if (typeof text !== 'string') return null
  if ((types ?? queryMode ?? rowMode ?? rows ?? binary ?? portal ?? query_timeout) !== undefined) return null
  const query = new (Query as unknown as QueryClass)(text, values ?? own, callback)
  if (name !== undefined) query.name = name
  return query
}
