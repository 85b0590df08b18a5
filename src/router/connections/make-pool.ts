// A pg.Pool of one node, whose sockets are all known and whose connections are made in bounded time. Not here: who gets
// a connection (node-pool.ts).
import {Socket} from 'node:net'
import {Client, Pool, type ClientConfig, type PoolConfig} from 'pg'

export interface TrackedPool {
  readonly pool: Pool
  /** Of all its connections, those being made included. */
  readonly sockets: ReadonlySet<Socket>
}

/**
 * `connectTimeoutMs` bounds the making of one connection; how long somebody waits for a busy one is not pg-pool's to
 * say here.
 */
export function makePool(config: PoolConfig, connectTimeoutMs: number): TrackedPool {
  const sockets = new Set<Socket>()
  const pool = new Pool({
    ...config,
    keepAlive: config.keepAlive ?? true,
    stream: () => trackedSocket(sockets),
    Client: boundedClient(connectTimeoutMs),
  })
  return {pool, sockets}
}

/**
 * pg-pool's own connectionTimeoutMillis also bounds, with a timer per checkout, the wait for a busy connection; here it
 * bounds the making of one and no more.
 */
function boundedClient(connectTimeoutMs: number): typeof Client {
  return class extends Client {
    constructor(config?: string | ClientConfig) {
      // pg-pool hides the password from whoever lists the fields.
      super(
        typeof config === 'string'
          ? config
          : {...config, password: config?.password, connectionTimeoutMillis: connectTimeoutMs},
      )
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
