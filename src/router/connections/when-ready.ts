// The server's word that a statement is over (ReadyForQuery) comes behind its error, often in a packet of its own. pg
// tells the error at once, so until that word its transaction status is the one of before. Not here: what follows from
// an error (after-error.ts).
import pg, {type PoolClient} from 'pg'
import {onFirst} from './on-first.ts'

/** What pg has and its types do not say. */
interface Driver {
  readonly readyForQuery: boolean
  readonly pipeline: boolean
}

/**
 * Calls `done` when the server is ready behind `error`, or when the connection is gone; at once when it is ready, when
 * the error is not the server's, and where others' statements are under way behind it.
 */
export function whenReady(client: PoolClient, error: unknown, done: () => void): void {
  const {readyForQuery, pipeline} = client as PoolClient & Driver
  const {connection} = client
  if (readyForQuery || pipeline || !(error instanceof pg.DatabaseError) || connection.stream.destroyed) {
    done()
    return
  }
  // Behind pg's own listeners, which note the status and the loss.
  onFirst(connection, ['readyForQuery', 'end'], done)
}
