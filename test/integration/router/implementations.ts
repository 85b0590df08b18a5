// What the router's tests run on: the driver's own pool, and the Router that takes its place. Every test that is about the surface passes on both.
// Invariant: this is the one place that knows how either is made; it loads no test library, since child processes load it too.
import pg from 'pg'

/** Where to connect and as whom; `hosts` are `host:port`, the primary first. */
export interface Target {
  readonly hosts: readonly string[]
  readonly connection: {readonly user: string; readonly password: string; readonly database: string}
}

/** The driver as libraries take it that make their own connections (knex, sequelize). */
export type Driver = typeof pg

export interface Implementation {
  readonly name: string
  readonly make: (target: Target, config?: pg.PoolConfig) => pg.Pool
  /** A pg-like module whose Client goes where the pool goes. */
  readonly driverOf: (pool: pg.Pool) => Driver
}

const barePool: Implementation = {
  name: 'pg.Pool',
  make: ({hosts, connection}, config = {}) => {
    const [host = '', port = ''] = hosts[0]?.split(':') ?? []
    return new pg.Pool({...connection, host, port: Number(port), ...config})
  },
  driverOf: () => pg,
}

/** Switched on when the Router is a pg.Pool; a static import then. */
const routerIsAPool = true as boolean

async function loadRouter(): Promise<Implementation> {
  const loaded: {readonly Router: unknown} = await import('../../../src/router/index.ts')
  const Router = loaded.Router as new (options: pg.PoolConfig & {readonly topology: {readonly hosts: readonly string[]}}) => pg.Pool
  return {
    name: 'Router',
    make: ({hosts, connection}, config = {}) => new Router({topology: {hosts}, ...connection, ...config}),
    driverOf: () => { throw new Error('driverOf is not supplied yet') },
  }
}

export const implementations: readonly Implementation[] = routerIsAPool ? [barePool, await loadRouter()] : [barePool]
