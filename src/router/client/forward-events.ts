// The events of the connection that a client is bound to, as the client's own. Invariant: a bound connection has these
// listeners exactly while it is bound, and an error that nobody listens for ends nothing. Not here: what the events
// mean.
import type {EventEmitter} from 'node:events'
import type {PoolClient} from 'pg'

const names = ['notice', 'notification', 'drain', 'end'] as const

/** Passes on what happens on one connection at a time. */
export function forwardEvents(to: EventEmitter): {from(client: PoolClient): void; stop(client: PoolClient): void} {
  const listeners = names.map(name => [name, (...given: unknown[]) => void to.emit(name, ...given)] as const)
  const onError = (error: Error): void => {
    if (to.listenerCount('error') > 0) to.emit('error', error)
  }
  return {
    from(client) {
      const emitter: EventEmitter = client
      for (const [name, listener] of listeners) emitter.on(name, listener)
      emitter.on('error', onError)
    },
    stop(client) {
      const emitter: EventEmitter = client
      for (const [name, listener] of listeners) emitter.off(name, listener)
      emitter.off('error', onError)
    },
  }
}
