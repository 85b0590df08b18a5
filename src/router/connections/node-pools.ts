// The connections: one pg.Pool per node. Invariant: every socket is known, so closing a node is immediate and end() is bounded even when the server is frozen;
// no error of an idle connection is unhandled. Not here: which node (topology/, balance/), what an error means (failures/classify-error.ts).
import {Socket} from 'node:net'
import {Client, Pool, type ClientConfig, type PoolClient, type PoolConfig} from 'pg'
import {NeverSent} from '../failures/classify-error.ts'
import type {Target} from '../topology/decide-primary.ts'
import type {Address} from '../topology/parse-patroni.ts'
import {nowMs, type Deadline} from '../time/deadline.ts'
import {Sweep} from '../time/sweep.ts'
import {Wakeup} from '../time/wakeup.ts'
import {Connection} from './connection.ts'

export interface NodePoolsOptions {
  /** For each node's pool, as pg.Pool takes it; host, port and connectionTimeoutMillis are set here. */
  readonly pool: PoolConfig
  /** Bound of making one connection. */
  readonly connectTimeoutMs: number
  readonly natMap: (node: string, host: string, port: number) => Address
  readonly on: NodePoolsListener
}

export interface NodePoolsListener {
  /** pg.Pool's own events, of every node's pool. */
  pool(event: 'connect' | 'acquire' | 'remove', client: PoolClient): void
  release(error: Error | undefined, client: PoolClient): void
  /** An idle connection broke. */
  idleError(error: Error, client: PoolClient): void
  /** A server said by itself, on a connection of its pool, whether it is a standby now (in_hot_standby, PostgreSQL 14). */
  roleReported(node: string, standby: boolean): void
}

interface OpenPool {
  readonly node: string
  readonly pool: Pool
  readonly sockets: Set<Socket>
  /** Who waits for a connection. pg-pool forgets them when it ends, and gives them no time. */
  readonly waiters: Set<Waiter>
  closed: boolean
}

export type TakeCallback = (error: Error | null, connection: Connection | null) => void

interface Waiter {
  /** Those of its node; whoever takes it out of them answers it. */
  readonly waiters: Set<Waiter>
  readonly callback: TakeCallback
  readonly untilMs: number
}

/** In pg-pool's words, which applications look for. */
export const poolFull = 'timeout exceeded when trying to connect'
/** How late the end of a wait may be seen: one timer for all waiters costs each of them nothing. */
const sweepMs = 20

export interface PoolCounts {
  readonly total: number
  readonly idle: number
  readonly waiting: number
  readonly expired: number
}

export class NodePools {
  readonly #options: NodePoolsOptions
  readonly #open = new Map<string, OpenPool>()
  readonly #connections = new WeakMap<PoolClient, Connection>()
  readonly #patience = new Sweep(sweepMs, () => this.#sweep())

  constructor(options: NodePoolsOptions) {
    this.#options = options
  }

  /** Will checkout() give a connection without waiting for another request or for the network? */
  hasIdle(node: string): boolean {
    const pool = this.#open.get(node)?.pool
    return pool !== undefined && pool.idleCount > pool.waitingCount
  }

  /**
   * A connection to the node, waited for at most until `untilMs`. Calls back with the driver's error, with NeverSent when the node is closed meanwhile, and with
   * pg-pool's words when the time is over; a connection that comes all the same goes back. Returns how to give up waiting.
   */
  take(target: Target, untilMs: number, callback: TakeCallback): Waiter {
    const open = this.#open.get(target.node) ?? this.#makePool(target)
    const waiter: Waiter = {waiters: open.waiters, callback, untilMs}
    open.waiters.add(waiter)
    this.#patience.watch()
    open.pool.connect((error, client) => {
      if (!open.waiters.delete(waiter)) client?.release()
      else if (client === undefined) callback(error ?? new NeverSent(`no connection to ${open.node}`), null)
      else callback(null, this.#connectionOf(open.node, client).take())
    })
    return waiter
  }

  /** The same as a promise that also ends with the deadline. */
  checkout(target: Target, waitMs: number, deadline: Deadline): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const waiter = this.take(target, nowMs() + waitMs, (error, connection) => {
        if (connection === null) reject(error ?? new NeverSent(`no connection to ${target.node}`))
        else resolve(connection)
      })
      deadline.onOver = () => dismiss(waiter, new NeverSent('the time was over before there was a connection'))
    })
  }

  /** A connection for the router's own questions, which is none of the application's: it is in no pool, and closed after `work`. */
  async apart<T>({node, address}: Target, work: (client: Client) => Promise<T>): Promise<T> {
    const {pool, natMap, connectTimeoutMs} = this.#options
    const client = new Client({...pool, ...natMap(node, address.host, address.port), connectionTimeoutMillis: connectTimeoutMs})
    // Whatever breaks it, breaks the statement under way too.
    client.on('error', () => undefined)
    try {
      await client.connect()
      return await work(client)
    } finally {
      await client.end().catch(() => undefined)
    }
  }

  /** Who waits for a connection now. */
  get waitingCount(): number {
    let sum = 0
    for (const {waiters} of this.#open.values()) sum += waiters.size
    return sum
  }

  /** Of all nodes, or of one. */
  counts(node?: string): PoolCounts {
    const sum = {total: 0, idle: 0, waiting: 0, expired: 0}
    for (const {pool, node: name} of this.#open.values()) {
      if (node !== undefined && node !== name) continue
      sum.total += pool.totalCount
      sum.idle += pool.idleCount
      sum.waiting += pool.waitingCount
      sum.expired += pool.expiredCount
    }
    return sum
  }

  /** Destroys all connections to a node, busy ones and those being made included; returns how many. Requests on them fail with a connection error. */
  close(node: string): number {
    const open = this.#open.get(node)
    if (open === undefined) return 0
    this.#open.delete(node)
    const count = open.sockets.size
    open.closed = true
    for (const waiter of open.waiters) dismiss(waiter, new NeverSent(`connections to ${node} were closed`))
    void open.pool.end()
    for (const socket of open.sockets) socket.destroy()
    return count
  }

  /** Closes what is idle, lets busy connections finish for at most `graceMs`, then destroys what is left. */
  async end(graceMs: number): Promise<void> {
    const all = [...this.#open.values()]
    for (const open of all) {
      open.closed = true
      for (const waiter of open.waiters) dismiss(waiter, new NeverSent('the router has ended'))
    }
    const stop = new AbortController()
    const grace = new Wakeup().wait(stop.signal, graceMs)
    await Promise.race([grace, Promise.all(all.map(endGracefully))])
    stop.abort()
    this.#patience.stop()
    for (const {sockets} of all) for (const socket of sockets) socket.destroy()
    this.#open.clear()
  }

  /** Sends away who has waited too long. Is anybody left? */
  #sweep(): boolean {
    const now = nowMs()
    let left = 0
    for (const open of this.#open.values()) {
      for (const waiter of open.waiters) if (waiter.untilMs <= now) dismiss(waiter, new Error(poolFull))
      left += open.waiters.size
    }
    return left > 0
  }

  #connectionOf(node: string, client: PoolClient): Connection {
    const known = this.#connections.get(client)
    if (known !== undefined) return known
    const made = new Connection(node, client)
    this.#connections.set(client, made)
    return made
  }

  #makePool({node, address}: Target): OpenPool {
    const {pool: poolConfig, natMap, on, connectTimeoutMs} = this.#options
    const {host, port} = natMap(node, address.host, address.port)
    const sockets = new Set<Socket>()
    const pool = new Pool({...poolConfig, host, port, keepAlive: poolConfig.keepAlive ?? true, stream: () => trackedSocket(sockets), Client: boundedClient(connectTimeoutMs)})
    const open: OpenPool = {node, pool, sockets, waiters: new Set(), closed: false}
    pool.on('connect', client => {
      this.#connectionOf(node, client)
      client.connection.on('parameterStatus', ({parameterName, parameterValue}: {readonly parameterName: string; readonly parameterValue: string}) => {
        if (parameterName === 'in_hot_standby') on.roleReported(node, parameterValue === 'on')
      })
      on.pool('connect', client)
    })
    pool.on('acquire', client => on.pool('acquire', client))
    pool.on('remove', client => on.pool('remove', client))
    pool.on('release', (error, client) => on.release(error, client))
    pool.on('error', (error, client) => {
      if (!open.closed) on.idleError(error, client)
    })
    this.#open.set(node, open)
    return open
  }
}

/** pg-pool's own connectionTimeoutMillis also bounds, with a timer per checkout, the wait for a busy connection; here it bounds the making of one and no more. */
function boundedClient(connectTimeoutMs: number): typeof Client {
  return class extends Client {
    constructor(config?: string | ClientConfig) {
      // pg-pool hides the password from whoever lists the fields.
      super(typeof config === 'string' ? config : {...config, password: config?.password, connectionTimeoutMillis: connectTimeoutMs})
    }
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

function dismiss(waiter: Waiter, why: Error): void {
  if (waiter.waiters.delete(waiter)) waiter.callback(why, null)
}
