// A planned statement before its values are known; it is kept for each text and shared, so nothing in it changes.
// Plain data. Not here: how it is made (plan-statement.ts) and what values make of it (bind-route.ts).
import type {GatherTemplate} from './gather-template.ts'
import type {KeySource, Literal} from './key-source.ts'
import type {KeyType} from '../keys/key-type.ts'
import type {Piece} from './piece.ts'
import type {LegText} from './render.ts'
import type {ShardError} from '../shard-error.ts'

export interface StatementRoute {
  readonly text: string
  readonly kind: 'read' | 'write'
  /**
   * keys: where its sharded tables' keys are; anywhere: any one shard; everywhere: the same change of a reference table
   * on each shard.
   */
  readonly place: 'keys' | 'anywhere' | 'everywhere'
  /** Its sharded tables, each in each place. */
  readonly uses: readonly UseRoute[]
  /** How it runs on several shards; the refusal when it cannot. */
  readonly scatter: Scatter | ShardError
}

export interface UseRoute {
  readonly table: string
  readonly column: string
  readonly keyType: KeyType
  readonly changed: boolean
  /** Empty: its rows may be on any shard. */
  readonly sources: readonly KeySource[]
}

export type Scatter =
  | {
      readonly kind: 'gather'
      readonly leg: LegText
      /** While groups move. */
      readonly guarded: LegText | ShardError
      readonly gather: GatherTemplate
      readonly pushed: readonly string[]
      readonly list: ListSource | null
    }
  | {
      readonly kind: 'change'
      readonly leg: LegText
      /** While groups move. */
      readonly guarded: LegText | ShardError
      readonly returning: boolean
      readonly list: ListSource | null
    }
  | {readonly kind: 'split'; readonly split: SplitInsert}

export type ListSource = Extract<KeySource, {kind: 'list' | 'array'}>

/** An INSERT of several rows as pieces of text, to be put together for the rows of each shard. */
export interface SplitInsert {
  readonly keyType: KeyType
  readonly keys: readonly Literal[]
  readonly head: Piece
  readonly rows: readonly Piece[]
  readonly tail: Piece
  readonly returning: boolean
  /** Does each row give exactly one row back? */
  readonly oneToOne: boolean
}
