// The service survives a failover: no order fails, none is lost, none is there twice. Run: npm run test:vitest
import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest'
import {matchers, PatroniCluster, type StartedPatroniCluster} from 'pg-highload-lab/testing'
import {startService, type Bug, type Service} from '../service.ts'

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    toHaveLostNothing(): R
    toRecoverWithin(limit: string | number): R
  }
}
expect.extend(matchers)

let cluster: StartedPatroniCluster
let pool: ReturnType<StartedPatroniCluster['router']>
let service: Service

beforeAll(async () => {
  cluster = await new PatroniCluster({nodes: 2}).withMigrations('./migrations').start()
  pool = cluster.router()
  service = await startService(pool, process.env['BUG'] as Bug | undefined)
})
afterAll(async () => {
  await service?.close()
  await pool?.end()
  await cluster?.stop()
})
beforeEach(() => cluster.reset())

const order = ({id, signal}: {readonly id: string; readonly signal: AbortSignal}) =>
  fetch(`${service.url}/orders`, {method: 'POST', headers: {'idempotency-key': id}, signal})
const orders = async () => (await cluster.psql('SELECT reference FROM orders')).map(row => row['reference'] ?? '')

test('a primary that dies costs time, and no order', async () => {
  const report = await cluster.measure(
    async () => {
      await cluster.inject('kill-container', {target: 'primary'})
      await cluster.awaitHealthy()
    },
    {request: order, verify: orders, rate: 10, timeout: '60s'},
  )
  expect(report.requests.failed, report.toMarkdown()).toBe(0)
  expect(report).toHaveLostNothing()
  expect(report).toRecoverWithin('45s')
})

test('a standby that commits wait for costs time, and no order', async () => {
  const report = await cluster.measure(
    async () => {
      await cluster.inject('pause-container', {target: 'sync-standby'})
    },
    {request: order, verify: orders, rate: 10, timeout: '60s'},
  )
  expect(report.requests.failed, report.toMarkdown()).toBe(0)
  expect(report).toHaveLostNothing()
})
