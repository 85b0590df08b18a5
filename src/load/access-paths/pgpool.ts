// The access path through pgpool-II: one address; pgpool itself knows where the primary is and spreads reads.
import type {Clock} from '../../model/ports.ts'
import type {AccessPath, Statement} from './access-path.ts'
import {ConnectionPool} from '../connection-pool.ts'
import type {NodeConnection} from '../node-connection.ts'

/** Below pgpool's own number of child processes, so that a connection never waits for one. */
const connectionsMax = 20
/** pgpool answers only when it has a backend, so this is longer than for a server itself. */
const connectTimeoutMs = 1_000

export interface PgpoolOptions {
  readonly open: (budgetMs: number) => Promise<NodeConnection>
  readonly clock: Pick<Clock, 'nowMs' | 'wait'>
}

export function openPgpoolPath({open, clock}: PgpoolOptions): AccessPath {
  const pool = new ConnectionPool({max: connectionsMax, clock, open: () => open(connectTimeoutMs)})
  return {
    write: (statement, attempt) => pool.use(attempt, connection => connection.write(statement, attempt)),
    transaction: (statements, attempt) => pool.use(attempt, connection => connection.transaction(statements, attempt)),
    readPrimary: (statement, attempt) =>
      pool.use(attempt, connection => connection.read(onPrimary(statement), attempt)),
    readStandby: (statement, attempt) => pool.use(attempt, connection => connection.read(statement, attempt)),
    warm: attempt => pool.warm(attempt),
    async close() {
      pool.close()
    },
  }
}

/** pgpool's own hint that a SELECT goes to the primary ("Load Balancing" in its documentation). */
function onPrimary(statement: Statement): Statement {
  return {...statement, text: `/*NO LOAD BALANCE*/ ${statement.text}`}
}
