// What explain() answers. Pure vocabulary.
import type {StatementPlan} from '../statements/statement-plan.ts'
import type {ExplainedNode} from './picker.ts'

/** Why a statement would go where it would go. */
export interface Explanation {
  /** What kind of statement it is, and by which word. */
  readonly plan: StatementPlan
  /** Where it would go now; null: it would wait. */
  readonly node: string | null
  /** What that node is; null with no node. */
  readonly role: 'primary' | 'standby' | null
  /** What there was to choose from, and why each would or would not serve it. */
  readonly nodes: readonly ExplainedNode[]
  /** The limits by which standbys were judged. */
  readonly limits: {readonly lagBytesMax: number; readonly lagMsMax: number; readonly freshWaitMs: number}
}
