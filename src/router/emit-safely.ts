// Tells listeners what happened. Invariant: what a listener throws does not reach what is told of. Not here: what is told (router-events.ts).
import type {EventEmitter} from 'node:events'
import type {RouterEvents} from './router-events.ts'

/** A listener's error is its owner's: it ends up uncaught, not in the middle of a request. */
export function emitSafely<Name extends keyof RouterEvents>(emitter: EventEmitter, name: Name, payload: RouterEvents[Name][0]): void {
  try {
    emitter.emit(name, payload)
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
