// A pg.Pool of one node, whose sockets are all known and whose connections are made in bounded time. Not here: who gets
// a connection (node-pool.ts).
import {Socket} from 'node:net'
import {Client, Pool, type ClientConfig, type PoolConfig} from 'pg'
import {nowMs} from '../time/deadline.ts'
import type {ConnectEnd} from './connect-pace.ts'
import {endCopies} from './end-copy.ts'

export interface TrackedPool {
  readonly pool: Pool
  /** Of all its connections, those being made included. */
  readonly sockets: ReadonlySet<Socket>
}

export interface Making {
  /** Bound of making the next connection; how long somebody waits for a busy one is not pg-pool's to say here. */
  boundMs(): number
  ended(end: ConnectEnd): void
}

type ConnectCallback = Parameters<Client['connect']>[0]

/** `making`: asked before each connection, and told how it ended. */
export function makePool(config: PoolConfig, making: Making): TrackedPool {
  const sockets = new Set<Socket>()
  const pool = new Pool({
    ...config,
    keepAlive: config.keepAlive ?? true,
    stream: () => trackedSocket(sockets),
    Client: boundedClient(making),
  })
  return {pool, sockets}
}

/**
 * pg-pool's own connectionTimeoutMillis also bounds, with a timer per checkout, the wait for a busy connection; here it
 * bounds the making of one and no more.
 */
function boundedClient(making: Making): typeof Client {
  return class extends Client {
    readonly #boundMs: number
    /** Somebody took the connection: a server, or the kernel of its machine. */
    #isTaken = false

    constructor(config?: string | ClientConfig) {
      const boundMs = making.boundMs()
      // pg-pool hides the password from whoever lists the fields.
      super(
        typeof config === 'string' ? config : {...config, password: config?.password, connectionTimeoutMillis: boundMs},
      )
      this.#boundMs = boundMs
      this.connection.stream.once('connect', () => (this.#isTaken = true))
    }

    override connect(): Promise<Client>
    override connect(callback: ConnectCallback): void
    override connect(callback?: ConnectCallback): Promise<Client> | undefined {
      // pg-pool gives one always.
      if (callback === undefined) return super.connect()
      const startMs = nowMs()
      const told = callback as (error: Error | null, client?: Client) => void
      super.connect((error: Error | null, client?: Client) => {
        making.ended(this.#endOf(error, nowMs() - startMs))
        if (!error) endCopies(this)
        told(error, client)
      })
      return undefined
    }

    #endOf(error: Error | null, tookMs: number): ConnectEnd {
      // pg's word for no error is undefined or null, whatever its types say.
      if (!error) return {kind: 'made', tookMs}
      return this.#isTaken && tookMs >= this.#boundMs ? {kind: 'silent', boundMs: this.#boundMs} : {kind: 'other'}
    }
  }
}

function trackedSocket(sockets: Set<Socket>): Socket {
  const socket = new Socket()
  sockets.add(socket)
  socket.once('close', () => sockets.delete(socket))
  return socket
}

/** Lets busy connections finish, and closes the rest now. */
export async function endGracefully({pool, sockets}: TrackedPool): Promise<void> {
  await pool.end()
  await Promise.all([...sockets].map(socket => new Promise(resolve => socket.once('close', resolve))))
}
