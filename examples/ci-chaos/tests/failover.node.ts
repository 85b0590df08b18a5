// The same with node:test and plain assert. Run: npm run test:node
import assert from 'node:assert/strict'
import {test} from 'node:test'
import {PatroniCluster} from 'pg-highload-lab/testing'
import {startService, type Bug} from '../service.ts'

test('a primary that dies costs time, and no order', async () => {
  await using cluster = await new PatroniCluster({nodes: 2}).withMigrations('./migrations').start()
  const pool = cluster.router()
  const service = await startService(pool, process.env['BUG'] as Bug | undefined)
  try {
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
        verify: async () => (await cluster.psql('SELECT reference FROM orders')).map(row => row['reference'] ?? ''),
      },
    )
    assert.equal(report.requests.failed, 0, report.toMarkdown())
    assert.equal(report.writes.lost, 0)
    assert.equal(report.writes.duplicated, 0)
    assert.ok(report.rto.ms !== null && report.rto.ms < 45_000, `back after ${report.rto.ms} ms: ${report.rto.why}`)
  } finally {
    await service.close()
    await pool.end()
  }
})
