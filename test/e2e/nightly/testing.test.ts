// The library for other people's tests, on a real cluster: a good service survives a failover, a service with a bug is
// seen, a killed test leaves nothing that the next start does not take away. Invariant: no timed assertion. Not here:
// what goes wrong with a test (src/testing/*.test.ts), the example under its own runners (examples/ci-chaos).
import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {fileURLToPath} from 'node:url'
import pg from 'pg'
import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest'
import {startService, type Service} from '../../../examples/ci-chaos/service.ts'
import {matchers, PatroniCluster, type RequestContext, type StartedPatroniCluster} from '../../../src/testing/index.ts'
import {ownName} from '../../suite/run-name.ts'
import {labelled} from '../use-lab.ts'

const name = ownName('e2e-testing')
const killed = ownName('e2e-killed')
const migrations = fileURLToPath(new URL('../../examples/ci-chaos/migrations', import.meta.url))
const entry = new URL('../../src/testing/index.ts', import.meta.url).href
const progress: string[] = []

let cluster: StartedPatroniCluster
let pool: ReturnType<StartedPatroniCluster['router']>
let good: Service
const services: Service[] = []

/** A test process that is killed while its cluster runs. */
async function killedTest(): Promise<void> {
  const script = `const {PatroniCluster} = await import(${JSON.stringify(entry)})
await new PatroniCluster({nodes: 1}).withName(${JSON.stringify(killed)}).start()
console.log('it runs')
setInterval(() => undefined, 1_000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {stdio: ['ignore', 'pipe', 'inherit']})
  const ended = once(child, 'exit')
  const ran = once(child.stdout, 'data')
  await Promise.race([ran, ended])
  expect(child.exitCode, 'it ended before it ran').toBeNull()
  child.kill('SIGKILL')
  await ended
}

beforeAll(async () => {
  await killedTest()
  expect((await labelled(killed)).length).toBeGreaterThan(0)
  cluster = await new PatroniCluster({nodes: 2})
    .withName(name)
    .withMigrations(migrations)
    .withProgress(text => progress.push(text))
    .start()
  pool = cluster.router()
  good = await startService(pool)
  services.push(good)
})

afterAll(async () => {
  await Promise.all(services.map(async service => service.close()))
  await pool.end()
  await cluster.stop()
  await cluster.stop()
  expect(await labelled(name)).toEqual([])
})

beforeEach(async () => cluster.reset())

const orderOf =
  ({url}: Service) =>
  async ({id, signal}: RequestContext): Promise<Response> =>
    fetch(`${url}/orders`, {method: 'POST', headers: {'idempotency-key': id}, signal})
const orders = async (): Promise<readonly string[]> =>
  (await cluster.psql('SELECT reference FROM orders')).map(row => row['reference'] ?? '')

const {toHaveLostNothing, toRecoverWithin} = matchers

test('what a killed test left is found by the next start, and taken away', async () => {
  expect(progress[0]).toBe(`took away what killed tests left: ${killed}`)
  expect(await labelled(killed)).toEqual([])
})

test('a good service survives the death of the primary: no request fails, nothing is lost, the time is told', async () => {
  const before = await cluster.primary()
  const report = await cluster.measure(
    async () => {
      await cluster.inject('kill-container', {target: 'primary'})
      await cluster.awaitHealthy()
    },
    {request: orderOf(good), verify: orders, name: 'orders', rate: 10, timeout: '60s'},
  )
  expect([report.requests.failed, report.requests.firstError]).toEqual([0, null])
  expect(report.writes).toMatchObject({lost: 0, duplicated: 0})
  expect(report.checks.filter(({verdict}) => verdict === 'fail')).toEqual([])
  expect(report.rto.ms).not.toBeNull()
  expect(report.rto.parts.reduce((sum, {ms}) => sum + ms, 0)).toBe(report.rto.ms)
  // The failover was met, not missed.
  expect(report.rto.ms).toBeGreaterThan(1_000)
  expect(await cluster.primary()).not.toBe(before)
  expect(toHaveLostNothing.call({}, report)).toMatchObject({pass: true})
  expect(toRecoverWithin.call({}, report, '1ms').message()).toContain('where the time went')
  expect(report.toMarkdown()).toContain('orders')
  expect(report.toJunit()).toContain('<testsuite ')
  expect(report.toHtml()).toContain('<!doctype html>')
  expect(await orders()).not.toEqual([])
  await cluster.reset()
  expect(await orders()).toEqual([])
})

test('a service that knows one address and does not try again is seen to fail', async () => {
  const one = new pg.Pool({connectionString: cluster.connectionString()})
  one.on('error', () => undefined)
  const service = await startService(one, 'no-retry')
  services.push(service)
  const action = async (): Promise<void> => {
    await cluster.inject('kill-postgres', {target: 'primary'})
    await cluster.awaitHealthy()
  }
  const report = await cluster.measure(action, {request: orderOf(service), verify: orders}).finally(() => one.end())
  expect(report.requests.failed).toBeGreaterThan(0)
  expect(report.requests.firstError).toContain('503')
})

test('a service that sends again what may have been applied is seen to do it twice', async () => {
  const service = await startService(pool, 'blind-retry')
  services.push(service)
  // Commits hang until its word in the DCS is too old.
  const report = await cluster.measure(async () => cluster.inject('pause-container', {target: 'sync-standby'}), {
    request: orderOf(service),
    verify: orders,
    rate: 10,
    timeout: '60s',
  })
  expect(report.requests.failed).toBe(0)
  expect(report.writes.duplicated).toBeGreaterThan(0)
  expect(report.verdict).not.toBe('pass')
  expect(toHaveLostNothing.call({}, report).message()).toContain('more than once')
})
