// What a later read must have seen to see a write that was just acknowledged. Invariants: it is asked for after COMMIT,
// on the same connection, so the commit record lies below it (an LSN that the statement itself returns is too early); a
// failure here never fails the write. Not here: who reads with it (freshness/), writes without an answer (doubts.ts).
import type {Connection} from '../connections/connection.ts'
import type {Session} from '../freshness/session.ts'
import type {Token} from '../freshness/token.ts'
import {nowMs} from '../time/deadline.ts'

/** Insert, not flush: with synchronous_commit off the commit record may not be flushed yet. */
const text = `SELECT (pg_catalog.pg_current_wal_insert_lsn() - '0/0'::pg_catalog.pg_lsn)::pg_catalog.float8 AS position,
  pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_insert_lsn()), 1, 8) AS timeline`

/**
 * Notes the write in the session, and in `everybody`, the thread of all who have none. Outside of a session nothing is
 * asked: `everybody` learns the position from the next sample of the primary whose question left after this moment.
 */
export async function tokenAfter(
  session: Session | null,
  connection: Connection,
  everybody: Session,
): Promise<Token | null> {
  const acknowledgedMs = nowMs()
  everybody.noteWrite(acknowledgedMs)
  if (session === null) return null
  session.noteWrite(acknowledgedMs)
  const askedMs = nowMs()
  const token = await askPosition(connection)
  if (token !== null) session.note(token, askedMs)
  return token
}

/**
 * Something may have been committed, whatever the statement came to. The position is asked for where that can be done
 * without changing anything; until it is known, later reads go to the primary.
 */
export async function noteCommit(
  session: Session | null,
  connection: Connection,
  everybody: Session,
): Promise<Token | null> {
  // In a transaction, as after COMMIT AND CHAIN, a question would take its snapshot.
  if (connection.alive && !connection.abandoned && !connection.inTransaction)
    return tokenAfter(session, connection, everybody)
  noteUnplaced(session, everybody)
  return null
}

/**
 * The same for something that sends itself, of which more may come; the position is asked for at its end. null: there
 * is nothing to wait for.
 */
export function noteSubmitted(
  session: Session | null,
  connection: Connection,
  everybody: Session,
  isLast: boolean,
): Promise<Token | null> | null {
  noteUnplaced(session, everybody)
  return isLast && session !== null ? noteCommit(session, connection, everybody) : null
}

function noteUnplaced(session: Session | null, everybody: Session): void {
  const now = nowMs()
  everybody.noteWrite(now)
  session?.noteWrite(now)
}

/** Where the WAL of this primary is now; null when it does not say. Never rejects. */
export async function askPosition(connection: Connection): Promise<Token | null> {
  try {
    const {rows} = await connection.ask(text)
    const {position, timeline} = rows[0] ?? {}
    if (typeof position !== 'number' || typeof timeline !== 'string') return null
    return {timeline: Number.parseInt(timeline, 16), position}
  } catch {
    return null
  }
}
