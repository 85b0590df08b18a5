// What a statement needs of the node and the connection that run it. Pure vocabulary of this room. Not here: how it is found out (classify-statement.ts).

/**
 * read: changes nothing that outlives it; may run on a standby, and may be run again. write: changes data, or may. session: changes or uses the state of its
 * connection (SET, LISTEN, PREPARE, temporary tables, session-level advisory locks …), so whatever follows must run on the same one. begin, commit, rollback:
 * control of a whole transaction. in-transaction: means something inside of a transaction only (SAVEPOINT, SET LOCAL, SET TRANSACTION …).
 */
export type StatementKind = 'read' | 'write' | 'session' | 'begin' | 'commit' | 'rollback' | 'in-transaction'

/** Frozen, and shared by all executions of the same text. */
export interface Plan {
  readonly kind: StatementKind
  /** Why, for people: `SELECT`, `function nextval is volatile`, `FOR UPDATE` … */
  readonly reason: string
  /** learned: a standby refused it as a write. */
  readonly by: 'hint' | 'parser' | 'lexer' | 'learned'
  /** Of a BEGIN: READ ONLY, and at an isolation level that a standby has (not SERIALIZABLE). False for everything else. */
  readonly readOnlyTransaction: boolean
}
