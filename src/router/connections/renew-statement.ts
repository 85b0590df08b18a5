// A prepared statement that no longer fits the database is closed on its connection, so that it is prepared anew when
// it comes again. Not here: which errors mean that (failures/stale-statement.ts).
import type {PoolClient} from 'pg'
import {staleStatement} from '../failures/stale-statement.ts'
import {CloseStatement} from './close-statement.ts'

export interface Prepared {
  readonly client: PoolClient
  readonly alive: boolean
  /** As of the last answer. */
  readonly inTransaction: boolean
}

/**
 * What `error` says of a statement that failed on the connection. true: it is being closed, and `closed` is called when
 * it is; `mayRepeat`: nothing of it was carried out, so it can be sent once more.
 */
export function renews(
  {client, alive, inTransaction}: Prepared,
  error: Error,
  statement: string | {readonly name?: string | undefined},
  closed: (mayRepeat: boolean) => void,
): boolean {
  const name = typeof statement === 'string' ? undefined : statement.name
  const stale = name === undefined || name === '' ? null : staleStatement(error)
  if (name === undefined || stale === null || !alive) return false
  client.query(new CloseStatement(name, () => closed(stale === 'again' && !inTransaction)))
  return true
}
