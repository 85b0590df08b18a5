// May a statement on the primary have committed something that later reads must see? Pure, a table of a few lines.
// Invariant: in doubt it may. Not here: noting it (token-after.ts); whether it can commit anything where it was given,
// which within a transaction only what ends one can.
import {sqlStateOf, type Judgement} from '../failures/classify-error.ts'
import type {Commits} from '../statements/statement-plan.ts'

/** How it ended; null: well. */
export interface Failure {
  readonly error: unknown
  readonly judgement: Pick<Judgement, 'outcome' | 'connectionLost'>
}

/** syntax_error: found before anything of the text is carried out. */
const syntaxError = '42601'

export function mayHaveCommitted(commits: Commits, failure: Failure | null): boolean {
  if (commits === 'nothing') return false
  if (failure === null || failure.judgement.outcome === 'unknown') return true
  const {error, judgement} = failure
  const state = sqlStateOf(error)
  // pg itself failed, and lives: a parser of a type may have thrown at the rows of what was carried out.
  if (state === null && !judgement.connectionLost) return true
  return commits === 'even-if-it-fails' && state !== syntaxError
}
