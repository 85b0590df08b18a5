// BEGIN and the first statement of its transaction as one request: until its answer the caller has seen nothing of the
// transaction, so the two can be sent again together. Not here: answering BEGIN before that (client/).
import type {StatementResult} from '../connections/connection.ts'
import type {StatementPlan} from '../statements/statement-plan.ts'
import type {Call} from './call.ts'
import {inPhase, type Request} from './request.ts'

/**
 * `statement` is the request that the first statement would be by itself. A transaction is on a standby when it says
 * READ ONLY, and not otherwise.
 */
export function firstOfTransaction(
  begin: Call,
  beginPlan: StatementPlan,
  first: Call,
  statement: Request<StatementResult>,
): Request<StatementResult> {
  return {
    ...statement,
    kind: 'transaction',
    from: beginPlan.readOnlyTransaction ? 'prefer-standby' : 'primary',
    reason: beginPlan.readOnlyTransaction ? 'transaction READ ONLY' : 'transaction',
    readOnly: beginPlan.readOnlyTransaction,
    writes: false,
    refusedByStandby: () => null,
    run: async ({connection}) => {
      await inPhase('in-transaction', true, connection.send(begin.statement, begin.values))
      return inPhase('in-transaction', true, connection.send(first.statement, first.values))
    },
  }
}
