// What the planner must know of tables and functions before it may route anything: read from the catalogue of a shard
// (read-tables.ts), or written by hand. Plain data. Invariant: what is not known is null, and null is never routed.
import type {KeyType} from '../keys/key-type.ts'

export interface ColumnFacts {
  readonly name: string
  /** pg_type.typname: int4, text, timestamptz. */
  readonly type: string
  readonly notNull: boolean
  readonly hasDefault: boolean
  /** The default is a constant, so every server fills in the same. Not given: it is not known. */
  readonly defaultIsConstant?: boolean
  readonly isGenerated: boolean
  /** 'C', 'default' or a name; null: not collatable. */
  readonly collation: string | null
}

export interface TableFacts {
  readonly schema: string
  readonly name: string
  /** A sharded table's rows are where their key's slot is; a reference table has all its rows on every shard. */
  readonly kind: 'sharded' | 'reference'
  readonly key: {readonly column: string; readonly type: KeyType} | null
  readonly columns: readonly ColumnFacts[]
  /** Primary and unique keys, by column names. */
  readonly uniqueKeys: readonly (readonly string[])[]
}

export interface Tables {
  /** By the folded name; a null schema is looked for along the search path. */
  find(schema: string | null, name: string): TableFacts | null
  /** The most volatile of the functions of that name, an aggregate being 'v'; null: no such function is known. */
  volatilityOf(functionName: string): 'i' | 's' | 'v' | null
  readonly defaultCollationIsC: boolean
}

/** As the catalogue has them all. */
export interface AllTables extends Tables {
  /** Of the sharded tables, each once. */
  readonly keyTypes: readonly KeyType[]
}
