// The connections: one pg.Pool per node and kind. Invariant: every socket is known, so closing a node is immediate and end() is bounded even when
// the server is frozen; no error of an idle connection is unhandled. Not here: which node (decide-primary.ts), what an error means (classify-error.ts).
import {Socket} from 'node:net'
import {Pool} from 'pg'
import {NeverSent} from '../failures/classify-error.ts'
import type {Target} from '../topology/decide-primary.ts'
import {raceAbort} from '../time/deadline.ts'
import {Lease} from './lease.ts'
import type {Settings} from '../options.ts'
import {Wakeup} from '../time/wakeup.ts'

/** read-only connections refuse writes by themselves, which makes a read safe to repeat. */
export type Access = 'read-write' | 'read-only'

interface OpenPool {
  readonly node: string
  readonly pool: Pool
  readonly sockets: Set<Socket>
  readonly closed: AbortController
}

export class Pools {
  readonly #settings: Settings
  readonly #onIdleError: () => void
  readonly #open = new Map<string, OpenPool>()

  constructor(settings: Settings, onIdleError: () => void) {
    this.#settings = settings
    this.#onIdleError = onIdleError
  }

  /** A connection to the node; rejects with the driver's error, on abort, or with NeverSent when the node is closed meanwhile. Bounded by connectTimeoutMs. */
  async checkout(target: Target, access: Access, signal: AbortSignal): Promise<Lease> {
    const open = this.#poolOf(target, access)
    const connecting = open.pool.connect()
    try {
      const client = await raceAbort(raceAbort(connecting, signal), open.closed.signal)
      return new Lease(target.node, client)
    } catch (error) {
      // A connection that comes too late belongs to nobody: back to the pool with it.
      void connecting.then(client => client.release(), () => undefined)
      throw error
    }
  }

  /** Destroys all connections to a node, busy ones and those being made included; returns how many. Requests on them fail with a connection error. */
  close(node: string): number {
    let count = 0
    for (const [key, open] of this.#open) {
      if (open.node !== node) continue
      this.#open.delete(key)
      count += open.sockets.size
      open.closed.abort(new NeverSent(`connections to ${node} were closed`))
      void open.pool.end()
      for (const socket of open.sockets) socket.destroy()
    }
    return count
  }

  /** Lets busy connections finish for at most `graceMs`, then destroys what is left. */
  async end(graceMs: number): Promise<void> {
    const all = [...this.#open.values()]
    for (const {closed} of all) closed.abort(new NeverSent('the router has ended'))
    const stop = new AbortController()
    const grace = new Wakeup().wait(stop.signal, graceMs)
    await Promise.race([grace, Promise.all(all.map(endGracefully))])
    stop.abort()
    for (const {node} of all) this.#discard(node)
  }

  #discard(node: string): void {
    for (const [key, open] of this.#open) {
      if (open.node !== node) continue
      this.#open.delete(key)
      for (const socket of open.sockets) socket.destroy()
    }
  }

  #poolOf(target: Target, access: Access): OpenPool {
    const key = `${access} ${target.node}`
    const known = this.#open.get(key)
    if (known !== undefined) return known
    const made = this.#makePool(target, access)
    this.#open.set(key, made)
    return made
  }

  #makePool({node, address}: Target, access: Access): OpenPool {
    const {connection, poolMax, connectTimeoutMs, natMap} = this.#settings
    const {host, port} = natMap(node, address.host, address.port)
    const sockets = new Set<Socket>()
    const pool = new Pool({
      host,
      port,
      user: connection.user,
      password: connection.password,
      database: connection.database,
      application_name: connection.applicationName,
      options: access === 'read-only' ? '-c default_transaction_read_only=on' : undefined,
      max: poolMax,
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
      stream: () => trackedSocket(sockets),
    })
    const closed = new AbortController()
    // A checked-out client without a listener would end the process when its server dies.
    pool.on('connect', client => client.on('error', () => undefined))
    pool.on('error', () => {
      if (!closed.signal.aborted) this.#onIdleError()
    })
    return {node, pool, sockets, closed}
  }
}

function trackedSocket(sockets: Set<Socket>): Socket {
  const socket = new Socket()
  sockets.add(socket)
  socket.once('close', () => sockets.delete(socket))
  return socket
}

async function endGracefully({pool, sockets}: OpenPool): Promise<void> {
  await pool.end()
  await Promise.all([...sockets].map(socket => new Promise(resolve => socket.once('close', resolve))))
}
