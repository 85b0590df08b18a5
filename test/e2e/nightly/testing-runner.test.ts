// What becomes of clusters when their test or its runner does not end as it should, under a real runner: a test that
// runs out of time in the middle of a fault, Ctrl-C, two starts of one name. Nothing is left behind, and the look that
// would find what is left is shown a leak of each kind. Invariant: no timed assertion. Not here: a killed worker
// (testing.test.ts).
import {spawn, type ChildProcess} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, symlinkSync, writeFileSync} from 'node:fs'
import {connect, createServer} from 'node:net'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import pg from 'pg'
import {describe, expect, onTestFinished, test} from 'vitest'
import {docker as localDocker} from '../../../src/lab/docker/local-docker.ts'
import {deadLabs} from '../../../src/lab/lifecycle/lab-owner.ts'
import {PatroniCluster} from '../../../src/testing/index.ts'
import {ownName} from '../../suite/run-name.ts'
import {temporaryFolder} from '../../temporary-folder.ts'
import {docker, labelled} from '../use-lab.ts'
import {leaksOf, openSockets} from '../testing-leaks.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** A folder with one test file that breaks its cluster, says so, and does not end. */
function stuckTest(name: string, testTimeoutMs: number): {readonly folder: string; readonly marker: string} {
  const folder = temporaryFolder('stuck')
  const marker = join(folder, 'broken')
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'vitest.config.ts'), `export default {test: {include: ['*.stuck.ts']}}`)
  writeFileSync(
    join(folder, 'a.stuck.ts'),
    `import {writeFileSync} from 'node:fs'
import {afterAll, beforeAll, test} from 'vitest'
import {PatroniCluster} from ${JSON.stringify(join(root, 'src/testing/index.ts'))}
let cluster
beforeAll(async () => (cluster = await new PatroniCluster({nodes: 2}).withName(${JSON.stringify(name)}).start()), 120_000)
afterAll(async () => cluster.stop(), 60_000)
test('hangs', async () => {
  await cluster.inject('pause-container', {target: 'primary'})
  writeFileSync(${JSON.stringify(marker)}, '')
  await new Promise(() => undefined)
}, ${testTimeoutMs})`,
  )
  return {folder, marker}
}

function vitest(folder: string): ChildProcess {
  const program = join(root, 'node_modules/vitest/vitest.mjs')
  const child = spawn(process.execPath, [program, 'run', '--root', folder], {stdio: 'ignore', cwd: folder})
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

test('one that runs out of time in the middle of a fault is red, and its cluster is gone', async () => {
  const name = ownName('e2e-stuck')
  const {folder, marker} = stuckTest(name, 20_000)
  const child = vitest(folder)
  const [code] = (await once(child, 'exit')) as [number | null]
  expect([code, existsSync(marker)]).toEqual([1, true])
  expect(await labelled(name)).toEqual([])
})

test('Ctrl-C in the middle of a fault: the next start takes away what is left', async () => {
  const name = ownName('e2e-cut')
  const {folder, marker} = stuckTest(name, 250_000)
  const child = vitest(folder)
  const ended = once(child, 'exit')
  await expect.poll(() => existsSync(marker), {timeout: 150_000}).toBe(true)
  child.kill('SIGINT')
  await Promise.race([ended, expect.poll(() => child.exitCode !== null, {timeout: 90_000}).toBe(true)])
  // A worker may live on for a moment when its runner is gone.
  await expect.poll(async () => deadLabs(localDocker), {timeout: 60_000}).toContain(name)
  await using next = await new PatroniCluster({nodes: 1}).withName(ownName('e2e-next')).start()
  expect(await next.primary()).toBe('pg1')
  expect(await labelled(name)).toEqual([])
})

test('of two starts of one name at the same moment one wins, and the other touches nothing', async () => {
  const name = ownName('e2e-twins')
  const starts = [1, 2].map(async () => new PatroniCluster({nodes: 1}).withName(name).start())
  const settled = await Promise.allSettled(starts)
  const won = settled.flatMap(one => (one.status === 'fulfilled' ? [one.value] : []))
  const lost = settled.flatMap(one => (one.status === 'rejected' ? [one.reason as unknown] : []))
  try {
    expect(won.length).toBe(1)
    expect(lost).toMatchObject([{code: 'LAB_BUSY'}])
    await expect(new PatroniCluster({nodes: 1}).withName(name).start()).rejects.toMatchObject({code: 'LAB_BUSY'})
    expect(await won[0]?.psql('SELECT 1 AS one')).toEqual([{one: '1'}])
  } finally {
    await Promise.all(won.map(async cluster => cluster.stop()))
  }
  expect(await labelled(name)).toEqual([])
})

describe('a cluster that was broken, measured and stopped', () => {
  const name = ownName('e2e-leaks')

  test('leaves no container, network, volume, port or connection; a planted one of each is seen', async () => {
    const before = openSockets()
    const cluster = await new PatroniCluster({nodes: 2}).withName(name).start()
    const said = await docker('ps', '--filter', `label=hl.lab=${name}`, '--format', '{{.Ports}}')
    const published = [...said.matchAll(/127\.0\.0\.1:(\d+)->/g)].map(match => Number(match[1]))
    expect(published.length).toBeGreaterThan(0)
    const look = async () => leaksOf({lab: name, ports: published, sockets: before})
    // While it runs everything of it is a leak.
    const pool = new pg.Pool({connectionString: cluster.connectionString()})
    await pool.query('SELECT 1')
    const running = await look()
    for (const kind of ['container', 'network', 'volume', 'port', 'connection'])
      expect(
        running.some(leak => leak.startsWith(kind)),
        kind,
      ).toBe(true)
    await pool.end()
    await cluster.measure(async () => cluster.inject('kill-container', {target: 'standby'}), {
      request: async () => (await cluster.psql('SELECT 1')).length,
      rate: 2,
      keep: 'never',
    })
    await cluster.stop()
    await expect.poll(look, {timeout: 20_000}).toEqual([])

    await docker('volume', 'create', '--label', `hl.lab=${name}`, `hl-${name}_planted`)
    await docker('network', 'create', '--label', `hl.lab=${name}`, `hl-${name}-planted`)
    await docker('create', '--label', `hl.lab=${name}`, '--name', `hl-${name}-planted`, 'hl-etcd:3.5')
    const server = createServer().listen(published[0], '127.0.0.1')
    await once(server, 'listening')
    const socket = connect(published[0] ?? 0, '127.0.0.1')
    await once(socket, 'connect')
    const planted = await look()
    socket.destroy()
    server.close()
    await docker('rm', `hl-${name}-planted`)
    await docker('network', 'rm', `hl-${name}-planted`)
    await docker('volume', 'rm', `hl-${name}_planted`)
    expect(planted.map(leak => leak.split(' ')[0])).toEqual(
      expect.arrayContaining(['container', 'network', 'volume', 'port', 'connection']),
    )
    await expect.poll(look, {timeout: 20_000}).toEqual([])
  })
})
