// What the server at the other end of a connection says of itself: is it in recovery, and which run of which primary is
// it.
// Not here: the connection, which remembers the second (connection.ts).
import type {ServerLife} from '../failures/decide-settlement.ts'

/** No row from a server in recovery. */
export const lifeText = `SELECT pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 1, 8) AS timeline,
  (extract(epoch FROM pg_catalog.pg_postmaster_start_time()) * 1000000)::pg_catalog.int8::pg_catalog.text AS started_at WHERE NOT pg_catalog.pg_is_in_recovery()`

/** A timeline is the first eight hexadecimal digits of a WAL file's name. */
export function parseLife(node: string, row: Readonly<Record<string, unknown>> | undefined): ServerLife | null {
  const digits = row?.['timeline']
  const startedAt = row?.['started_at']
  if (typeof digits !== 'string' || !/^[0-9A-F]{8}$/.test(digits) || typeof startedAt !== 'string') return null
  return {node, timeline: Number.parseInt(digits, 16), startedAt}
}

export interface AskServer {
  ask(text: string): Promise<{readonly rows: readonly Readonly<Record<string, unknown>>[]}>
}

/** A server in recovery is not a primary. null when it cannot be asked. */
export async function isInRecovery(server: AskServer): Promise<boolean | null> {
  try {
    const {rows} = await server.ask('SELECT pg_catalog.pg_is_in_recovery() AS recovering')
    const recovering = rows[0]?.['recovering']
    return typeof recovering === 'boolean' ? recovering : null
  } catch {
    return null
  }
}
