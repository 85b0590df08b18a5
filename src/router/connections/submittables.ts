// What sends itself on a connection (a cursor, a stream, COPY), and whether it has ended: nothing else is sent before.
// Not here: who may give one to a connection (client/, requests/).
import {Query, type PoolClient, type Submittable} from 'pg'

/** It is given this long to end by itself: a stream that was left is closed a moment later. */
const endMostMs = 2_000

/** After what was sent before it. */
export function submit(client: PoolClient, submittable: Submittable, values?: unknown, callback?: unknown): void {
  const taking = client as {query(submittable: Submittable, values: unknown, callback: unknown): unknown}
  taking.query(submittable, values, callback)
}

/** Resolves when none is under way any more, false when one still is after a moment. Never rejects. */
export function submittablesEnded(client: PoolClient): Promise<boolean> {
  if (!hasSubmittable(client)) return Promise.resolve(true)
  return new Promise(resolve => {
    const settle = (hasEnded: boolean): void => {
      clearTimeout(timer)
      client.off('drain', onEnd)
      client.off('end', onEnd)
      resolve(hasEnded)
    }
    const onEnd = (): void => settle(true)
    const timer = setTimeout(settle, endMostMs, false)
    client.on('drain', onEnd)
    client.on('end', onEnd)
  })
}

/** Is one under way or waiting? A pg.Query ends whatever anybody does. */
export function hasSubmittable(client: PoolClient): boolean {
  const queue: unknown = Reflect.get(client, '_queryQueue')
  const all: readonly unknown[] = [
    Reflect.get(client, '_activeQuery'),
    ...(Array.isArray(queue) ? (queue as unknown[]) : []),
  ]
  return all.some(query => typeof query === 'object' && query !== null && !(query instanceof Query))
}
