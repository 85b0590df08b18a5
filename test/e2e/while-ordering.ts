// The example shop on a lab, with customers who order while something is done to the lab, and what the database knows
// of it afterwards. For tests only.
// Not here: the shop's process and its customers (run-shop.ts), what is done (timed/failover.test.ts).
import {expect} from 'vitest'
import type {ClusterState} from '../../src/model/topology.ts'
import {orderUntil, startShop, type Ordered} from './run-shop.ts'
import {docker, type TestLab} from './use-lab.ts'

/**
 * Longer than any failover of a lab's own settings (ttl 20 s), so that a request that meets one is slow and succeeds.
 */
const deadlineMs = 120_000
const password = 'only-for-this-lab'

export interface Trade<T> {
  /** What the work gave. */
  readonly result: T
  readonly orders: readonly Ordered[]
  /** `key id` of every order, by psql inside of the primary. */
  readonly inDatabase: readonly string[]
}

/** The shop must end by itself on SIGTERM afterwards. */
export async function whileOrdering<T>(lab: TestLab, work: () => Promise<T>): Promise<Trade<T>> {
  const shop = await startShop(await prepare(lab), 60_000)
  const closing = new AbortController()
  try {
    const ordering = orderUntil(closing.signal, {shop, everyMs: 200, answerWithinMs: deadlineMs + 10_000})
    const result = await work().finally(() => closing.abort())
    const orders = await ordering
    const rows = await onPrimary(lab, 'shop', 'SELECT request_key, id FROM orders ORDER BY request_key')
    const {exitCode, signal, log} = await shop.end(60_000)
    expect({exitCode, signal}, log).toEqual({exitCode: 0, signal: null})
    return {result, orders, inDatabase: rows.split('\n').filter(line => line !== '')}
  } finally {
    closing.abort()
    shop.kill()
  }
}

/** A role and a database of the shop's own, and the environment in which it finds its servers. */
async function prepare(lab: TestLab): Promise<Readonly<Record<string, string>>> {
  await onPrimary(lab, 'postgres', `CREATE ROLE shop LOGIN PASSWORD '${password}'`)
  await onPrimary(lab, 'postgres', 'CREATE DATABASE shop OWNER shop')
  const {
    result: {endpoints},
  } = await lab.json<{
    readonly endpoints: {readonly postgres: Readonly<Record<string, {readonly host: string; readonly port: number}>>}
  }>('up')
  const hosts = Object.values(endpoints.postgres).map(({host, port}) => `${host}:${port}`)
  return {
    PG_HOSTS: hosts.join(),
    PGUSER: 'shop',
    PGPASSWORD: password,
    PGDATABASE: 'shop',
    DEADLINE_MS: String(deadlineMs),
  }
}

/** One statement inside of the primary, beside the router. A look at a busy lab may find none. */
async function onPrimary(lab: TestLab, database: string, statement: string): Promise<string> {
  const primary = async (): Promise<string | null> =>
    (await lab.json<{readonly state: ClusterState}>('status')).result.state.primary
  await expect.poll(primary, {timeout: 60_000, interval: 500}).not.toBeNull()
  return docker(
    'exec',
    '-u',
    'postgres',
    lab.container((await primary()) ?? ''),
    'psql',
    '-X',
    '-At',
    '-F',
    ' ',
    '-d',
    database,
    '-c',
    statement,
  )
}
