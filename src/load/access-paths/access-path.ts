// Access paths: what the load needs from the path between it and the cluster (router, pgpool, multi-host, direct), as
// one small interface.
// Invariant: a rejected call says by AccessPathError.reach how far it came; anything else that is thrown counts as
// unknown.
// Not here: SQL and outcomes.

export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

/**
 * What a statement brought back. For a transaction: the last statement's row, and the COMMIT was answered too. No row
 * when only a proof showed that it was applied.
 */
export interface Reply {
  readonly row: Readonly<Record<string, unknown>> | null
  /** The node by the access path's own word; null when it does not know. */
  readonly node: string | null
  /** The timeline by the access path's own word. */
  readonly timeline: number | null
  /** A notice said that the wait for synchronous replication was cancelled. */
  readonly localOnly: boolean
  /** Over shards, where the answer says it: those that it came from, and those that were left out. */
  readonly shards?: readonly string[]
  readonly missing?: readonly string[]
}

/** One operation under way, shared by the load and the access path. */
export interface Attempt {
  /** In ms of the run's clock. */
  readonly deadlineAtMs: number
  /** Set by the access path just before the bytes of a COMMIT or of an autocommitted statement leave. */
  sent: boolean
  /** Set by the load when the outcome is decided: an access path must not send anything for it any more. */
  over: boolean
}

/** not-sent, not-applied: surely without effect. unknown: it may have been applied. */
export type Reach = 'not-sent' | 'not-applied' | 'unknown'

/** How a call through an access path failed. */
export class AccessPathError extends Error {
  readonly reach: Reach
  /** SQLSTATE, errno name, or the access path's own code. */
  readonly code: string | null

  constructor(reach: Reach, code: string | null, message: string, cause?: unknown) {
    super(message, {cause})
    this.name = 'AccessPathError'
    this.reach = reach
    this.code = code
  }
}

/** A path to the cluster. Every call ends by the attempt's deadline or shortly after. */
export interface AccessPath {
  /**
   * One autocommitted statement that changes something. `proof` returns a row exactly when it was applied; a plain
   * client makes no use of it.
   */
  write(statement: Statement, attempt: Attempt, proof?: Statement): Promise<Reply>
  /** All statements in one transaction, in order. `proof` as in write(). */
  transaction(statements: readonly Statement[], attempt: Attempt, proof?: Statement): Promise<Reply>
  readPrimary(statement: Statement, attempt: Attempt): Promise<Reply>
  readStandby(statement: Statement, attempt: Attempt): Promise<Reply>
  /** Opens connections ahead of the load; rejects when the cluster takes none. */
  warm(attempt: Attempt): Promise<void>
  close(): Promise<void>
}
