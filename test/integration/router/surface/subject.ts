// What a test of the surface is given: pools that end with the test. Invariant: a test that keeps a client is told,
// because its pool does not end. For tests only.
import pg from 'pg'
import {onTestFinished} from 'vitest'
import type {Implementation} from '../implementations.ts'
import type {TestServers} from '../servers.ts'

export interface Subject {
  readonly name: string
  readonly servers: TestServers
  /** A pool on the file's servers, or on `hosts`. */
  readonly pool: (config?: pg.PoolConfig, hosts?: readonly string[]) => pg.Pool
}

const endMs = 15_000

export function subjectOf({name, make}: Implementation, servers: TestServers): Subject {
  return {
    name,
    servers,
    pool: (config, hosts = servers.hosts()) => {
      const pool = make({hosts, connection: servers.connection}, config)
      onTestFinished(() => ended(pool))
      return pool
    },
  }
}

async function ended(pool: pg.Pool): Promise<void> {
  if (pool.ending) return
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new Error(
            `the pool did not end within ${endMs} ms: ${pool.totalCount} connections, ${pool.idleCount} of them idle, ${pool.waitingCount} waiting`,
          ),
        ),
      endMs,
    )
  })
  try {
    await Promise.race([pool.end(), late])
  } finally {
    clearTimeout(timer)
  }
}

/** Calls what takes a callback; resolves with all the callback was given. */
export async function called<A extends readonly unknown[]>(
  start: (callback: (...args: A) => void) => unknown,
): Promise<A> {
  return new Promise(resolve => void start((...args) => resolve(args)))
}

/** The error a promise is rejected with; an error of its own if it is not. */
export async function failureOf(promise: Promise<unknown>): Promise<Error & {readonly code?: string}> {
  const settled = await promise.then(
    value => ({value}),
    (error: unknown) => ({error}),
  )
  if ('error' in settled && settled.error instanceof Error) return settled.error
  throw new Error(`expected an Error, got ${JSON.stringify(settled)}`)
}

/** The server's process behind a client; the type definitions do not know it. */
export function pidOf(client: pg.ClientBase): number {
  return (client as pg.ClientBase & {readonly processID: number}).processID
}

/** What a function does with a client that goes back whatever happens. */
export async function withClient<T>(pool: pg.Pool, use: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    return await use(client)
  } finally {
    client.release()
  }
}
