// The access path of an application without a router: a driver that knows several hosts, tries them in order and asks
// each for its role.
// Invariant: what it does is what target_session_attrs does, and no more: no memory of the last good host, no retry of
// a statement.
import {messageOf} from '../../model/errors.ts'
import type {Clock} from '../../model/ports.ts'
import {AccessPathError} from './access-path.ts'
import type {Attempt, AccessPath} from './access-path.ts'
import {ConnectionPool} from '../connection-pool.ts'
import type {NodeConnection} from '../node-connection.ts'

/** Bound of one connection; a dead host that is first in the list costs every new connection this much. */
const connectTimeoutMs = 500
/**
 * 100 writes a second need less than three; more would leave too many backends behind when commits hang until their
 * deadline.
 */
const writersMax = 12
const readersMax = 8

export interface MultiHostOptions {
  /** In the order in which they are tried. */
  readonly nodes: readonly string[]
  readonly open: (node: string, budgetMs: number) => Promise<NodeConnection>
  readonly clock: Pick<Clock, 'nowMs' | 'wait'>
}

export function openMultiHostPath({nodes, open, clock}: MultiHostOptions): AccessPath {
  const primaries = new ConnectionPool({max: writersMax, clock, open: () => firstWithRole(nodes, open, 'primary')})
  const standbys = new ConnectionPool({max: readersMax, clock, open: () => firstWithRole(nodes, open, 'standby')})
  return {
    write: (statement, attempt) => onPrimary(primaries, attempt, connection => connection.write(statement, attempt)),
    transaction: (statements, attempt) =>
      onPrimary(primaries, attempt, connection => connection.transaction(statements, attempt)),
    readPrimary: (statement, attempt) => primaries.use(attempt, connection => connection.read(statement, attempt)),
    readStandby: (statement, attempt) => standbys.use(attempt, connection => connection.read(statement, attempt)),
    async warm(attempt) {
      await Promise.all([primaries.warm(attempt), standbys.warm(attempt)])
    },
    async close() {
      primaries.close()
      standbys.close()
    },
  }
}

/**
 * The first host that answers and has the role. Rejects with AccessPathError `not-sent` that says what each host
 * answered.
 */
async function firstWithRole(
  nodes: readonly string[],
  open: MultiHostOptions['open'],
  role: 'primary' | 'standby',
): Promise<NodeConnection> {
  const seen: string[] = []
  for (const node of nodes) {
    try {
      const connection = await open(node, connectTimeoutMs)
      if (connection.server.inRecovery === (role === 'standby')) return connection
      connection.close()
      seen.push(`${node} is no ${role}`)
    } catch (error) {
      seen.push(`${node}: ${messageOf(error)}`)
    }
  }
  throw new AccessPathError('not-sent', 'NO_HOST', `no host is a ${role}: ${seen.join('; ')}`)
}

/** A connection whose server refuses writes as read-only was demoted under it; keeping it would refuse for ever. */
async function onPrimary<T>(
  pool: ConnectionPool,
  attempt: Attempt,
  work: (connection: NodeConnection) => Promise<T>,
): Promise<T> {
  return pool.use(attempt, async connection => {
    try {
      return await work(connection)
    } catch (error) {
      if (error instanceof AccessPathError && error.code === '25006') connection.close()
      throw error
    }
  })
}
