// A client whose connection is one to a standby comes to a statement: may it go on there? Pure. Invariant: what was
// given to the caller is never given a second time with other rows. Not here: starting again (routed-client.ts).
import type {StatementResult} from '../connections/connection.ts'
import type {AnsweringNode, StatementPlan} from '../statements/statement-plan.ts'

/** start-again: on the primary, with what was sent in the transaction so far. */
export type OnStandby = 'stay' | 'start-again' | 'refuse'

export function decideOnStandby(node: AnsweringNode, nothingDelivered: boolean): OnStandby {
  if (node === 'any') return 'stay'
  if (nothingDelivered) return 'start-again'
  return node === 'primary' ? 'refuse' : 'stay'
}

/** Did the answer say no more than that it was done? Of set_config() it is the setting that the caller gave. */
export function deliveredNothing({kind, reason}: StatementPlan, {rows}: StatementResult): boolean {
  return kind === 'in-transaction' && (reason.startsWith('set_config') || !Array.isArray(rows) || rows.length === 0)
}
