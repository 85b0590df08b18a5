// What a node's pool tells of its connections. Not here: who listens (router.ts).
import type {PoolClient} from 'pg'

export interface NodePoolListener {
  /** pg.Pool's own events. */
  pool(event: 'connect' | 'acquire' | 'remove', client: PoolClient): void
  release(error: Error | undefined, client: PoolClient): void
  /** An idle connection broke. */
  idleError(error: Error, client: PoolClient): void
  /** The server said by itself that it is a standby now, or is none any more (in_hot_standby, PostgreSQL 14). */
  roleReported(node: string, standby: boolean): void
}
