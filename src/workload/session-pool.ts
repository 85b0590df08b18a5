// A bounded pool of sessions for the ways in without a router. Invariant: a caller whose time is over gets nothing sent; a broken session is not handed out.
// A failed connection fails all callers that wait, as a plain driver's pool does: nothing is queued through an outage.
// Not here: where sessions come from (open).
import type {Clock} from '../model/ports.ts'
import {EntryError} from './entry.ts'
import type {Attempt} from './entry.ts'
import type {Session} from './session.ts'

/** Between a connection that failed and the next try: an outage must not turn into a storm of handshakes on two cores. */
const reopenAfterMs = 100
/**
 * Longer than this nobody waits for a connection, as with `connectionTimeoutMillis` of a plain pool. Without it, callers whose deadline is near would still get
 * one, send, give up at once and leave a backend behind: while commits wait for a standby that is gone, the server would run out of connections in seconds.
 */
const patienceMs = 500
/** Connections made at the same time; one that hangs must not keep the others from being made. */
const openingMax = 4

export interface SessionPool {
  /** Runs `work` on a session of its own. Rejects with EntryError `not-sent` when none could be had. */
  use<T>(attempt: Attempt, work: (session: Session) => Promise<T>): Promise<T>
  /** Opens all connections. */
  warm(attempt: Attempt): Promise<void>
  close(): void
}

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

export function createSessionPool({open, max, clock}: SessionPoolOptions): SessionPool {
  const idle: Session[] = []
  const all = new Set<Session>()
  let waiters: Waiter[] = []
  let opening = 0
  let paused = false
  let closed = false

  const takeIdle = (): Session | undefined => {
    for (let session = idle.pop(); session !== undefined; session = idle.pop()) {
      if (!session.broken()) return session
      all.delete(session)
    }
    return undefined
  }
  const dropLate = (): void => {
    const nowMs = clock.nowMs()
    const late = waiters.filter(waiter => waiter.attempt.over || waiter.untilMs < nowMs)
    if (late.length === 0) return
    waiters = waiters.filter(waiter => !late.includes(waiter))
    for (const waiter of late) waiter.got.reject(new EntryError('not-sent', 'NO_CONNECTION', `no connection within ${patienceMs} ms`))
  }
  const serve = (): void => {
    dropLate()
    while (waiters.length > 0) {
      const session = takeIdle()
      if (session === undefined) break
      waiters.shift()?.got.resolve(session)
    }
    while (!paused && !closed && opening < Math.min(openingMax, waiters.length, max - all.size)) void grow()
  }
  const grow = async (): Promise<void> => {
    opening += 1
    try {
      const session = await open()
      all.add(session)
      put(session)
    } catch (error) {
      failAll(error)
      paused = true
      void clock.wait(reopenAfterMs).then(() => {
        paused = false
        serve()
      })
    } finally {
      opening -= 1
    }
    serve()
  }
  const put = (session: Session): void => {
    if (closed) session.close()
    if (session.broken()) all.delete(session)
    else idle.push(session)
  }
  const failAll = (error: unknown): void => {
    for (const waiter of waiters) waiter.got.reject(error)
    waiters = []
  }
  const take = async (attempt: Attempt, waitMs: number): Promise<Session> => {
    if (closed) throw new EntryError('not-sent', 'CLOSED', 'the load is over')
    const waiter: Waiter = {attempt, untilMs: clock.nowMs() + waitMs, got: Promise.withResolvers<Session>()}
    waiters.push(waiter)
    serve()
    return waiter.got.promise
  }
  const give = (session: Session): void => {
    put(session)
    serve()
  }

  return {
    async use(attempt, work) {
      const session = await take(attempt, patienceMs)
      try {
        return await work(session)
      } finally {
        give(session)
      }
    },
    async warm(attempt) {
      const sessions = await Promise.all(Array.from({length: max}, () => take(attempt, attempt.deadlineAtMs - clock.nowMs())))
      for (const session of sessions) give(session)
    },
    close() {
      closed = true
      failAll(new EntryError('not-sent', 'CLOSED', 'the load is over'))
      for (const session of all) session.close()
    },
  }
}
