// What explain() answers, by the same parts by which the router chooses. Nothing is sent.
import type {NodePools} from '../connections/node-pools.ts'
import type {Session} from '../freshness/session.ts'
import type {StatementPlan} from '../statements/statement-plan.ts'
import {readCall} from './call.ts'
import type {ExplainedNode, Picker} from './picker.ts'
import type {PlannedStatements} from './planned-statements.ts'

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

export interface ExplainingParts {
  readonly statements: PlannedStatements
  readonly picker: Picker
  readonly pools: NodePools
}

export function explain(
  text: string,
  session: Session | null,
  {statements, picker, pools}: ExplainingParts,
  limits: Explanation['limits'],
): Explanation {
  const plan = statements.planOf(text)
  const request = {...statements.request(readCall(text), plan), session}
  const pick = picker.pick(request, null)
  const nodes = picker.explained(request, node => pools.counts(node))
  return {plan, node: pick?.target.node ?? null, role: pick?.role ?? null, nodes, limits}
}
