// Which session the code that runs now belongs to. Invariant: a process that never runs anything in a session pays one
// comparison per question.
// Not here: who opens sessions (a web framework's adapter, or the caller).
import {AsyncLocalStorage} from 'node:async_hooks'
import type {Session} from './session.ts'

const storage = new AsyncLocalStorage<Session>()
let everUsed = false

/** Runs `work`, and whatever it awaits or starts, in `session`. Sessions nest; the inner one holds. */
export function runInSession<T>(session: Session, work: () => T): T {
  everUsed = true
  return storage.run(session, work)
}

/** The session of the code that runs now; null outside of any. */
export function currentSession(): Session | null {
  return everUsed ? (storage.getStore() ?? null) : null
}
