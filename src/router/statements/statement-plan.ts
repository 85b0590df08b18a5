// What a statement needs of the node and the connection that run it. Pure vocabulary of this room. Not here: how it is
// found out (plan-cache.ts).

/**
 * read: changes nothing that outlives it; may run on a standby, and may be run again. write: changes data, or may, or
 * its answer is about the primary. session:
 * changes or uses the state of its connection (SET, LISTEN, PREPARE, temporary tables, session-level advisory locks …),
 * so whatever follows must run on the same one.
 * begin, commit, rollback: control of a whole transaction. in-transaction: means something inside of a transaction only
 * (SAVEPOINT, SET LOCAL, SET TRANSACTION,
 * SELECT set_config(…, true) …); outside of one it does nothing or is an error.
 */
export type StatementKind = 'read' | 'write' | 'session' | 'begin' | 'commit' | 'rollback' | 'in-transaction'

/** Frozen, and shared by all executions of the same text. */
export interface StatementPlan {
  /** See StatementKind. */
  readonly kind: StatementKind
  /**
   * Why, for people: `SELECT`, `function nextval is volatile`, `FOR UPDATE` … Names from the text may be in it, values
   * only where the text does not parse.
   */
  readonly reason: string
  /**
   * hint: a hint made it another than it would be. parser, lexer: who looked at it. learned: a standby refused it as a
   * write.
   */
  readonly by: 'hint' | 'parser' | 'lexer' | 'learned'
  /**
   * Of a BEGIN: READ ONLY, and at an isolation level that a standby has (not SERIALIZABLE). False for everything else.
   */
  readonly readOnlyTransaction: boolean
}
