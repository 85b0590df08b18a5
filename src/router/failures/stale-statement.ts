// Errors of a prepared statement whose plan no longer fits the database, though its text does. pg.Pool gets over them
// by giving up the connection with every error; here the statement is closed and prepared again. PURE.
// Not here: closing it (connections/connection.ts).
import {sqlStateOf} from './classify-error.ts'

/**
 * again: the server refused the plan before anything was carried out, so the statement can be sent again at once.
 * forget: it was carried out, and failed for a reason that a new plan may not have.
 */
export type StaleStatement = 'again' | 'forget'

/** null: the statement is as good as it was. */
export function staleStatement(error: unknown): StaleStatement | null {
  const state = sqlStateOf(error)
  if (state === null || typeof error !== 'object' || error === null) return null
  // Inside of a function it is that function's statement, and what ran before it may have been committed.
  const isInside = Reflect.get(error, 'where') !== undefined
  switch (state) {
    case '0A000':
      // "cached plan must not change result type"
      return Reflect.get(error, 'routine') !== 'RevalidateCachedQuery' ? null : isInside ? 'forget' : 'again'
    case '26000':
    case '42P05':
      // It is not there (DISCARD ALL, a pooler), or is there already.
      return isInside ? 'forget' : 'again'
    case 'XX000':
      // "cache lookup failed for type": it was dropped, and perhaps made anew.
      return 'forget'
    default:
      return null
  }
}
