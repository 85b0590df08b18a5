// A cluster with an archive in the hands of other people's tests: backed up, restored in its place and beside it; a
// measurement that failed leaves its folder, a scenario runs on the cluster, a handover is seen. Invariant: no timed
// assertion.
import {existsSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import pg from 'pg'
import {afterAll, beforeAll, expect, test} from 'vitest'
import {PatroniCluster, type StartedPatroniCluster} from '../../../src/testing/index.ts'
import {judgeStored} from '../../../src/experiment/store/stored-report.ts'
import {ownName} from '../../suite/run-name.ts'
import {labelled, useFolder} from '../use-lab.ts'

const name = ownName('e2e-testing-archive')
const folder = useFolder('testing-recovery')
let cluster: StartedPatroniCluster

beforeAll(async () => {
  cluster = await new PatroniCluster({nodes: 2}).withName(name).withArchive().withRuns(folder).start()
  await cluster.psql('CREATE TABLE notes (id text PRIMARY KEY)', {as: 'hl_migrations'})
  await cluster.psql("INSERT INTO notes VALUES ('first')")
})

afterAll(async () => {
  await cluster.stop()
  expect(await labelled(name)).toEqual([])
})

const notes = async (of = cluster): Promise<readonly string[]> =>
  (await of.psql('SELECT id FROM notes ORDER BY id')).map(row => row['id'] ?? '')

test('a table that was dropped is back, with all that was in it', async () => {
  const {kind} = await cluster.backup()
  expect(kind).toBe('full')
  await cluster.psql("INSERT INTO notes VALUES ('second')")
  await cluster.psql('DROP TABLE notes')
  const done = await cluster.restore({beforeDrop: 'public.notes'})
  expect(done.beforeXid).not.toBeNull()
  expect(done.checks.length).toBeGreaterThan(0)
  expect(await notes()).toEqual(['first', 'second'])
  const pool = new pg.Pool({connectionString: cluster.connectionString()})
  expect((await pool.query('SELECT count(*)::int AS n FROM notes')).rows).toEqual([{n: 2}])
  await pool.end()
})

test('a restore beside it leaves it alone', async () => {
  await cluster.psql("INSERT INTO notes VALUES ('third')")
  const beside = await cluster.restoreBeside('latest')
  try {
    expect(await notes(beside)).toEqual(['first', 'second', 'third'])
    await beside.psql('DELETE FROM notes')
    expect(await notes()).toEqual(['first', 'second', 'third'])
  } finally {
    await beside.stop()
  }
  expect(await labelled(beside.name)).toEqual([])
})

test('a target that cannot be reached is refused, and nothing is replaced', async () => {
  await expect(cluster.restore({to: '2001-01-01T00:00:00Z'})).rejects.toMatchObject({code: 'TARGET_UNREACHABLE'})
  expect((await notes()).length).toBe(3)
})

test('a measurement that failed leaves its folder, and its error says where', async () => {
  // A busy host is slow to connect, which is none of this test's business.
  const pool = cluster.router({connectTimeoutMs: 10_000, waitMs: 40_000})
  const error = new Error('what the test expected')
  const failing = cluster.measure(
    async () => {
      await cluster.inject('kill-container', {target: 'standby'})
      throw error
    },
    {
      request: async ({id}) => (await pool.query('INSERT INTO notes VALUES ($1)', [id])).rowCount,
      rate: 5,
      timeout: '60s',
    },
  )
  await expect(failing).rejects.toBe(error)
  await pool.end()
  const path = / is in (\S+)$/.exec(error.message)?.[1] ?? ''
  expect(path).toContain(folder)
  for (const file of ['report.html', 'report.md', 'junit.xml', 'history.ndjson', 'logs/pg1.log', 'logs/etcd1.log'])
    expect(existsSync(join(path, file)), file).toBe(true)
  expect(readFileSync(join(path, 'logs/pg1.log'), 'utf8')).toContain('patroni')
  expect(judgeStored(folder, path.slice(folder.length + 1)).verdict).not.toBe('pass')
  await cluster.awaitHealthy()
})

test('a handover and a scenario run on it', async () => {
  const {from, to} = await cluster.switchover()
  expect([await cluster.primary(), to !== from]).toEqual([to, true])
  const report = await cluster.run('switchover')
  // How it came out is a matter of the host; that it ran is not.
  expect([report.scenario, report.through, report.checks.length > 0]).toEqual(['switchover', 'router', true])
  expect(report.files['folder']).toContain(folder)
  await cluster.awaitHealthy()
})

test('one that is reused is taken as it is, and left', async () => {
  const again = await new PatroniCluster({nodes: 2}).withName(name).withArchive().withReuse().start()
  expect((await notes(again)).length).toBeGreaterThan(2)
  await again.stop()
  expect((await notes()).length).toBeGreaterThan(2)
})
