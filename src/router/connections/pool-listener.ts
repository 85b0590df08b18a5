// pg.Pool's own events, emitted by the router for the pools of all nodes. Invariant: an idle connection that breaks
// ends no process.
import {emitSafely} from '../emit-safely.ts'
import type {NodePoolListener} from './node-pool-listener.ts'

export interface Emitter {
  emit(event: string, ...payload: readonly unknown[]): boolean
  listenerCount(event: string): number
}

/** `kick`: something may have changed in the cluster. */
export function poolListener(router: Emitter, kick: () => void): NodePoolListener {
  return {
    pool: (event, client) => emitSafely(router, event, client),
    release: (error, client) => emitSafely(router, 'release', error, client),
    idleError: (error, client) => {
      kick()
      // pg-pool would end the process here where nobody listens; a failover must not.
      if (router.listenerCount('error') > 0) emitSafely(router, 'error', error, client)
    },
    roleReported: () => kick(),
  }
}
