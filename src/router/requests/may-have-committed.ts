// May a statement on the primary have committed something that later reads must see? Pure, a table of a few lines.
// Invariant: in doubt it may. Not here: noting it (token-after.ts).
import {sqlStateOf, type Judgement} from '../failures/classify-error.ts'
import type {Commits, StatementPlan} from '../statements/statement-plan.ts'

/** How it ended; null: well. */
export interface Failure {
  readonly error: unknown
  readonly judgement: Pick<Judgement, 'outcome'>
}

/** syntax_error: found before anything of the text is carried out. */
const syntaxError = '42601'

/** `inTransaction`: it was given within a transaction that had been opened before it. */
export function mayHaveCommitted(
  {kind, commits}: Pick<StatementPlan, 'kind' | 'commits'>,
  inTransaction: boolean,
  failure: Failure | null,
): boolean {
  // Only what controls the transaction ends it; CALL and DO cannot there.
  const mayEnd = !inTransaction || kind === 'commit' || (kind === 'session' && commits === 'even-if-it-fails')
  if (!mayEnd || commits === 'nothing') return false
  if (failure === null || failure.judgement.outcome === 'unknown') return true
  return commits === 'even-if-it-fails' && sqlStateOf(failure.error) !== syntaxError
}

/** A request as the one statement that it is to its caller. */
export function asStatement({
  kind,
  commits,
}: {
  readonly kind: 'read' | 'write' | 'transaction'
  readonly commits: Commits
}): Pick<StatementPlan, 'kind' | 'commits'> {
  return {kind: kind === 'read' ? 'read' : 'write', commits}
}
