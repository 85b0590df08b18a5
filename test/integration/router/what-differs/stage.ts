// What the tests of "What differs from pg.Pool" stand on: pg.Pool on the primary beside a router over all servers, and
// looks at the primary. For tests only.
import pg from 'pg'
import {expect, onTestFinished} from 'vitest'
import type {Router, RouterOptions} from '../../../../src/router/index.ts'
import type {TestServers} from '../servers.ts'
import {useRouter} from '../use-router.ts'

/** By the words that a line of the documentation begins with: what shows it. */
export type Lines = Readonly<Record<string, () => Promise<void>>>

/** Each ended with its test. */
export interface Pools {
  readonly pool: pg.Pool
  readonly router: Router
}

export interface Stage {
  readonly servers: TestServers
  readonly pools: (options?: Partial<RouterOptions>) => Promise<Pools>
  /** Of the one backend of that application that is not idle. */
  readonly stateOf: (application: Application) => Promise<string | undefined>
  /** How many rows of `orders` are that user's. */
  readonly rowsOf: (user: number) => Promise<number>
}

/** application_name of the two. */
export type Application = 'plain' | 'router-test'

export const insert = 'INSERT INTO orders (id, user_id, amount) VALUES ($1, $2, 1)'

/** A pg.Pool in truth, which its types do not say. */
export function asPool(pool: pg.Pool | Router): pg.Pool {
  const made: unknown = pool
  return made as pg.Pool
}

export function makeStage(servers: TestServers): Stage {
  return {
    servers,
    pools: async (options = {}) => {
      const {host, port} = servers.primary
      const config = {...servers.connection, host, port, application_name: 'plain', ...options} as pg.PoolConfig
      const pool = new pg.Pool(config)
      onTestFinished(async () => pool.end())
      return {pool, router: await useRouter(servers, options)}
    },
    stateOf: async application => {
      const text = "SELECT state FROM pg_stat_activity WHERE application_name = $1 AND state <> 'idle'"
      return (await servers.sql<{state: string}>(servers.primary, text, [application]))[0]?.state
    },
    rowsOf: async user => {
      const text = 'SELECT count(*)::int AS n FROM orders WHERE user_id = $1'
      return (await servers.sql<{n: number}>(servers.primary, text, [user]))[0]?.n ?? -1
    },
  }
}

/** Returns once a read goes to the standby: on a busy host it may be behind for a moment. */
export async function standbyServes(router: Router): Promise<void> {
  await expect.poll(async () => (await router.query('SELECT 1')).route.role).toBe('standby')
}

/** Of the backend of the primary that a client, or the next connection of a pool, has. */
export async function pidOf(asked: Pick<pg.Pool, 'query'>): Promise<number> {
  const {rows} = await asked.query<{pid: number}>('/* hl: primary */ SELECT pg_backend_pid() AS pid')
  return rows[0]?.pid ?? 0
}
