// A statement of nothing but text, values and name as the object that pg would make of it. pg copies every config with
// its property descriptors first, which costs as much as all of the routing (2.5 µs of the 50 that an insert costs its
// client; bench/router.ts one-server). Invariant: whatever else a config says, or whatever it is an instance of, goes
// to pg as it is. Not here: sending.
import {Query, type QueryConfig, type QueryResult} from 'pg'

type Callback = (error: Error | null | undefined, result: QueryResult<Record<string, unknown>>) => void

/** What pg has and its types do not say. */
type QueryClass = new (text: string, values: unknown[] | undefined, callback: Callback) => Query & {name?: string}

const plainKeys: ReadonlySet<string> = new Set(['text', 'values', 'name'])

/** null: pg must see it as it is. */
export function plainQuery(
  statement: QueryConfig<unknown[]>,
  values: unknown[] | undefined,
  callback: Callback,
): Query | null {
  if (Object.getPrototypeOf(statement) !== Object.prototype || typeof statement.text !== 'string') return null
  for (const key in statement) if (!plainKeys.has(key)) return null
  const query = new (Query as unknown as QueryClass)(statement.text, values ?? statement.values, callback)
  if (statement.name !== undefined) query.name = statement.name
  return query
}
