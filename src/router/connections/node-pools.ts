// The connections to all nodes: one pool each, made when it is first needed. Invariant: every socket is known, so
// closing a node is immediate and end() is bounded even when a server is frozen; no error of an idle connection is
// unhandled. Not here: which node (topology/, balance/), who gets a connection (node-pool.ts).
import {Client, type PoolConfig} from 'pg'
import {NeverSent} from '../failures/classify-error.ts'
import {nowMs, type Deadline} from '../time/deadline.ts'
import {Sweep} from '../time/sweep.ts'
import {Wakeup} from '../time/wakeup.ts'
import type {Target} from '../topology/decide-primary.ts'
import type {Address} from '../topology/parse-patroni.ts'
import type {Sharing} from './choose-shared.ts'
import type {Connection} from './connection.ts'
import {NodePool, type PoolCounts} from './node-pool.ts'
import type {NodePoolListener} from './node-pool-listener.ts'
import type {TakeCallback} from './waiting-line.ts'

export interface NodePoolsOptions {
  /** For each node's pool, as pg.Pool takes it; host, port and connectionTimeoutMillis are set here. */
  readonly pool: PoolConfig
  /** Bound of making one connection. */
  readonly connectTimeoutMs: number
  readonly natMap: (node: string, host: string, port: number) => Address
  readonly on: NodePoolListener
}

/** How late the end of a wait or of an idle time may be seen: one timer for all costs each of them nothing. */
const sweepMs = 20

export class NodePools {
  readonly #options: NodePoolsOptions
  readonly #open = new Map<string, NodePool>()
  /** What cuts each connection that is in no pool. */
  readonly #apart = new Set<() => void>()
  readonly #sweep = new Sweep(sweepMs, () => this.#look())

  constructor(options: NodePoolsOptions) {
    this.#options = options
  }

  /** Will take() give a connection without waiting for another request or for the network? */
  hasFree(node: string, sharing: Sharing): boolean {
    return this.#open.get(node)?.hasFree(sharing, nowMs()) ?? false
  }

  /**
   * A connection to the node, waited for at most until `untilMs`. Calls back with the driver's error, with NeverSent
   * when the node is closed meanwhile, and with pg-pool's words when the time is over.
   */
  take(target: Target, sharing: Sharing, startedMs: number, untilMs: number, callback: TakeCallback): void {
    this.#poolOf(target).take(sharing, startedMs, {sinceMs: startedMs, untilMs}, callback)
  }

  /** For one user alone, as a promise that also ends with the deadline. */
  checkout(target: Target, waitMs: number, deadline: Deadline): Promise<Connection> {
    const pool = this.#poolOf(target)
    return new Promise((resolve, reject) => {
      const startedMs = nowMs()
      const patience = {sinceMs: deadline.startedMs, untilMs: Math.min(startedMs + waitMs, deadline.untilMs)}
      const waiter = pool.take('never', startedMs, patience, (error, connection) => {
        if (connection === null) reject(error ?? new NeverSent(`no connection to ${target.node}`))
        else resolve(connection)
      })
      deadline.onOver = () => pool.dismiss(waiter, new NeverSent('the time was over before there was a connection'))
    })
  }

  /**
   * A connection for the router's own questions, which is none of the application's: it is in no pool, and closed after
   * `work`, which has `mostMs`.
   */
  async apart<T>({node, address}: Target, mostMs: number, work: (client: Client) => Promise<T>): Promise<T> {
    const {pool, natMap, connectTimeoutMs} = this.#options
    const client = new Client({
      ...pool,
      ...natMap(node, address.host, address.port),
      connectionTimeoutMillis: connectTimeoutMs,
    })
    // Whatever breaks it, breaks the statement under way too.
    client.on('error', () => undefined)
    const cut = (): void => void client.connection.stream.destroy()
    const timer = setTimeout(cut, mostMs)
    this.#apart.add(cut)
    try {
      await client.connect()
      return await work(client)
    } finally {
      await client.end().catch(() => undefined)
      clearTimeout(timer)
      this.#apart.delete(cut)
    }
  }

  /** Who waits for a connection now. */
  get waitingCount(): number {
    let sum = 0
    for (const pool of this.#open.values()) sum += pool.waitingCount
    return sum
  }

  /** Of all nodes, or of one. */
  counts(node?: string): PoolCounts {
    const sum = {total: 0, idle: 0, waiting: 0, expired: 0}
    for (const pool of this.#open.values()) {
      if (node !== undefined && node !== pool.node) continue
      const {total, idle, waiting, expired} = pool.counts
      sum.total += total
      sum.idle += idle
      sum.waiting += waiting
      sum.expired += expired
    }
    return sum
  }

  /**
   * Destroys all connections to a node, busy ones and those being made included; returns how many. Requests on them
   * fail with a connection error.
   */
  close(node: string): number {
    const pool = this.#open.get(node)
    this.#open.delete(node)
    return pool?.close() ?? 0
  }

  /** Closes what is idle, lets busy connections finish for at most `graceMs`, then destroys what is left. */
  async end(graceMs: number): Promise<void> {
    const all = [...this.#open.values()]
    const stop = new AbortController()
    const grace = new Wakeup().wait(stop.signal, graceMs)
    await Promise.race([grace, Promise.all(all.map(pool => pool.end()))])
    stop.abort()
    this.#sweep.stop()
    for (const pool of all) pool.destroy()
    for (const cut of this.#apart) cut()
    this.#open.clear()
  }

  /** Is there anything left to look after? */
  #look(): boolean {
    const now = nowMs()
    let isNeeded = false
    for (const pool of this.#open.values()) isNeeded = pool.sweep(now) || isNeeded
    return isNeeded
  }

  #poolOf({node, address}: Target): NodePool {
    const known = this.#open.get(node)
    if (known !== undefined) return known
    const {pool, natMap, on, connectTimeoutMs} = this.#options
    const made = new NodePool(node, {...pool, ...natMap(node, address.host, address.port)}, connectTimeoutMs, on, () =>
      this.#sweep.watch(),
    )
    this.#open.set(node, made)
    return made
  }
}
