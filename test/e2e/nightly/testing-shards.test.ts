// Shards in the hands of other people's tests, on real clusters: one shard fails over and the other goes on serving,
// the report is about that one, a reset takes back all of it. Invariant: no timed assertion. Not here: what goes wrong
// with a test (src/testing/*.test.ts).
import {afterAll, beforeAll, expect, test} from 'vitest'
import {ShardedLab, type RequestContext, type StartedShardedLab} from '../../../src/testing/index.ts'
import {RouterError} from '../../../src/router/index.ts'
import type {ShardedPool} from '../../../src/shards/index.ts'
import {ownName} from '../../suite/run-name.ts'
import {labelled, useFolder} from '../use-lab.ts'

const name = ownName('e2e-shards-of-tests')
const folder = useFolder('testing-shards')
let shards: StartedShardedLab
let pool: ShardedPool

beforeAll(async () => {
  shards = await new ShardedLab({shards: 2, nodes: 2}).withName(name).withRuns(folder).start()
  pool = shards.shardedPool({deadlineMs: 45_000, waitMs: 45_000})
  await pool.ready()
})

afterAll(async () => {
  await pool.end()
  await shards.stop()
  await shards.stop()
  expect(await labelled(name)).toEqual([])
})

/** Each request is a user of its own; its number is the key, and makes an insert one that may be sent again. */
const addUser = async ({number, signal}: RequestContext): Promise<number> => {
  const values = [number, `user-${number}@example.com`]
  for (;;) {
    try {
      await pool.query('INSERT INTO users (user_id, email) VALUES ($1, $2) ON CONFLICT DO NOTHING', values)
      return number
    } catch (error) {
      // The answer of one was cut off: nobody knows whether it was applied.
      signal.throwIfAborted()
      if (!(error instanceof RouterError)) throw error
    }
  }
}
const shardOf = async ({number}: RequestContext): Promise<string> => (await pool.forKey(number).place()).shard
const users = async (): Promise<readonly string[]> =>
  (await shards.psql('SELECT user_id FROM users')).map(row => row['user_id'] ?? '')

test('one shard fails over, the other one serves on, and the report is about the first', async () => {
  const before = [await shards.primary('s1'), await shards.primary('s2')]
  const report = await shards.measure(
    async () => {
      await shards.inject('kill-container', {shard: 's2', target: 'primary'})
      await shards.awaitHealthy()
    },
    {request: addUser, shardOf, verify: users, name: 'users', rate: 10, timeout: '60s', keep: 'always'},
  )
  expect(report.shard).toBe('s2')
  expect(report.checks.filter(({verdict}) => verdict === 'fail')).toEqual([])
  expect([report.requests.failed, report.requests.firstError]).toEqual([0, null])
  expect(report.writes).toMatchObject({lost: 0, duplicated: 0})
  expect(report.rto.ms).toBeGreaterThan(1_000)
  expect(report.checks.map(({name: check}) => check)).toContain('others-kept-serving')
  expect(await shards.primary('s1')).toBe(before[0])
  expect(await shards.primary('s2')).not.toBe(before[1])
  expect(report.folder).toContain(folder)
})

test('a reset takes back the rows of all shards, and the pool serves on', async () => {
  expect((await users()).length).toBeGreaterThan(0)
  await shards.reset()
  expect(await users()).toEqual([])
  await addUser({id: 'x', number: 7, signal: new AbortController().signal})
  expect(await users()).toEqual(['7'])
})

test('a handover of one shard moves its primary', async () => {
  const {from, to} = await shards.switchover('s1')
  expect(to).not.toBe(from)
  expect(await shards.primary('s1')).toBe(to)
})
