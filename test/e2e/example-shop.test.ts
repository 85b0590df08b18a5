// What the README of the example promises: orders go on through a crash of the primary and through planned work, none fails, none is lost, none is there twice.
// Invariant: customers never ask again by themselves, so every failure would be seen; what is in the database is looked up beside the router, with psql.
// Not here: how fast it is, and what a failover costs the load of hl itself (failover.test.ts).
import {afterAll, expect, test, vi} from 'vitest'
import {orderUntil, startShop, type Ordered, type Shop} from './run-shop.ts'
import {docker, useLab} from './use-lab.ts'

const lab = useLab('e2e-shop')
let shop: Shop | null = null

const minute = 60_000
/** Longer than any failover of these settings (ttl 20 s), so that a request that meets one is slow and succeeds. */
const deadlineMs = 2 * minute
/** The shop's own deadline comes first: then it says what happened, and no customer has hung up. */
const answerWithinMs = deadlineMs + 10_000
/** Nobody orders for longer; the switchover and both recoveries fit many times over. */
const ordersWithinMs = 6 * minute

type Endpoints = Readonly<Record<string, {readonly host: string; readonly port: number}>>

/** One statement inside of a node, beside the router and beside hl; null when it takes none. */
async function askNode(node: string, database: string, statement: string): Promise<string | null> {
  return docker('exec', '-u', 'postgres', lab.container(node), 'psql', '-X', '-At', '-F', ' ', '-d', database, '-c', statement).catch(() => null)
}

/** The node that says so by itself. Nothing is known of a moment without one, so it is looked for until there is one. */
async function primaryNow(): Promise<string> {
  return vi.waitUntil(async () => {
    const said = await Promise.all(['pg1', 'pg2', 'pg3'].map(async node => ({node, recovering: await askNode(node, 'postgres', 'SELECT pg_is_in_recovery()')})))
    return said.find(({recovering}) => recovering?.trim() === 'f')?.node
  }, {timeout: minute, interval: 500})
}

/** A role and a database of the shop's own, and where its servers are. */
async function prepareShop(): Promise<Readonly<Record<string, string>>> {
  const primary = await primaryNow()
  for (const statement of ["CREATE ROLE shop LOGIN PASSWORD 'only-for-this-lab'", 'CREATE DATABASE shop OWNER shop']) expect(await askNode(primary, 'postgres', statement), statement).not.toBeNull()
  const {result} = await vi.waitFor(async () => lab.json<{readonly endpoints: {readonly postgres: Endpoints}}>('up'), {timeout: minute})
  const hosts = Object.values(result.endpoints.postgres).map(({host, port}) => `${host}:${port}`).join()
  return {PG_HOSTS: hosts, PGUSER: 'shop', PGPASSWORD: 'only-for-this-lab', PGDATABASE: 'shop', DEADLINE_MS: String(deadlineMs)}
}

/** `key id` of every order, by psql inside of the primary. */
async function ordersInDatabase(): Promise<readonly string[]> {
  const rows = await askNode(await primaryNow(), 'shop', 'SELECT request_key, id FROM orders ORDER BY request_key')
  return (rows ?? '').split('\n').filter(line => line !== '')
}

/** The crash and the planned work, one after the other; the names of the three primaries. What they cost the load of hl is judged elsewhere, so that load is small. */
async function breakTwice(): Promise<readonly string[]> {
  const first = await primaryNow()
  const crash = await lab.json<{readonly run: string}>('failover', '--scenario', 'primary-crash', '--seed', '1', '--writes', '10')
  const second = await primaryNow()
  expect(second, crash.result.run).not.toBe(first)
  // Refused while a look at a busy lab finds it without a primary: then nothing was changed.
  await vi.waitFor(async () => expect(await lab.hl('switchover', '--yes')).toMatchObject({exitCode: 0}), {timeout: 2 * minute, interval: 1_000})
  return [first, second, await primaryNow()]
}

/** Ends the customers when all is over, and when it takes too long: a test that hangs says nothing. */
async function whileOrdering(open: Shop, work: () => Promise<readonly string[]>): Promise<{readonly primaries: readonly string[]; readonly orders: readonly Ordered[]}> {
  const done = new AbortController()
  const ordering = orderUntil(AbortSignal.any([done.signal, AbortSignal.timeout(ordersWithinMs)]), {shop: open, everyMs: 100, answerWithinMs})
  try {
    const primaries = await work()
    done.abort()
    return {primaries, orders: await ordering}
  } finally {
    done.abort()
    await ordering
  }
}

// Before the lab goes away; nothing to do after a test that ended it.
afterAll(() => shop?.kill())

test('a crash of the primary and a switchover cost the shop no order', {timeout: 2 * ordersWithinMs}, async () => {
  shop = await startShop(await prepareShop(), minute)
  const {primaries, orders} = await whileOrdering(shop, breakTwice)
  expect(primaries[2], primaries.join(' -> ')).not.toBe(primaries[1])

  // Every request was answered, also the second click; all answers to one key name the same order, and its customer saw it at once.
  const wrong = orders.filter(({answers, seen}) => new Set([...answers, seen]).size !== 1 || !/^[\da-f-]{36}$/.test(seen ?? ''))
  expect(wrong).toEqual([])
  expect(await ordersInDatabase()).toEqual(orders.map(({key, seen}) => `${key} ${seen}`))

  // The failover was met, not missed: somebody waited for it.
  expect(orders.length).toBeGreaterThan(100)
  expect(Math.max(...orders.map(({ms}) => ms))).toBeGreaterThan(1_000)

  const {exitCode, signal, log} = await shop.end(minute)
  expect({exitCode, signal}, log).toEqual({exitCode: 0, signal: null})
})
