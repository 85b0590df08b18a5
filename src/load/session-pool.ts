// A bounded pool of sessions for the access paths without a router. Invariant: a caller whose time is over gets nothing
// sent; a broken session is not handed out. A failed connection fails all callers that wait, as a plain driver's pool
// does: nothing is queued through an outage.
// Not here: where sessions come from (open).
import type {Clock} from '../model/ports.ts'
import {AccessPathError} from './access-paths/access-path.ts'
import type {Attempt} from './access-paths/access-path.ts'
import type {Session} from './session.ts'

/**
 * Between a connection that failed and the next try: an outage must not turn into a storm of handshakes on two cores.
 */
const reopenAfterMs = 100
/**
 * Longer than this nobody waits for a connection, as with `connectionTimeoutMillis` of a plain pool. Without it,
 * callers whose deadline is near would still get
 * one, send, give up at once and leave a backend behind: while commits wait for a standby that is gone, the server
 * would run out of connections in seconds.
 */
const patienceMs = 500
/** Connections made at the same time; one that hangs must not keep the others from being made. */
const openingMax = 4

export interface SessionPoolOptions {
  readonly open: () => Promise<Session>
  readonly max: number
  readonly clock: Pick<Clock, 'nowMs' | 'wait'>
}

interface Waiter {
  readonly untilMs: number
  readonly attempt: Attempt
  readonly got: PromiseWithResolvers<Session>
}

/** Sessions for one role, made as they are needed. */
export class SessionPool {
  private readonly options: SessionPoolOptions
  private readonly all = new Set<Session>()
  private readonly idle: Session[] = []
  private waiters: Waiter[] = []
  private opening = 0
  private paused = false
  private closed = false

  constructor(options: SessionPoolOptions) {
    this.options = options
  }

  /** Runs `work` on a session of its own. Rejects with AccessPathError `not-sent` when none could be had. */
  async use<T>(attempt: Attempt, work: (session: Session) => Promise<T>): Promise<T> {
    const session = await this.take(attempt, patienceMs)
    try {
      return await work(session)
    } finally {
      this.give(session)
    }
  }

  /** Opens all connections by the attempt's deadline; rejects when one cannot be made. */
  async warm(attempt: Attempt): Promise<void> {
    const {max, clock} = this.options
    const sessions = await Promise.all(
      Array.from({length: max}, () => this.take(attempt, attempt.deadlineAtMs - clock.nowMs())),
    )
    for (const session of sessions) this.give(session)
  }

  close(): void {
    this.closed = true
    this.failAll(new AccessPathError('not-sent', 'CLOSED', 'the load is over'))
    for (const session of this.all) session.close()
  }

  private async take(attempt: Attempt, waitMs: number): Promise<Session> {
    if (this.closed) throw new AccessPathError('not-sent', 'CLOSED', 'the load is over')
    const waiter: Waiter = {
      attempt,
      untilMs: this.options.clock.nowMs() + waitMs,
      got: Promise.withResolvers<Session>(),
    }
    this.waiters.push(waiter)
    this.serve()
    return waiter.got.promise
  }

  private give(session: Session): void {
    this.keep(session)
    this.serve()
  }

  private keep(session: Session): void {
    if (this.closed) session.close()
    if (session.broken()) this.all.delete(session)
    else this.idle.push(session)
  }

  private serve(): void {
    this.dropLate()
    while (this.waiters.length > 0) {
      const session = this.takeIdle()
      if (session === undefined) break
      this.waiters.shift()?.got.resolve(session)
    }
    while (
      !this.paused &&
      !this.closed &&
      this.opening < Math.min(openingMax, this.waiters.length, this.options.max - this.all.size)
    )
      void this.grow()
  }

  private takeIdle(): Session | undefined {
    for (let session = this.idle.pop(); session !== undefined; session = this.idle.pop()) {
      if (!session.broken()) return session
      this.all.delete(session)
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
      const session = await this.options.open()
      this.all.add(session)
      this.keep(session)
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
