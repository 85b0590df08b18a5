// From what a classifier says and what the caller hints to the plan that counts. Pure, a table of a few lines. Not
// here: the cache and what was learned (plan-cache.ts).
import type {StatementPlan} from './statement-plan.ts'
import type {Hint} from './statement-key.ts'
import {notUnderstood, verdict, type Verdict} from './verdict.ts'

export function planOfVerdict(found: Verdict, hint: Hint | null, by: 'parser' | 'lexer'): StatementPlan {
  const {kind, reason, vouchable, readOnlyTransaction} = found
  const hinted = {...found, hasUnknown: false, reason: 'hint hl: primary'}
  if (hint === 'primary' && kind === 'read') return plan({...hinted, node: 'primary'}, 'hint')
  if (hint === 'primary' && readOnlyTransaction) return plan({...hinted, readOnlyTransaction: false}, 'hint')
  if (hint === 'standby' && (kind === 'write' ? vouchable : kind === 'read' && found.node !== 'any'))
    return plan(verdict('read', `hint hl: standby, though ${reason}`), 'hint')
  return plan(found, by)
}

/**
 * For a text that was a read, and that a standby refused with this SQLSTATE while the primary served it. What it does
 * there is not known where it was about to write.
 */
export function learnedPlan(before: StatementPlan, sqlState: string): StatementPlan {
  const writes = !refusedToRead.has(sqlState)
  return Object.freeze({
    ...before,
    kind: writes ? 'write' : before.kind,
    reason: `a standby refused it: ${before.reason}`,
    by: 'learned',
    node: 'primary',
    commits: writes ? 'perhaps' : before.commits,
    isProvisional: true,
  })
}

/** Of something that sends itself and keeps no text where it could be found. */
export const unseenPlan: StatementPlan = plan(notUnderstood('a statement without a text'), 'lexer')

/** feature_not_supported (an unlogged table, serializable), object_not_in_prerequisite_state (WAL control, locks). */
const refusedToRead: ReadonlySet<string> = new Set(['0A000', '55000'])

function plan(
  {kind, reason, readOnlyTransaction, node, commits, commitsTransaction, hasUnknown}: Verdict,
  by: StatementPlan['by'],
): StatementPlan {
  return Object.freeze({
    kind,
    reason,
    by,
    readOnlyTransaction,
    node,
    commits,
    commitsTransaction,
    isProvisional: hasUnknown,
  })
}
