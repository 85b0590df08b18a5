// A query that sends itself, given to the pool: it runs on a client of its own until its callback is called.
// Not here: binding that client to a node (routed-client.ts).
import type {Submittable} from 'pg'
import {answer, type Callback} from '../requests/call.ts'

interface ReleasableClient {
  query(submittable: Submittable, values: unknown, callback: unknown): unknown
  release(reason?: Error | boolean): void
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
