// A move goes on by itself when a server went away under it and came back: a failover of either side, a restart.
// Invariants: what is no outage is told at once; an outage is waited for only so long, and then told with where the
// move stands. Not here: what is done (src/shards/move).
import {HlError} from '../model/errors.ts'
import type {Clock} from '../model/ports.ts'
import {ShardError, type MoveProgress} from '../shards/index.ts'

/** How long one outage may take: for Patroni's failover, and a little more. */
export const outageMs = 180_000
const againMs = 1_000

/** What it is run with. */
export interface Persistence {
  readonly clock: Pick<Clock, 'nowMs' | 'wait'>
  readonly signal?: AbortSignal | undefined
  readonly tell: (progress: MoveProgress) => unknown
}

/** `again`: the same for a move that has an id; `gone`: where it came to its end, and nobody heard of that. */
export async function persistently<T>(
  {clock, signal, tell}: Persistence,
  first: () => Promise<T>,
  {again, gone}: {readonly again: (id: string) => Promise<T>; readonly gone: (id: string) => T},
): Promise<T> {
  let next = first
  let since: {readonly atMs: number; readonly error: ShardError} | null = null
  for (;;) {
    try {
      return await next()
    } catch (error) {
      const known: ShardError | null = since?.error ?? null
      if (known !== null && isGone(error)) {
        if (known.detail['phase'] !== 'begun') return gone(idOf(known))
        // Nobody has heard of it: it never began.
        next = first
        since = null
        continue
      }
      const outage = outageOf(error, known)
      if (outage === null) throw error
      const id = idOf(outage)
      if (known === null) tell({kind: 'warning', message: `${outage.message}; it goes on once the server is back`})
      if (since === null || since.error.detail['phase'] !== outage.detail['phase'])
        since = {atMs: clock.nowMs(), error: outage}
      if (clock.nowMs() - since.atMs > outageMs) throw outage
      await clock.wait(againMs, signal).catch(() => undefined)
      signal?.throwIfAborted()
      next = () => again(id)
    }
  }
}

/**
 * PURE: has a server gone away? The error that says where the move stands; null: it is something else. `known`: that of
 * the outage that is waited for; a lock that the dead connection still holds, and shards that cannot be asked for the
 * move, are a part of it.
 */
export function outageOf(error: unknown, known: ShardError | null): ShardError | null {
  if (error instanceof ShardError && error.code === 'MOVE_STOPPED' && idOf(error) !== '')
    return isAway(error.cause) ? error : null
  if (known === null) return null
  const reason = error instanceof ShardError && error.code === 'MOVE_REFUSED' ? error.detail['reason'] : null
  return reason === 'RUNNING' || reason === 'UNKNOWN' || isAway(error) ? known : null
}

/** PURE: all shards were asked, and none knows of it. */
export function isGone(error: unknown): boolean {
  if (!(error instanceof ShardError) || error.detail['reason'] !== 'UNKNOWN') return false
  const {notAsked} = error.detail
  return Array.isArray(notAsked) && notAsked.length === 0
}

const idOf = ({detail}: ShardError): string => (typeof detail['id'] === 'string' ? detail['id'] : '')

/** connection_exception, admin_shutdown, crash_shutdown, cannot_connect_now; a primary that is a standby by now. */
const states = /^(?:08...|57P0[123]|25006)$/
const sockets = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EPIPE'])
/** Of pg and of the move's own sessions, which have no code. */
const words = /Connection terminated|did not answer within|timeout expired|the session has ended/

function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  // No primary now.
  if (error instanceof HlError) return error.code === 'LAB_UNHEALTHY'
  // One that has a reason of its own, such as a slot that is lost, does not get better by waiting.
  if (error instanceof ShardError) return error.code === 'SHARD_FAILED' || isAway(error.cause)
  if (error instanceof AggregateError) return error.errors.some(isAway)
  const code: unknown = Reflect.get(error, 'code')
  if (typeof code === 'string' && (states.test(code) || sockets.has(code))) return true
  return words.test(error.message) || isAway(error.cause)
}
