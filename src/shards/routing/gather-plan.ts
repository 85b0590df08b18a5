// How the rows of several shards become one answer: an order, a combining statement, distinct rows, a limit. Plain
// data between the planner and gather. Invariants: columns are told by position, never by name; every column that
// takes part in an order has a type whose order is the same everywhere. Not here: who makes it (plan-statement.ts)
// and who carries it out (src/shards/gather).

/** The orders that gather knows how to compare; text only under "C". */
export type Order =
  'int' | 'numeric' | 'float' | 'bool' | 'text-c' | 'bytea' | 'uuid' | 'timestamp' | 'timestamptz' | 'date' | 'time'

/** One key of an order: a column by its position, from 0. */
export interface SortKey {
  readonly column: number
  readonly descending: boolean
  readonly nullsFirst: boolean
  readonly order: Order
}

/** Partial states of the legs made into final rows by a server, so that each value is PostgreSQL's own. */
export interface Combine {
  /**
   * One SELECT; $1..$n are arrays, one per leg column, of types `columnTypes`. It groups, applies HAVING, computes the
   * final expressions and gives result columns, then hidden ones.
   */
  readonly text: string
  readonly columnTypes: readonly string[]
  /**
   * The legs come sorted by these; equal keys are one group and go into one batch. Empty: one group, and the statement
   * gives a row even for no rows.
   */
  readonly groupKeys: readonly SortKey[]
}

export interface GatherPlan {
  /** Order of the legs' rows (no combine) or of the combined rows; columns by position. */
  readonly sort: readonly SortKey[]
  readonly combine: Combine | null
  /** Equal visible rows once; the legs' rows are sorted by all visible columns then (`distinctKeys`). */
  readonly distinct: boolean
  readonly distinctKeys: readonly SortKey[]
  /** Trailing columns of the rows that the caller does not see. */
  readonly hidden: number
  /** Already bound; null: no limit. */
  readonly limit: number | null
  readonly offset: number
}
