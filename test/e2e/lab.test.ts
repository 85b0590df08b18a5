// A lab from up to down: what it is, who is let in, who is not, and that nothing of it is left.
import {readFileSync, readdirSync} from 'node:fs'
import {createServer, type AddressInfo} from 'node:net'
import {join} from 'node:path'
import pg from 'pg'
import {describe, expect, onTestFinished, test} from 'vitest'
import type {ExplainAnswer} from '../../src/load/explain-answer.ts'
import type {LabEndpoints} from '../../src/model/ports.ts'
import {runHl} from '../run-hl.ts'
import {docker, labelled, useLab} from './use-lab.ts'

const lab = useLab('e2e-lab', {beside: ['busy']})
const busy = `${lab.name}-busy`
const services = ['pg1', 'pg2', 'pg3', 'etcd1', 'etcd2', 'etcd3', 'pgpool']

async function passwords(): Promise<Readonly<Record<string, string>>> {
  const text = await docker('exec', '-u', 'root', lab.container('pg1'), 'cat', '/run/hl-secrets/secrets.env')
  return Object.fromEntries(
    text
      .split('\n')
      .flatMap(line =>
        line.includes('=') ? [[line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]] : [],
      ),
  )
}

async function endpoints(): Promise<LabEndpoints> {
  return (await lab.json<{readonly endpoints: LabEndpoints}>('up')).result.endpoints
}

describe('what it is', () => {
  test('healthy: one primary, a sync standby, all streaming, etcd complete', async () => {
    const {state, settings} = await lab.healthy()
    expect(state.members.map(member => member.role).toSorted()).toEqual(['primary', 'standby', 'sync standby'])
    expect(settings).toMatchObject({
      synchronousMode: 'on',
      ttlS: 20,
      loopWaitS: 5,
      retryTimeoutS: 5,
      failsafeMode: false,
    })
  })

  test('data checksums and fsync are on', async () => {
    const {result} = await lab.json<{readonly rows: readonly object[]}>(
      'psql',
      "SELECT current_setting('data_checksums') AS checksums, current_setting('fsync') AS fsync",
    )
    expect(result.rows).toEqual([{checksums: 'on', fsync: 'on'}])
  })

  test('up again says that it was up', async () => {
    expect((await lab.json<{readonly did: string}>('up')).result.did).toBe('was up')
  })

  test('every object carries the label of the lab, and ports are bound to loopback only', async () => {
    const found = await labelled(lab.name)
    expect(found.length).toBeGreaterThanOrEqual(services.length + 1)
    for (const service of services) {
      const inspected = JSON.parse(await docker('inspect', lab.container(service))) as readonly [
        {
          readonly NetworkSettings: {
            readonly Ports: Readonly<Record<string, readonly {readonly HostIp: string}[] | null>>
          }
        },
      ]
      for (const bindings of Object.values(inspected[0].NetworkSettings.Ports))
        for (const {HostIp} of bindings ?? []) expect(HostIp, service).toBe('127.0.0.1')
    }
  })

  test('hl reaches it through its published ports too', async () => {
    // A status is what one moment shows, and a node that takes seconds to answer on a busy host counts as silent.
    const look = async (): Promise<unknown> => {
      const {exitCode, stdout} = await runHl(['status', '--check', '--json', '--lab', lab.name], {
        cwd: lab.cwd,
        env: {HL_REACH: 'published'},
      })
      return {exitCode, answer: JSON.parse(stdout) as unknown}
    }
    await expect.poll(look, {timeout: 60_000}).toMatchObject({exitCode: 0, answer: {ok: true, result: {problems: []}}})
  })

  test('logs of a node, and of an unknown one', async () => {
    expect((await lab.hl('logs', 'pg1', '--since', '1h')).stdout).toContain('database system is ready to accept')
    expect(await lab.hl('logs', 'pg9')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('NODE_UNKNOWN') as string,
    })
  })
})

describe('what its router would do', () => {
  const explain = async (statement: string, ...words: readonly string[]) =>
    (await lab.json<ExplainAnswer>('router', 'explain', statement, ...words)).result

  test('reads go to a standby, what may write and what must be up to date to the primary, and nothing is run', async () => {
    // On a busy host a standby may not have answered yet, and the primary serves.
    await expect
      .poll(async () => explain('SELECT count(*) FROM hl.ledger'), {timeout: 60_000})
      .toMatchObject({kind: 'read', by: 'parser', role: 'standby'})
    expect(await explain('CREATE TABLE public.never (x int)')).toMatchObject({kind: 'write', role: 'primary'})
    expect(await explain('/* hl: primary */ SELECT 1')).toMatchObject({kind: 'read', by: 'hint', role: 'primary'})
    expect(await explain('SELECT 1', '--consistency', 'strict')).toMatchObject({kind: 'read', role: 'primary'})
    const {result} = await lab.json<{readonly rows: readonly object[]}>(
      'psql',
      "SELECT to_regclass('public.never') IS NULL AS absent",
    )
    expect(result.rows).toEqual([{absent: 't'}])
  })

  test('equals are drawn, and every member is accounted for', async () => {
    const {nodes, times} = await explain('SELECT 1', '--repeat', '20')
    expect(nodes.map(({node}) => node)).toEqual(['pg1', 'pg2', 'pg3'])
    expect(nodes.reduce((sum, {chosen}) => sum + chosen, 0)).toBe(times)
  })

  test('what PostgreSQL does not understand, and a token that is none, are wrong usage', async () => {
    expect(await lab.hl('router', 'explain', 'SELEC 1')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('syntax error') as string,
    })
    expect(await lab.hl('router', 'explain', 'SELECT 1', '--after-token', 'yesterday')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('no token') as string,
    })
  })
})

describe('who is let in', () => {
  const connect = async (user: string, password: string, node = 'pg1'): Promise<pg.Client> => {
    const {postgres} = await endpoints()
    const client = new pg.Client({...postgres[node], user, password, database: 'hl', connectionTimeoutMillis: 20_000})
    client.on('error', () => undefined)
    await client.connect()
    onTestFinished(async () => client.end())
    return client
  }

  test('the application writes rows but makes no tables; the read-only role reads; monitoring sees statistics', async () => {
    const {
      state: {primary},
    } = await lab.healthy()
    const secrets = await passwords()
    const app = await connect('hl_app', secrets['APP_PASSWORD'] ?? '', primary ?? 'pg1')
    await expect(app.query('CREATE TABLE public.mine (x int)')).rejects.toMatchObject({code: '42501'})
    await expect(app.query('CREATE TEMP TABLE mine (x int)')).rejects.toMatchObject({code: '42501'})
    const reader = await connect('hl_readonly', secrets['READONLY_PASSWORD'] ?? '', primary ?? 'pg1')
    await expect(reader.query('SELECT count(*) FROM hl.ledger')).resolves.toMatchObject({rowCount: 1})
    await expect(reader.query('DELETE FROM hl.ledger')).rejects.toMatchObject({code: '42501'})
    const monitoring = await connect('hl_monitoring', secrets['MONITORING_PASSWORD'] ?? '', primary ?? 'pg1')
    await expect(monitoring.query('SELECT * FROM pg_stat_replication')).resolves.toBeDefined()
  })

  test.each([
    ['hl_app', 'wrong'],
    ['postgres', 'SUPERUSER_PASSWORD'],
    ['nobody', 'guess'],
  ])('%s with %s is refused', async (user, secret) => {
    const password = (await passwords())[secret] ?? secret
    await expect(connect(user, password)).rejects.toThrow(
      /authentication failed|pg_hba.conf|no PostgreSQL user name|rejects/,
    )
  })
})

describe('bad luck', () => {
  test('an unknown node, and a switchover nobody confirmed, change nothing', async () => {
    expect(await lab.hl('switchover', '--to', 'pg9', '--yes')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('NODE_UNKNOWN') as string,
    })
    expect(await lab.hl('switchover')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('CONFIRMATION_MISSING') as string,
    })
    expect(await lab.hl('down', '--volumes')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('CONFIRMATION_MISSING') as string,
    })
  })

  test('a busy port is named before anything is made', async () => {
    const server = createServer()
    // One that nobody else has; it is the first of the block.
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    const {port} = server.address() as AddressInfo
    const {exitCode, stderr} = await runHl(['up', '--lab', busy, '--port-base', String(port - 1)], {cwd: lab.cwd})
    server.close()
    expect(stderr).toContain('PORT_IN_USE')
    expect(stderr).toContain(`port ${port} `)
    expect(exitCode).toBe(4)
    expect(await labelled(busy)).toEqual([])
  })

  test('faults by hand: inject, see it, heal it', async () => {
    const injected = await lab.json<{readonly evidence: string; readonly targets: readonly string[]}>(
      'faults',
      'inject',
      'pause-container',
      '--node',
      'standby',
    )
    expect(injected.result.evidence).toContain(injected.result.targets[0] ?? 'no target')
    const status = await lab.hl('status', '--check')
    expect(status.exitCode).toBe(4)
    expect(status.stdout).toContain('paused')
    expect((await lab.hl('failover', '--scenario', 'primary-crash', '--dry-run')).stderr).toContain('LAB_UNHEALTHY')
    const healed = await lab.json<{readonly did: readonly string[]}>('faults', 'heal', '--all')
    expect(healed.result.did.join()).toContain('unpaused')
    await lab.healthy()
  })
})

test('a planned switchover moves the primary where it was asked to', async () => {
  const {state} = await lab.healthy()
  const to = state.syncStandbys[0] ?? 'none'
  const {result} = await lab.json<{readonly from: string; readonly to: string}>('switchover', '--to', to, '--yes')
  expect(result).toMatchObject({from: state.primary, to})
})

test('no password is in a log, a report, an inspection, an argument or an environment', async () => {
  const {result: report} = await lab.failover('no-fault')
  const secrets = Object.entries(await passwords())
    .filter(([name]) => name.endsWith('_PASSWORD'))
    .map(([, value]) => value)
  expect(secrets.length).toBeGreaterThanOrEqual(10)
  const folder = report.files['folder'] ?? ''
  const stored = readdirSync(join(lab.cwd, folder), {recursive: true, withFileTypes: true})
    .filter(entry => entry.isFile())
    .map(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
  const inspected = await Promise.all(services.map(async service => docker('inspect', lab.container(service))))
  const logs = await Promise.all(services.map(async service => docker('logs', lab.container(service))))
  const processes = await Promise.all(
    services.map(async service =>
      docker(
        'exec',
        '-u',
        'root',
        lab.container(service),
        'sh',
        '-c',
        'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n"; true',
      ),
    ),
  )
  const everything = [...stored, ...inspected, ...logs, ...processes].join('\n')
  expect(everything).toContain('pg1')
  for (const secret of secrets) expect(everything.includes(secret)).toBe(false)
  const mode = await docker(
    'exec',
    '-u',
    'root',
    lab.container('pg1'),
    'stat',
    '-c',
    '%a %U',
    '/run/hl-secrets/secrets.env',
  )
  expect(mode.trim()).toBe('600 root')
})
