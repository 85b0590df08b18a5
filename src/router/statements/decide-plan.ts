// From what a classifier says and what the caller hints to the plan that counts. Pure, a table of a few lines. Not
// here: the cache and what was learned (plan-cache.ts).
import type {StatementPlan} from './statement-plan.ts'
import type {Hint} from './statement-key.ts'
import type {Verdict} from './verdict.ts'

export function planOfVerdict(
  {kind, reason, vouchable, readOnlyTransaction}: Verdict,
  hint: Hint | null,
  by: 'parser' | 'lexer',
): StatementPlan {
  if (hint === 'primary' && kind === 'read') return plan('write', 'hint hl: primary', 'hint', false)
  if (hint === 'primary' && readOnlyTransaction) return plan(kind, 'hint hl: primary', 'hint', false)
  if (hint === 'standby' && kind === 'write' && vouchable)
    return plan('read', `hint hl: standby, though ${reason}`, 'hint', false)
  return plan(kind, reason, by, readOnlyTransaction)
}

/** For a text that a standby refused as a write, whatever it looks like. */
export const learnedPlan: StatementPlan = plan('write', 'a standby refused it as a write', 'learned', false)

function plan(
  kind: StatementPlan['kind'],
  reason: string,
  by: StatementPlan['by'],
  readOnlyTransaction: boolean,
): StatementPlan {
  return Object.freeze({kind, reason, by, readOnlyTransaction})
}
