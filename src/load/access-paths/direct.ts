// The access path of an application with one address: a plain pool to the node that was primary when the run began. It
// follows nobody.
// Invariant: it does what pg.Pool does and no more: no question about the server's role, and a server that refuses
// writes since it was demoted keeps its connections, so every write fails until that very node is primary again. Not
// here: which node that is (src/experiment/plan-experiment.ts).
import type {Clock} from '../../model/ports.ts'
import type {AccessPath} from './access-path.ts'
import {ConnectionPool} from '../connection-pool.ts'
import type {NodeConnection} from '../node-connection.ts'

/** As many as the client with several hosts has for its two roles together, so that the two can be compared. */
const connectionsMax = 20
const connectTimeoutMs = 500

export interface DirectOptions {
  readonly node: string
  readonly open: (node: string, budgetMs: number) => Promise<NodeConnection>
  readonly clock: Pick<Clock, 'nowMs' | 'wait'>
}

export function openDirectPath({node, open, clock}: DirectOptions): AccessPath {
  const pool = new ConnectionPool({max: connectionsMax, clock, open: () => open(node, connectTimeoutMs)})
  return {
    write: (statement, attempt) => pool.use(attempt, connection => connection.write(statement, attempt)),
    transaction: (statements, attempt) => pool.use(attempt, connection => connection.transaction(statements, attempt)),
    readPrimary: (statement, attempt) => pool.use(attempt, connection => connection.read(statement, attempt)),
    // The only node that it knows.
    readStandby: (statement, attempt) => pool.use(attempt, connection => connection.read(statement, attempt)),
    warm: attempt => pool.warm(attempt),
    async close() {
      pool.close()
    },
  }
}
