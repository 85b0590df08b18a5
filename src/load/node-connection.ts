// One connection to one server, as the access paths and the pinned writers need it. Invariant: a connection that broke
// is never used again. Implementation: pg-node-connection.ts. Not here: which server (access-paths/).
import type {Attempt, Reply, Statement} from './access-paths/access-path.ts'

export interface NodeConnection {
  readonly server: {readonly address: string | null; readonly inRecovery: boolean}
  broken(): boolean
  /** One autocommitted statement that changes something. */
  write(statement: Statement, attempt: Attempt): Promise<Reply>
  read(statement: Statement, attempt: Attempt): Promise<Reply>
  transaction(statements: readonly Statement[], attempt: Attempt): Promise<Reply>
  close(): void
}
