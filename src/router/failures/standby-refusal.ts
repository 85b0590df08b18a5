// What a standby's error says of the standby: it does not do this at all, or it cancelled it for what it replays. PURE.
// Messages are translated by the server and say nothing here; codes and the names of the server's own functions do not
// change with its language. Not here: what follows (requests/), learning (statements/plan-cache.ts).
import {sqlStateOf} from './classify-error.ts'
import {staleStatement} from './stale-statement.ts'

/**
 * only-primary: a primary may do it, as far as the code tells: some of these codes mean other things as well, so
 * whether it was the standby is known when the primary did it. conflict: replay was in its way ("Handling Query
 * Conflicts").
 */
export type StandbyRefusal = 'only-primary' | 'conflict'

/** read_only_sql_transaction, object_not_in_prerequisite_state, feature_not_supported. */
const onlyPrimary: ReadonlySet<string> = new Set(['25006', '55000', '0A000'])
/** serialization_failure, which a standby has no other reason for; deadlock_detected, with the startup process. */
const conflicts: ReadonlySet<string> = new Set(['40001', '40P01'])

/** Of an error of a standby; null: it would be the same on a primary. */
export function standbyRefusal(error: unknown): StandbyRefusal | null {
  const state = sqlStateOf(error)
  if (state === null) return null
  if (isOutOfTransactionIds(error, state)) return 'only-primary'
  if (staleStatement(error) !== null) return null
  if (conflicts.has(state)) return 'conflict'
  return onlyPrimary.has(state) ? 'only-primary' : null
}

/** "cannot assign TransactionIds during recovery": what was missed by the checks before it. */
function isOutOfTransactionIds(error: unknown, state: string): boolean {
  return (
    state === 'XX000' && typeof error === 'object' && error !== null && assigning.has(Reflect.get(error, 'routine'))
  )
}

const assigning: ReadonlySet<unknown> = new Set(['GetNewTransactionId', 'AssignTransactionId', 'GetNewMultiXactId'])
