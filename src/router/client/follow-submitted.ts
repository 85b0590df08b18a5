// Follows a connection on which something sends itself (a cursor, a stream, COPY): when is the server ready, and when
// is nothing left of it? Invariant: it hears of the end before whoever releases the client because of it.
// Not here: what is noted then (requests/token-after.ts).
import type {Connection} from '../connections/connection.ts'
import {onFirst} from '../connections/on-first.ts'

/** What pg has and its types do not say. */
interface Driver {
  readonly _activeQuery?: unknown
  readonly _queryQueue?: readonly unknown[]
}

/** Nothing is under way, and nothing waits to be sent. */
export function isQuiet({client}: Connection): boolean {
  const {_activeQuery, _queryQueue} = client as Driver
  return _activeQuery == null && (_queryQueue?.length ?? 0) === 0
}

/**
 * `ended` is called each time that the server is ready outside of a transaction, when it refuses something, and when
 * the connection is gone, until the connection is quiet; `isLast`: it is now, and can be asked something.
 */
export function followSubmitted(connection: Connection, ended: (isLast: boolean) => void): void {
  const protocol = connection.client.connection
  const stop = (): void => {
    protocol.removeListener('readyForQuery', ready)
    protocol.removeListener('errorMessage', failed)
    protocol.removeListener('end', gone)
  }
  const failed = (): void => ended(false)
  const gone = (): void => {
    stop()
    ended(false)
  }
  const ready = ({status}: {readonly status?: string}): void => {
    const {_queryQueue} = connection.client as Driver
    const isLast = (_queryQueue?.length ?? 0) === 0
    if (isLast) stop()
    if (status === 'I') ended(isLast)
  }
  // Before pg's own, which tell whoever waits for the end.
  protocol.prependListener('readyForQuery', ready)
  protocol.prependListener('errorMessage', failed)
  protocol.prependListener('end', gone)
}

/** Resolves when the connection is quiet, or gone. */
export async function untilQuiet(connection: Connection): Promise<void> {
  const {client} = connection
  while (connection.alive && !isQuiet(connection))
    await new Promise<void>(resolve => onFirst(client, ['drain', 'end'], resolve))
}
