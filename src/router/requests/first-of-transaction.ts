// BEGIN and the first statement of its transaction as one request: until its answer the caller has seen nothing of the
// transaction, so the two can be sent again together. Not here: answering BEGIN before that (client/).
import type {StatementResult} from '../connections/connection.ts'
import type {Phase} from '../failures/classify-error.ts'
import type {StatementPlan} from '../statements/statement-plan.ts'
import type {Call} from './call.ts'
import {inPhase, type Request} from './request.ts'

export interface Opening {
  readonly begin: Call
  readonly beginPlan: StatementPlan
  /** What was sent in it before, and gave the caller nothing but that it was done; it is sent again. */
  readonly before: readonly Call[]
  /** A standby could not do it. */
  readonly onPrimary: boolean
}

/**
 * `statement` is the request that the first statement would be by itself. A transaction is on a standby when it says
 * READ ONLY and its first statement is one that a standby answers alike, and not otherwise.
 */
export function firstOfTransaction(
  {begin, beginPlan, before, onPrimary}: Opening,
  first: Call,
  plan: StatementPlan,
  statement: Request<StatementResult>,
): Request<StatementResult> {
  const onStandby = beginPlan.readOnlyTransaction && plan.node === 'any' && !onPrimary
  const request: Request<StatementResult> = {
    ...statement,
    kind: 'transaction',
    from: onStandby ? 'prefer-standby' : 'primary',
    reason: beginPlan.readOnlyTransaction
      ? `transaction READ ONLY${onStandby ? '' : `, ${plan.reason}`}`
      : 'transaction',
    readOnly: beginPlan.readOnlyTransaction,
    // By itself, when it is a text of several statements.
    writes: plan.commitsTransaction,
    commits: plan.commitsTransaction ? plan.commits : 'nothing',
    refusedByStandby: () => ({...request, from: 'primary', refusedByStandby: () => null}),
    run: async ({connection}) => {
      if (plan.kind === 'session') connection.retire()
      const send = ({statement, values}: Call, phase: Phase): Promise<StatementResult> =>
        inPhase(phase, true, connection.send(statement, values))
      for (const call of [begin, ...before]) await send(call, 'in-transaction')
      return send(first, plan.commitsTransaction ? 'commit-sent' : 'in-transaction')
    },
  }
  return request
}
