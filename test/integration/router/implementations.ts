// What the router's tests run on: the driver's own pool, and the Router that takes its place. Every test that is about
// the surface passes on both.
// Invariant: this is the one place that knows how either is made; it loads no test library, since child processes load
// it too.
import pg from 'pg'
import {driverOf, Router} from '../../../src/router/index.ts'

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
  /** Tests, by name, that it does not pass, and why that is so. */
  readonly differences: Readonly<Record<string, string>>
  /**
   * A pg-like module whose Client goes where the pool goes; null: there is none, so libraries that make their own
   * connections do not run on it.
   */
  readonly driverOf: ((pool: pg.Pool) => Driver) | null
}

const barePool: Implementation = {
  name: 'pg.Pool',
  make: ({hosts, connection}, config = {}) => {
    const [host = '', port = ''] = hosts[0]?.split(':') ?? []
    return new pg.Pool({...connection, host, port: Number(port), ...config})
  },
  differences: {},
  driverOf: () => pg,
}

const ownClients =
  "a client is the Router's own object, made for each checkout, while the events of the pool give the driver's"
const boundsApart =
  'connectionTimeoutMillis bounds the wait of its caller, with another message; making one connection has connectTimeoutMs'
const keepsConnections = 'a statement that the server refused does not cost the connection'
const staysAlive = 'the topology is watched until end(), which keeps the process'
const rebinds =
  "a client that lost its connection outside of a transaction goes on with another; the error is a RouterError whose cause is the driver's"
const ownErrors = "an outage is a RouterError, whose cause is the driver's error"
const bindsLater = 'a node is looked for before a connection is taken, so its counters move a little later'
const differences = {
  'connectionTimeoutMillis bounds making it': boundsApart,
  'more statements at once than connections': ownClients,
  'a server that is not there is told as Prisma tells it': ownErrors,
  'streams from the pool, which answers with the result and gets its client back': bindsLater,
  'of a first and a second checkout': ownClients,
  'the client of an event is the one that is given out': ownClients,
  'of a query that fails name its error, and the connection goes': keepsConnections,
  'of a release with an error name it, and a removal follows': ownClients,
  'an idle pool does not keep the process': staysAlive,
  'without it, it does until idleTimeoutMillis': staysAlive,
  "is told by the pool's 'error', with the client, and replaced": ownClients,
  "between statements is told by the client's 'error', not the pool's; statements are refused; it does not come back":
    rebinds,
  'under a statement of the client': rebinds,
  'under a statement of the pool is the error of that statement alone': rebinds,
  'statements that wait behind it fail with it': rebinds,
}

const router: Implementation = {
  name: 'Router',
  make: ({hosts, connection}, config = {}) => {
    // A pg.Pool in truth, which its types do not say.
    const made: unknown = new Router({
      // A busy host is no failure.
      topology: {hosts: hosts.slice(0, 1), timeoutMs: 5_000, evidenceTtlMs: 15_000},
      connectTimeoutMs: 5_000,
      ...connection,
      ...config,
    })
    return made as pg.Pool
  },
  differences,
  driverOf: pool => {
    const routed: unknown = pool
    if (!(routed instanceof Router)) throw new Error('not a router')
    return driverOf(routed)
  },
}

export const implementations: readonly Implementation[] = [barePool, router]
