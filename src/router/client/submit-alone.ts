// A query that sends itself, given to the pool: it runs on a client of its own until its callback is called.
// Not here: binding that client to a node (routed-client.ts).
import type {Submittable} from 'pg'
import {answer, failSubmittable, isSubmittable, type Callback} from '../requests/call.ts'
import {endedError} from '../requests/trail.ts'

interface ReleasableClient {
  query(submittable: Submittable, values: unknown, callback: unknown): unknown
  release(reason?: Error | boolean): void
}

/** As with pg-pool; what sends itself is told too, that it never will. */
export function refuseEnded(statement: unknown, done: Callback | undefined): unknown {
  const error = endedError()
  if (isSubmittable(statement)) failSubmittable(statement, error)
  return answer(Promise.reject(error), done)
}

/** A cursor, a stream, a pg.Query. As with pg-pool the result is a promise, whatever the types say. */
export function submitAlone(
  client: ReleasableClient,
  submittable: Submittable,
  values: unknown,
  done: Callback | undefined,
): unknown {
  const ended = new Promise((resolve, reject) => {
    const finish: Callback = (error, result) => {
      client.release(error ?? undefined)
      if (error == null) resolve(result)
      else reject(error)
    }
    // pg calls no other where there is one already.
    const own: unknown = Reflect.get(submittable, 'callback')
    if (typeof own === 'function')
      Reflect.set(submittable, 'callback', (error: Error | null, result: unknown) => {
        finish(error, result)
        Reflect.apply(own, submittable, [error, result])
      })
    client.query(submittable, values, finish)
  })
  return answer(ended, done)
}
