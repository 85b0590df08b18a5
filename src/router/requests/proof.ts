// How the caller lets the router find out what became of a write. Not here: when the answer may be believed
// (failures/decide-settlement.ts).

/**
 * A query that returns a row if and only if the write it belongs to was applied. The caller vouches for it: the write
 * itself stores a unique id, in the same transaction and in an ordinary table (not UNLOGGED), the id is used for this
 * write alone, nothing deletes the row before the write is settled, and the query looks for that id, at whatever state
 * the database is in, and changes nothing.
 */
export interface Proof {
  /** One statement. */
  readonly text: string
  /** Its parameters. */
  readonly values?: readonly unknown[]
}
