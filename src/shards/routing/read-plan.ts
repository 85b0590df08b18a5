// What the legs of a read run and how their rows become one answer, still as trees. Plain data.
import type {SortKey} from './gather-plan.ts'
import type {GatherTemplate} from './gather-template.ts'
import type {Node} from './tree-node.ts'

export interface ReadPlan {
  /** Body of a SelectStmt; null: the statement as it is. */
  readonly leg: Node | null
  readonly gather: GatherTemplate
  readonly combine: CombineStatement | null
  /** For people: what the shards do themselves. */
  readonly pushed: readonly string[]
}

export interface CombineStatement {
  readonly statement: Node
  readonly columnTypes: readonly string[]
  readonly groupKeys: readonly SortKey[]
}
