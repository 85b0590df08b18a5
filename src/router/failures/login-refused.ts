// Does nobody let us in? Of all servers that can be asked, what each fails with. Pure. Not here: who is asked
// (topology/).
import {judgeError, sqlStateOf} from './classify-error.ts'

/** A server's own word that does not pass by itself: a wrong password, no such database. */
export function isLoginRefused(cause: unknown): boolean {
  return sqlStateOf(cause) !== null && judgeError(cause, 'connecting').retry === 'never'
}

/** The refusal, when all fail and one says so; undefined otherwise. `failures` has undefined for who does not fail. */
export function loginRefusal(failures: readonly unknown[]): unknown {
  return failures.includes(undefined) ? undefined : failures.find(isLoginRefused)
}
