// What the analysis of a query tells: its columns, where its rows are, and which sharded tables it reads or changes.
// Plain data, and the surroundings that all of the analysis shares. Not here: the analysis (analyse-select.ts).
import type {KeyGraph} from './key-graph.ts'
import type {Refusal} from './refusal.ts'
import type {Scope} from './scope.ts'
import type {TableFacts, Tables} from './table-facts.ts'
import type {Node} from './tree-node.ts'

/** Where the rows of a query are. */
export type Spread =
  /** The same rows on every shard: no sharded table is in it. */
  | {readonly kind: 'same'}
  /**
   * Each row on exactly one shard, and the rows of all shards together are those of one server. A row with a value in a
   * column of `keys` is on the shard of that value; those of `nullable` may be null anywhere.
   */
  | {readonly kind: 'parts'; readonly keys: ReadonlySet<number>; readonly nullable: ReadonlySet<number>}
  /** Only one shard that has all of it can tell. */
  | {readonly kind: 'mixed'; readonly why: Refusal}

/** A sharded table in one place of the statement. */
export interface Use {
  readonly table: TableFacts
  /** Its key column in the key graph. */
  readonly node: number
  readonly change: 'insert' | 'update' | 'delete' | null
  /** Where it stands in the tree. */
  readonly range: Node
}

/** A reference table in one place of the statement. */
export interface Reference {
  readonly table: TableFacts
  readonly changed: boolean
}

/** What must be on the same shard as a row outside: reached through one of the keys, or part by part. */
export interface Unit {
  readonly keys: readonly number[]
  readonly parts: readonly Unit[]
}

export interface OutColumn {
  readonly name: string
  readonly type: string | null
  readonly collation: string | null
  readonly notNull: boolean
  readonly node: number
}

export interface Query {
  readonly columns: readonly OutColumn[]
  readonly closed: boolean
  /** As a part of another query. */
  readonly spread: Spread
  /** Without its own LIMIT and OFFSET. */
  readonly whole: Spread
  /** Of a set operation: where the rows of its two sides are. */
  readonly arms: readonly Spread[]
  readonly units: readonly Unit[]
  /** Of INSERT … SELECT: the SELECT. */
  readonly source?: Query | null
  /** Its own parts, for who plans it as the whole statement; null for set operations and VALUES. */
  readonly level: Level | null
}

/** One SELECT, UPDATE or DELETE with its names. */
export interface Level {
  readonly scope: Scope
  /** Of the rows after FROM and WHERE, before grouping. */
  readonly from: Spread
  /** All that * stands for, in order. */
  readonly star: readonly StarColumn[]
  readonly closed: boolean
}

export interface StarColumn {
  readonly name: string
  readonly path: readonly string[]
}

export interface CommonTable {
  readonly query: Query
  /** Named once in the statement, so that a condition on it holds for all of its use. */
  readonly once: boolean
  readonly names: readonly string[]
}

/** Shared by all of one statement's analysis. */
export interface Surroundings {
  readonly tables: Tables
  readonly graph: KeyGraph
  /** Filled in as tables are found. */
  readonly uses: Use[]
  readonly references: Reference[]
  /** Places of relations in the tree that were looked at. */
  readonly seen: Set<Node>
  newRelation(): number
  /** How often a bare relation name stands in the statement. */
  countOf(name: string): number
}

/** Names of WITH that are in sight. */
export type CommonTables = ReadonlyMap<string, CommonTable>

/** The analysis of a query inside: a SELECT or a change, with the names around it. */
export type Analyse = (statement: unknown, scope: Scope | null, common: CommonTables) => Query

export interface Place {
  readonly around: Surroundings
  readonly common: CommonTables
  readonly analyse: Analyse
}

export const same: Spread = {kind: 'same'}

export function mixed(why: Refusal): Spread {
  return {kind: 'mixed', why}
}

export function isReached(unit: Unit, reached: ReadonlySet<number>): boolean {
  if (unit.keys.some(key => reached.has(key))) return true
  return unit.parts.length > 0 && unit.parts.every(part => isReached(part, reached))
}
