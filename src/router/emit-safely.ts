// Tells listeners what happened. Invariant: what a listener throws does not reach what is told of. Not here: what is
// told (router-events.ts, and pg-pool's own events).
import type {EventEmitter} from 'node:events'

/** A listener's error is its owner's: it ends up uncaught, not in the middle of a request. */
export function emitSafely(emitter: Pick<EventEmitter, 'emit'>, name: string, ...payload: readonly unknown[]): void {
  try {
    emitter.emit(name, ...payload)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
