// Passes on what pg-pool tells of its connections, and what a server says of its role. Invariant: nothing is announced
// twice: the idle cache has announced a release before pg-pool hears of it. Not here: who gets a connection
// (node-pool.ts).
import type {Pool, PoolClient} from 'pg'
import type {NodePoolListener} from './node-pool-listener.ts'

export interface PoolEventHooks {
  /** pg-pool made a connection. */
  made(client: PoolClient): void
  /** One is gone, so there is room for another. */
  removed(): void
  /** What pg-pool is told now was announced before. */
  isQuiet(): boolean
  isClosed(): boolean
}

export function forwardPoolEvents(pool: Pool, node: string, on: NodePoolListener, hooks: PoolEventHooks): void {
  pool.on('connect', client => {
    hooks.made(client)
    client.connection.on(
      'parameterStatus',
      ({parameterName, parameterValue}: {readonly parameterName: string; readonly parameterValue: string}) => {
        if (parameterName === 'in_hot_standby') on.roleReported(node, parameterValue === 'on')
      },
    )
    on.pool('connect', client)
  })
  pool.on('acquire', client => on.pool('acquire', client))
  pool.on('remove', client => {
    on.pool('remove', client)
    hooks.removed()
  })
  pool.on('release', (error, client) => {
    if (!hooks.isQuiet()) on.release(error, client)
  })
  pool.on('error', (error, client) => {
    if (!hooks.isClosed()) on.idleError(error, client)
  })
}
