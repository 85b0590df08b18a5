// Shards for the tests of transactions: databases on real servers, each with hl_shards and accounts whose sum never
// changes. For tests only. Invariant: what a test looks at is asked of the servers themselves, past the library.
import {onTestFinished} from 'vitest'
import pg from 'pg'
import {Router, type RouterOptions} from '../../../src/router/index.ts'
import type {Shard} from '../../../src/shards/shard.ts'
import {decisionTableSql} from '../../../src/shards/transactions/transaction-sql.ts'
import {ShardTransactions, type ShardTransactionsOptions} from '../../../src/shards/transactions/shard-transactions.ts'
import type {TestServers} from '../router/servers.ts'

export const mapId = 'c0ffee00-0000-4000-8000-000000000001'

export interface ShardPlace {
  readonly name: string
  readonly servers: TestServers
}

export const database = (name: string): string => `shard_${name}`

/** As superuser in the shard's database, on a connection of its own. */
export async function sqlOn<T extends pg.QueryResultRow>({name, servers}: ShardPlace, text: string): Promise<T[]> {
  const {host, port} = servers.primary
  const client = new pg.Client({host, port, user: 'postgres', database: database(name)})
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<T>(text)).rows
  } finally {
    await client.end()
  }
}

const accounts = 40

/** The database with everything that a shard needs; it is not there yet. */
export async function makeShard(place: ShardPlace): Promise<void> {
  const {servers, name} = place
  const {user} = servers.connection
  await servers.sql(servers.primary, `CREATE DATABASE ${database(name)} OWNER ${user}`)
  await sqlOn(
    place,
    `CREATE SCHEMA hl_shards AUTHORIZATION ${user};
     GRANT pg_signal_backend TO ${user};
     SET ROLE ${user};
     ${decisionTableSql}
     CREATE TABLE account (id int PRIMARY KEY, amount int NOT NULL, CHECK (amount > -1000000) );
     INSERT INTO account SELECT id, 1000 FROM generate_series(1, ${accounts}) AS id;`,
  )
}

export function routerOf({name, servers}: ShardPlace, options: Partial<RouterOptions> = {}): Router {
  return new Router({
    ...servers.connection,
    database: database(name),
    topology: {hosts: servers.hosts(), pollMs: 50, fastPollMs: 25, timeoutMs: 10_000, evidenceTtlMs: 30_000},
    application_name: 'shards-test',
    connectTimeoutMs: 20_000,
    waitMs: 60_000,
    endTimeoutMs: 2_000,
    ...options,
  })
}

export interface TestShards {
  readonly shards: readonly Shard[]
  readonly transactions: ShardTransactions
  /** Connections that somebody has, over all shards. */
  readonly inUse: () => number
}

/** Routers and transactions that end with the test, which may not hold a connection then. */
export function useShards(
  places: readonly ShardPlace[],
  {router = {}, ...options}: Partial<ShardTransactionsOptions> & {readonly router?: Partial<RouterOptions>} = {},
): TestShards {
  const shards = places.map(place => ({name: place.name, router: routerOf(place, router)}))
  const transactions = new ShardTransactions({shards: () => shards, mapId, acquireMs: 20_000, ...options})
  onTestFinished(async () => {
    await transactions.end()
    await Promise.all(shards.map(shard => shard.router.end()))
  })
  const inUse = (): number => shards.reduce((sum, {router: {totalCount, idleCount}}) => sum + totalCount - idleCount, 0)
  return {shards, transactions, inUse}
}

/** What a transfer does on one shard. */
export const change = 'UPDATE account SET amount = amount + $2 WHERE id = $1'

export async function amountOf(place: ShardPlace, id: number): Promise<number> {
  const [row] = await sqlOn<{amount: number}>(place, `SELECT amount FROM account WHERE id = ${id}`)
  return row?.amount ?? Number.NaN
}

/** Over all shards: the sum of all amounts, which transfers leave as it is. */
export async function totalOf(places: readonly ShardPlace[]): Promise<number> {
  const sums = await Promise.all(
    places.map(
      async place => (await sqlOn<{sum: number}>(place, 'SELECT sum(amount)::int AS sum FROM account'))[0]?.sum,
    ),
  )
  return sums.reduce<number>((sum, one) => sum + (one ?? Number.NaN), 0)
}

export const expectedTotal = (places: readonly ShardPlace[]): number => places.length * accounts * 1_000

/** Names of what is prepared in those databases. */
export async function preparedOn(places: readonly ShardPlace[]): Promise<readonly string[]> {
  const found = await Promise.all(
    places.map(place =>
      sqlOn<{gid: string}>(place, 'SELECT gid FROM pg_prepared_xacts WHERE database = current_database() ORDER BY gid'),
    ),
  )
  return found.flat().map(({gid}) => gid)
}

export async function decisionsOn(places: readonly ShardPlace[]): Promise<number> {
  const counts = await Promise.all(
    places.map(place => sqlOn<{n: number}>(place, 'SELECT count(*)::int AS n FROM hl_shards.decision')),
  )
  return counts.flat().reduce((sum, {n}) => sum + n, 0)
}
