// A table in pieces, by its pages. Invariant: each row that a snapshot sees is in exactly one piece, whatever grows
// meanwhile. Pure. Not here: copying them (copy-groups.ts), removing them (remove-rows.ts).
import type {MovingTable} from './moving-tables.ts'

/** Pages of one leaf. */
export interface Chunk {
  readonly table: MovingTable
  /** Quoted. */
  readonly leaf: string
  /** The first of its pages. */
  readonly from: number
  /** The first that is not of it; null: to the end. */
  readonly to: number | null
}

/** The largest leaves first, so that the last pieces are small ones. */
export function chunksOf(tables: readonly MovingTable[], pagesEach: number): readonly Chunk[] {
  return tables
    .flatMap(table => table.leaves.map(leaf => ({table, leaf})))
    .sort((one, other) => other.leaf.pages - one.leaf.pages || (one.leaf.name < other.leaf.name ? -1 : 1))
    .flatMap(({table, leaf}) =>
      Array.from({length: Math.max(1, Math.ceil(leaf.pages / pagesEach))}, (_, index): Chunk => {
        const from = index * pagesEach
        const isLast = from + pagesEach >= leaf.pages
        return {table, leaf: leaf.name, from, to: isLast ? null : from + pagesEach}
      }),
    )
}

/** SQL: is the row on the pages of the piece? A TID range scan from PostgreSQL 14 on. */
export function onPages({from, to}: Pick<Chunk, 'from' | 'to'>): string {
  const above = `ctid >= '(${from},0)'::pg_catalog.tid`
  return to === null ? above : `${above} AND ctid < '(${to},0)'::pg_catalog.tid`
}
