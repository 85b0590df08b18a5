// The arguments of query() in pg's forms -> one value. Invariant: what a pool over shards cannot send as it is meant
// (a cursor, a stream, COPY) is refused before anything is asked. Pure. Not here: where it goes (routing/).
import type {CustomTypesConfig, QueryConfig} from 'pg'
import {ShardError} from './shard-error.ts'

export interface ShardedStatement {
  readonly text: string
  readonly values: readonly unknown[]
  /** Of a prepared statement; legs of several shards have their own. */
  readonly name: string | undefined
  readonly rowMode: 'array' | undefined
  readonly types: CustomTypesConfig | undefined
}

/** Throws TypeError for what pg would not send, ShardError UNSUPPORTED for what sends itself. */
export function readStatement(statement: unknown, values?: unknown): ShardedStatement {
  const beside = typeof values === 'function' || values === undefined || values === null ? undefined : values
  if (typeof statement === 'string')
    return {text: statement, values: listOf(beside), name: undefined, rowMode: undefined, types: undefined}
  if (typeof statement !== 'object' || statement === null)
    throw new TypeError('a query is wanted: a text, or an object with a text')
  if (typeof Reflect.get(statement, 'submit') === 'function')
    throw new ShardError(
      'UNSUPPORTED',
      'a cursor, a stream or COPY sends itself to one server: use stream() for rows of all shards, or ' +
        'onShard(name) or forKey(key) for those of one',
    )
  const {text, values: own, name, rowMode, types} = statement as QueryConfig<unknown[]> & {rowMode?: string}
  if (typeof text !== 'string')
    throw new TypeError(
      'a query over shards needs its text: what was prepared under a name is known to one server only',
    )
  if (rowMode !== undefined && rowMode !== 'array') throw new TypeError(`rowMode is ${rowMode}: array is wanted`)
  return {text, values: listOf(beside ?? own), name, rowMode, types}
}

function listOf(values: unknown): readonly unknown[] {
  if (values === undefined || values === null) return []
  if (!Array.isArray(values)) throw new TypeError('Query values must be an array')
  return values
}
