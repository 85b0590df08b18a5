// What a statement needs of the node and the connection that run it. Pure vocabulary of this room. Not here: how it is
// found out (plan-cache.ts).

/**
 * read: changes nothing that outlives it, and may be run again. write: changes data, or may. session:
 * changes or uses the state of its connection (SET, LISTEN, PREPARE, temporary tables, session-level advisory locks …),
 * so whatever follows must run on the same one.
 * begin, commit, rollback: control of a whole transaction. in-transaction: means something inside of a transaction only
 * (SAVEPOINT, SET LOCAL, SET TRANSACTION,
 * SELECT set_config(…, true) …); outside of one it does nothing or is an error.
 */
export type StatementKind = 'read' | 'write' | 'session' | 'begin' | 'commit' | 'rollback' | 'in-transaction'

/**
 * Whose answer is meant. any: every node that is fresh enough gives the same. bound: it is about the connection that
 * answers (pg_backend_pid, pg_is_in_recovery …): the primary's, or that of the connection that the caller already has.
 * unsure: a function or relation in it is not known well enough. primary: only the primary has it, or only the
 * primary's is meant (pg_stat_*, locks, sequences, unlogged tables, whatever writes).
 */
export type AnsweringNode = 'any' | 'bound' | 'unsure' | 'primary'

/**
 * What a statement outside of a transaction may leave behind that a later read must see. perhaps: only what it calls
 * could tell. even-if-it-fails: it may commit by itself before it ends (CALL, DO, VACUUM, several statements).
 */
export type Commits = 'nothing' | 'perhaps' | 'if-it-succeeds' | 'even-if-it-fails'

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
  /** See AnsweringNode. Of a BEGIN and what ends a transaction: any. */
  readonly node: AnsweringNode
  /** See Commits. */
  readonly commits: Commits
  /**
   * Given within a transaction, it may commit that one, or give it away: COMMIT, AND CHAIN too, PREPARE TRANSACTION, a
   * text that has one of them.
   */
  readonly commitsTransaction: boolean
  /** Found with less knowledge than there may be soon: a name in it is not known, or a standby taught it. */
  readonly isProvisional: boolean
}
