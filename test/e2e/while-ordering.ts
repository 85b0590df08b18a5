// An example shop on a lab, with customers who order while something is done to the lab, and what the database knows of
// it afterwards. For tests only.
// Not here: the shop's process and its customers (run-shop.ts), what is done (timed/).
import {expect} from 'vitest'
import type {ClusterStatus} from '../../src/faults/cluster-status.ts'
import type {LabEndpoints} from '../../src/model/ports.ts'
import {Front, orderUntil, startShop, type Ordered, type Shop, type ShopStart} from './run-shop.ts'
import {docker, type TestLab} from './use-lab.ts'

/**
 * Longer than any failover of a lab's own settings (ttl 20 s), so that a request that meets one is slow and succeeds.
 */
const deadlineMs = 120_000
const password = 'only-for-this-lab'

/** A shop on a lab: how it starts, who buys, and what is in its tables, `key id` by line. */
interface Trading extends ShopStart {
  buyers(shop: Shop): Promise<readonly object[]>
  inDatabase(): Promise<string>
}

export interface Trade<T> {
  /** What the work gave. */
  readonly result: T
  readonly orders: readonly Ordered[]
  /** `key id` of every order, by psql inside of the primaries. */
  readonly inDatabase: readonly string[]
}

/** The shop must end by itself on SIGTERM afterwards; `work` may put another one in its place. */
export async function whileOrdering<T>(trading: Trading, work: (front: Front) => Promise<T>): Promise<Trade<T>> {
  const front = new Front(await startShop(trading, 60_000))
  const closing = new AbortController()
  try {
    const buyers = await trading.buyers(front.shop)
    const customers = {everyMs: 200, answerWithinMs: deadlineMs + 10_000, buyers}
    const ordering = orderUntil(closing.signal, front, customers)
    const result = await work(front).finally(() => closing.abort())
    const orders = await ordering
    const lines = (await trading.inDatabase()).split('\n').filter(line => line !== '')
    const {exitCode, signal, log} = await front.shop.end(60_000)
    expect({exitCode, signal}, log).toEqual({exitCode: 0, signal: null})
    return {result, orders, inDatabase: lines.sort()}
  } finally {
    closing.abort()
    front.shop.kill()
  }
}

/**
 * Every request was answered, also the second click; all answers to one key name the same order, its customer saw it at
 * once, and it is in the database, once.
 */
export function expectNoOrderLost({orders, inDatabase}: Pick<Trade<unknown>, 'orders' | 'inDatabase'>): void {
  const wrong = orders.filter(
    ({answers, seen}) => new Set([...answers, seen]).size !== 1 || !/^[\da-f-]{36}$/.test(seen ?? ''),
  )
  expect(wrong).toEqual([])
  expect(inDatabase).toEqual(orders.map(({key, seen}) => `${key} ${seen}`))
  expect(orders.length).toBeGreaterThan(50)
}

/** The shop on one cluster, with a role and a database of its own. */
export async function fastifyShop(lab: TestLab): Promise<Trading> {
  await onPrimary(lab, 'postgres', `CREATE ROLE shop LOGIN PASSWORD '${password}'`)
  await onPrimary(lab, 'postgres', 'CREATE DATABASE shop OWNER shop')
  const [hosts = ''] = Object.values(await hostsOf(lab))
  return {
    example: 'fastify-shop',
    env: {...environment('shop'), PG_HOSTS: hosts},
    buyers: async () => Promise.resolve(Array.from({length: 10}, (_, number) => ({customer: `customer ${number}`}))),
    inDatabase: async () => onPrimary(lab, 'shop', 'SELECT request_key, id FROM orders'),
  }
}

/** The shop over shards, with a role of its own, which writes as applications do. */
export async function shardedShop(lab: TestLab): Promise<Trading> {
  const onEach = async (database: string, statement: string): Promise<string> => {
    const shards = Object.keys(await hostsOf(lab))
    return (await Promise.all(shards.map(shard => onPrimary(lab, database, statement, shard)))).join('')
  }
  const make = `CREATE ROLE shop LOGIN PASSWORD '${password}' IN ROLE hl_app`
  await onEach('hl', `DO $$ BEGIN IF to_regrole('shop') IS NULL THEN ${make}; END IF; END $$`)
  const shards = Object.entries(await hostsOf(lab)).map(([shard, nodes]) => `${shard}=${nodes}`)
  return {
    example: 'sharded-shop',
    env: {...environment('hl'), SHARDS: shards.join(' ')},
    buyers: async shop => Promise.all(Array.from({length: 10}, (_, number) => signUp(shop, number))),
    inDatabase: async () => onEach('hl', `SELECT request_key, order_id FROM orders WHERE request_key LIKE 'order-%'`),
  }
}

async function signUp({url}: Shop, number: number): Promise<{readonly user: number}> {
  const response = await fetch(`${url}/users`, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify({email: `customer-${number}@example.org`}),
  })
  const {id} = (await response.json()) as {readonly id: number}
  return {user: id}
}

function environment(database: string): Readonly<Record<string, string>> {
  return {PGUSER: 'shop', PGPASSWORD: password, PGDATABASE: database, DEADLINE_MS: String(deadlineMs)}
}

/** `host:port` of the nodes of each cluster, with commas, by its name. */
async function hostsOf(lab: TestLab): Promise<Readonly<Record<string, string>>> {
  interface Cluster {
    readonly name: string
    readonly endpoints: Pick<LabEndpoints, 'postgres'>
  }
  const {result} = await lab.json<{readonly shards: readonly Cluster[]}>('up')
  return Object.fromEntries(
    result.shards.map(({name, endpoints}) => [
      name,
      Object.values(endpoints.postgres)
        .map(({host, port}) => `${host}:${port}`)
        .join(),
    ]),
  )
}

/** One statement inside of the primary, beside the router. A look at a busy lab may find none. */
async function onPrimary(lab: TestLab, database: string, statement: string, shard?: string): Promise<string> {
  const seen: string[] = []
  const look = async (): Promise<void> => {
    const {result} = await lab.json<ClusterStatus>('status', ...(shard === undefined ? [] : ['--shard', shard]))
    if (result.state.primary !== null) seen.push(result.state.primary)
  }
  await expect.poll(async () => look().then(() => seen), {timeout: 60_000, interval: 500}).not.toEqual([])
  const container = lab.container(seen.at(-1) ?? '')
  return docker('exec', '-u', 'postgres', container, 'psql', '-XAt', '-F', ' ', '-d', database, '-c', statement)
}
