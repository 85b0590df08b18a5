// One node's connections and who gets one. pg-pool makes, keeps and ends them; who waits, waits here in one line. Two
// things make a statement cheaper than through pg-pool: a connection that is given back rests here for a moment,
// because the next statement usually comes before that is over; and short reads share a connection (pipelining): what
// would have waited is on its way, and many leave in one packet.
// Invariants: who waits is served in the order of waiting-line.ts; a connection that is shared carries short reads
// only; what is broken or changed goes back to pg-pool, which destroys it. Not here: which statements are short reads
// (requests/answer-time.ts).
import type {Pool, PoolClient, PoolConfig} from 'pg'
import {NeverSent} from '../failures/classify-error.ts'
import {nowMs} from '../time/deadline.ts'
import {chooseShared, usesMax, type Sharing} from './choose-shared.ts'
import {freePace, nextPace, type ConnectPace} from './connect-pace.ts'
import {Connection} from './connection.ts'
import {forwardPoolEvents} from './forward-pool-events.ts'
import {endGracefully, makePool, type TrackedPool} from './make-pool.ts'
import type {NodePoolListener} from './node-pool-listener.ts'
import {IdleCache} from './idle-cache.ts'
import {Waiter, WaitingLine, type Patience, type TakeCallback} from './waiting-line.ts'

export interface PoolCounts {
  readonly total: number
  readonly idle: number
  readonly waiting: number
  readonly expired: number
}

/** In pg-pool's words, which applications look for. */
export const poolFull = 'timeout exceeded when trying to connect'

export class NodePool {
  readonly node: string
  readonly #tracked: TrackedPool
  readonly #pool: Pool
  readonly #on: NodePoolListener
  readonly #watch: () => void
  readonly #usesMax: number
  readonly #hasLifetime: boolean
  readonly #waiters = new WaitingLine()
  /** Free and whole; nobody waits while there are any. */
  readonly #idle = new IdleCache()
  /** Those that short reads use. */
  readonly #shared: Connection[] = []
  readonly #connections = new WeakMap<PoolClient, Connection>()
  /** Connections that pg-pool was asked for and has not given yet. */
  #asked = 0
  #pace: ConnectPace
  /** Of all its connections together. */
  #users = 0
  /** pg-pool is told what was announced before. */
  #quiet = false
  #closed = false

  /** `config` with the node's host and port. `watch`: there is something for sweep() to look after. */
  constructor(node: string, config: PoolConfig, connectTimeoutMs: number, on: NodePoolListener, watch: () => void) {
    this.node = node
    this.#pace = freePace(connectTimeoutMs)
    this.#tracked = makePool(config, {
      boundMs: () => this.#pace.boundMs,
      ended: end => (this.#pace = nextPace(this.#pace, end, this.#asked, connectTimeoutMs)),
    })
    this.#pool = this.#tracked.pool
    this.#on = on
    this.#watch = watch
    this.#usesMax = config.maxUses === undefined ? usesMax : 1
    this.#hasLifetime = config.maxLifetimeSeconds !== undefined && config.maxLifetimeSeconds > 0
    forwardPoolEvents(this.#pool, node, on, {
      made: client => void this.#connectionOf(client),
      removed: () => this.#ask(),
      isQuiet: () => this.#quiet,
      isClosed: () => this.#closed,
    })
  }

  get waitingCount(): number {
    return this.#waiters.size
  }

  get counts(): PoolCounts {
    const {totalCount, idleCount, expiredCount} = this.#pool
    return {total: totalCount, idle: idleCount + this.#idle.size, waiting: this.#waiters.size, expired: expiredCount}
  }

  /** Will take() give a connection without waiting for another request or for the network? */
  hasFree(sharing: Sharing, now: number): boolean {
    if (this.#idle.size > 0 || this.#pool.idleCount > this.#asked) return true
    return this.#waiters.size === 0 && chooseShared(this.#shared, sharing, this.#hasRoom, now) !== null
  }

  /**
   * A connection, now or later; `now` as of nowMs(). What is returned can be dismissed while it waits, and is by
   * sweep() when its time is over.
   */
  take(wish: Sharing, now: number, patience: Patience, callback: TakeCallback): Waiter {
    // pg-pool's maxUses counts statements, so each must be a use of its own.
    const sharing = this.#usesMax === 1 ? 'never' : wish
    const waiter = new Waiter(callback, sharing, patience)
    if (this.#closed) {
      callback(new NeverSent(`connections to ${this.node} were closed`), null)
      return waiter
    }
    const free =
      (this.#waiters.size > 0 ? null : chooseShared(this.#shared, sharing, this.#hasRoom, now)) ?? this.#takeIdle()
    if (free !== null) {
      this.#give(free, waiter)
      return waiter
    }
    this.#waiters.add(waiter)
    this.#watch()
    this.#ask()
    return waiter
  }

  /** It waits no more, and is told why; nothing when it has been answered. */
  dismiss(waiter: Waiter, why: Error): void {
    if (this.#waiters.remove(waiter)) waiter.callback(why, null)
  }

  /**
   * Called every few ms while there is something to look after, which is what it answers: sends away who has waited too
   * long, and ends long rests.
   */
  sweep(now: number): boolean {
    for (const waiter of this.#waiters.filter(({untilMs}) => untilMs <= now)) this.dismiss(waiter, new Error(poolFull))
    this.#endIdle(this.#idle.sweep())
    return this.#waiters.size > 0 || this.#idle.size > 0
  }

  /** Called by a connection whose last user is done. `reason`: it must not be used again. */
  giveBack(connection: Connection, reason: Error | boolean | undefined): void {
    this.#users--
    const index = this.#shared.indexOf(connection)
    if (index !== -1) this.#shared.splice(index, 1)
    this.#put(connection, reason)
  }

  #put(connection: Connection, reason: Error | boolean | undefined): void {
    const isSpent = reason !== undefined && reason !== false
    // Some connection is too old: pg-pool knows which.
    const mayBeOld = this.#hasLifetime && this.#pool.expiredCount > 0
    if (isSpent || this.#closed || connection.uses >= this.#usesMax || mayBeOld) {
      this.#letGo(connection, reason)
      return
    }
    this.#on.release(undefined, connection.client)
    const next = this.#next()
    if (next === null) {
      this.#idle.add(connection)
      this.#watch()
      return
    }
    this.#give(connection, next)
    this.#share()
  }

  /** Called by a connection that others still use: it can take another. */
  userDone(connection: Connection): void {
    this.#users--
    this.#on.release(undefined, connection.client)
    this.#share()
  }

  /** Those next in line who may share go where the fewest are. */
  #share(): void {
    while (this.#waiters.size > 0) {
      const now = nowMs()
      const next = this.#waiters.next(now)
      const connection = next === null ? null : chooseShared(this.#shared, next.sharing, this.#hasRoom, now)
      if (next === null || connection === null) return
      this.#waiters.remove(next)
      this.#give(connection, next)
    }
  }

  /**
   * Destroys all connections, busy ones and those being made included; returns how many. Requests on them fail with a
   * connection error.
   */
  close(): number {
    // end() lets them finish.
    if (this.#closed) return 0
    const count = this.#tracked.sockets.size
    this.#stop(new NeverSent(`connections to ${this.node} were closed`))
    void this.#pool.end()
    this.destroy()
    return count
  }

  /** Closes what is idle now, and the rest when it is given back. */
  async end(): Promise<void> {
    this.#stop(new NeverSent('the router has ended'))
    await endGracefully(this.#tracked)
  }

  destroy(): void {
    for (const socket of this.#tracked.sockets) socket.destroy()
  }

  #stop(why: Error): void {
    this.#closed = true
    for (const waiter of this.#waiters.filter(() => true)) this.dismiss(waiter, why)
    this.#endIdle(this.#idle.clear())
  }

  #give(connection: Connection, {callback, sharing}: Waiter): void {
    this.#on.pool('acquire', connection.client)
    this.#hand(connection, sharing, callback)
  }

  #hand(connection: Connection, sharing: Sharing, callback: TakeCallback): void {
    if (sharing !== 'never' && connection.users === 0) this.#shared.push(connection)
    // A caller who is alone has nothing that could leave in the same packet.
    connection.gathers = this.#users++ > 0
    callback(null, connection.join(sharing))
  }

  /** A free connection that is still whole. */
  #takeIdle(): Connection | null {
    for (;;) {
      const connection = this.#idle.take()
      if (connection === undefined) return null
      if (connection.alive) return connection
      this.#quietly(() => this.#letGo(connection, true))
    }
  }

  /** There is a free connection, or there may be one more. */
  get #hasRoom(): boolean {
    return (
      this.#idle.size > 0 ||
      this.#pool.idleCount > this.#pool.waitingCount ||
      (this.#pool.totalCount < this.#pool.options.max && this.#asked < this.#pace.atOnce)
    )
  }

  #next(): Waiter | null {
    const next = this.#waiters.size === 0 ? null : this.#waiters.next(nowMs())
    if (next !== null) this.#waiters.remove(next)
    return next
  }

  /** Asks pg-pool for as many as are waited for and as it can give without waiting itself. */
  #ask(): void {
    while (!this.#closed && this.#asked < this.#waiters.size && this.#hasRoom) {
      this.#asked++
      this.#pool.connect((error, client) => {
        this.#asked--
        if (client === undefined) this.#next()?.callback(error ?? new NeverSent(`no connection to ${this.node}`), null)
        else this.#arrived(this.#connectionOf(client))
        this.#ask()
      })
    }
  }

  /** pg-pool has announced it as acquired. */
  #arrived(connection: Connection): void {
    connection.uses = 0
    const next = this.#next()
    if (next === null) this.#put(connection, undefined)
    else this.#hand(connection, next.sharing, next.callback)
    this.#share()
  }

  #endIdle(connections: readonly Connection[]): void {
    for (const connection of connections)
      this.#quietly(() => this.#letGo(connection, connection.alive ? undefined : true))
  }

  /** It broke while nobody used it: it is told and let go as pg-pool does with those that it keeps. */
  ended(connection: Connection, error: Error | undefined): void {
    if (!this.#idle.remove(connection)) return
    if (!this.#closed) this.#on.idleError(error ?? new Error('Connection terminated unexpectedly'), connection.client)
    this.#quietly(() => this.#letGo(connection, true))
  }

  #letGo({client}: Connection, reason: Error | boolean | undefined): void {
    client.release(reason)
    this.#ask()
  }

  /** It was announced as released when it was given back. */
  #quietly(work: () => void): void {
    this.#quiet = true
    try {
      work()
    } finally {
      this.#quiet = false
    }
  }

  #connectionOf(client: PoolClient): Connection {
    const known = this.#connections.get(client)
    if (known !== undefined) return known
    const made = new Connection(this.node, client, this)
    this.#connections.set(client, made)
    return made
  }
}
