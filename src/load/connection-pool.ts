// A bounded pool of connections for the access paths without a router. Invariant: a caller whose time is over gets
// nothing sent; a broken connection is not handed out. A failed connection fails all callers that wait, as a plain
// driver's pool does: nothing is queued through an outage.
// Not here: where connections come from (open).
import type {Clock} from '../model/ports.ts'
import {AccessPathError} from './access-paths/access-path.ts'
import type {Attempt} from './access-paths/access-path.ts'
import type {NodeConnection} from './node-connection.ts'

/**
 * Between a connection that failed and the next try: an outage must not turn into a storm of handshakes on two cores.
 */
const reopenAfterMs = 100
/**
 * Longer than this nobody waits for a connection, as with `connectionTimeoutMillis` of a plain pool. Without it,
 * callers whose deadline is near would still get one, send, give up at once and leave a backend behind: while commits
 * wait for a standby that is gone, the server would run out of connections in seconds.
 */
const patienceMs = 500
/** Connections made at the same time; one that hangs must not keep the others from being made. */
const openingMax = 4

export interface ConnectionPoolOptions {
  readonly open: () => Promise<NodeConnection>
  readonly max: number
  readonly clock: Pick<Clock, 'nowMs' | 'wait'>
}

interface Waiter {
  readonly untilMs: number
  readonly attempt: Attempt
  readonly got: PromiseWithResolvers<NodeConnection>
}

/** ClientSessions for one role, made as they are needed. */
export class ConnectionPool {
  private readonly options: ConnectionPoolOptions
  private readonly all = new Set<NodeConnection>()
  private readonly idle: NodeConnection[] = []
  private waiters: Waiter[] = []
  private opening = 0
  private paused = false
  private closed = false

  constructor(options: ConnectionPoolOptions) {
    this.options = options
  }

  /** Runs `work` on a connection of its own. Rejects with AccessPathError `not-sent` when none could be had. */
  async use<T>(attempt: Attempt, work: (connection: NodeConnection) => Promise<T>): Promise<T> {
    const connection = await this.take(attempt, patienceMs)
    try {
      return await work(connection)
    } finally {
      this.give(connection)
    }
  }

  /** Opens all connections by the attempt's deadline; rejects when one cannot be made. */
  async warm(attempt: Attempt): Promise<void> {
    const {max, clock} = this.options
    const connections = await Promise.all(
      Array.from({length: max}, () => this.take(attempt, attempt.deadlineAtMs - clock.nowMs())),
    )
    for (const connection of connections) this.give(connection)
  }

  close(): void {
    this.closed = true
    this.failAll(new AccessPathError('not-sent', 'CLOSED', 'the load is over'))
    for (const connection of this.all) connection.close()
  }

  private async take(attempt: Attempt, waitMs: number): Promise<NodeConnection> {
    if (this.closed) throw new AccessPathError('not-sent', 'CLOSED', 'the load is over')
    const waiter: Waiter = {
      attempt,
      untilMs: this.options.clock.nowMs() + waitMs,
      got: Promise.withResolvers<NodeConnection>(),
    }
    this.waiters.push(waiter)
    this.serve()
    return waiter.got.promise
  }

  private give(connection: NodeConnection): void {
    this.keep(connection)
    this.serve()
  }

  private keep(connection: NodeConnection): void {
    if (this.closed) connection.close()
    if (connection.broken()) this.all.delete(connection)
    else this.idle.push(connection)
  }

  private serve(): void {
    this.dropLate()
    while (this.waiters.length > 0) {
      const connection = this.takeIdle()
      if (connection === undefined) break
      this.waiters.shift()?.got.resolve(connection)
    }
    while (
      !this.paused &&
      !this.closed &&
      this.opening < Math.min(openingMax, this.waiters.length, this.options.max - this.all.size)
    )
      void this.grow()
  }

  private takeIdle(): NodeConnection | undefined {
    for (let connection = this.idle.pop(); connection !== undefined; connection = this.idle.pop()) {
      if (!connection.broken()) return connection
      this.all.delete(connection)
    }
    return undefined
  }

  private dropLate(): void {
    const nowMs = this.options.clock.nowMs()
    const isLate = (waiter: Waiter): boolean => waiter.attempt.over || waiter.untilMs < nowMs
    const late = this.waiters.filter(isLate)
    if (late.length === 0) return
    this.waiters = this.waiters.filter(waiter => !isLate(waiter))
    for (const waiter of late)
      waiter.got.reject(new AccessPathError('not-sent', 'NO_CONNECTION', `no connection within ${patienceMs} ms`))
  }

  private async grow(): Promise<void> {
    this.opening += 1
    try {
      const connection = await this.options.open()
      this.all.add(connection)
      this.keep(connection)
    } catch (error) {
      this.failAll(error)
      this.pause()
    } finally {
      this.opening -= 1
    }
    this.serve()
  }

  private pause(): void {
    this.paused = true
    void this.options.clock.wait(reopenAfterMs).then(() => {
      this.paused = false
      this.serve()
    })
  }

  private failAll(error: unknown): void {
    for (const waiter of this.waiters) waiter.got.reject(error)
    this.waiters = []
  }
}
