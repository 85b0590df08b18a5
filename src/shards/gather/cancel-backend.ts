// Ends the statement of a connection on its server, as libpq does: a connection of its own with the backend's number
// and key. Invariant: when it resolves with true the server has passed the request on, so that it cannot meet a later
// statement of that backend. Not here: when (leg.ts).
// Source: "Canceling Requests in Progress", PostgreSQL's documentation of the protocol; the server closes the
// connection once the signal was sent.
import pg, {type PoolClient} from 'pg'

/** What pg has and its types do not say. */
interface CancelConnection extends pg.Connection {
  connect(port: number, host: string): void
  requestSsl(): void
  cancel(processID: number, secretKey: number): void
}

interface Backend {
  readonly host: string
  readonly port: number
  readonly ssl: pg.ClientConfig['ssl']
  readonly processID: number
  readonly secretKey: number
}

export interface Cancelling {
  /** false: nothing was sent. */
  readonly sent: Promise<boolean>
  /** Nothing is sent any more, unless it was. */
  stop(): void
}

/** Never rejects. */
export function cancelBackend(client: PoolClient): Cancelling {
  const {host, port, ssl, processID, secretKey} = client as unknown as Backend
  const connection = new pg.Connection(ssl ? {ssl} : {}) as CancelConnection
  const {promise, resolve} = Promise.withResolvers<boolean>()
  let wasSent = false
  const send = (): void => {
    wasSent = true
    connection.cancel(processID, secretKey)
  }
  connection.on('connect', () => (ssl ? connection.requestSsl() : send()))
  connection.on('sslconnect', send)
  connection.on('error', () => connection.stream.destroy())
  connection.on('end', () => resolve(wasSent))
  if (host.startsWith('/')) Reflect.apply(connection.connect.bind(connection), null, [`${host}/.s.PGSQL.${port}`])
  else connection.connect(port, host)
  return {sent: promise, stop: () => connection.stream.destroy()}
}
