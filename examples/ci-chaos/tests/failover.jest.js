// The same with jest, in JavaScript. Run: npm run test:jest
import {afterAll, beforeAll, expect, test} from '@jest/globals'
import {matchers, PatroniCluster} from 'pg-highload-lab/testing'
import {startService} from '../service.ts'

expect.extend(matchers)
let cluster
let pool
let service

beforeAll(async () => {
  cluster = await new PatroniCluster({nodes: 2}).withMigrations('./migrations').start()
  pool = cluster.router()
  service = await startService(pool, process.env.BUG)
}, 180_000)
afterAll(async () => {
  await service?.close()
  await pool?.end()
  await cluster?.stop()
})

test('a primary that dies costs time, and no order', async () => {
  const report = await cluster.measure(
    async () => {
      await cluster.inject('kill-container', {target: 'primary'})
      await cluster.awaitHealthy()
    },
    {
      request: ({id, signal}) =>
        fetch(`${service.url}/orders`, {method: 'POST', headers: {'idempotency-key': id}, signal}),
      rate: 10,
      timeout: '60s',
      verify: async () => (await cluster.psql('SELECT reference FROM orders')).map(row => row.reference),
    },
  )
  expect(report.requests.failed).toBe(0)
  expect(report).toHaveLostNothing()
  expect(report).toRecoverWithin('45s')
})
