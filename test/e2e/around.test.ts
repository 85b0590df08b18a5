// What is around the clusters of a lab: what somebody without a password or a certificate may call there, from the
// host and from the lab's own network, and what is seen of it when it stands half-way.
import {execFile} from 'node:child_process'
import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'
import {afterAll, describe, expect, test} from 'vitest'
import {temporaryFolder} from '../temporary-folder.ts'
import {docker, useLab} from './use-lab.ts'

const entry = fileURLToPath(new URL('../../bin/hl.js', import.meta.url))
const lab = useLab('e2e-around', {up: ['--archive', 'command']})

/** Of one call: the status of an HTTP answer, how a program ended, or none: nobody answered. */
type Outcome = number | 'none' | 'let in' | 'refused'

interface Call {
  readonly to: string
  readonly how: 'http' | 'https' | 'psql' | 'ssh'
  readonly port: number
  readonly method?: string
  readonly path?: string
  readonly user?: string
  readonly password?: string
  readonly database?: string
}

/** What a stranger has: the client programs, and no secret. */
const asking = `
import json, os, ssl, subprocess, sys, urllib.error, urllib.request
trusting = ssl._create_unverified_context()
def http(call):
    url = '%s://%s:%d%s' % (call['how'], call['to'], call['port'], call['path'])
    body = None if call['method'] == 'GET' else b'{}'
    request = urllib.request.Request(url, body, {'Content-Type': 'application/json'}, method=call['method'])
    try:
        # Patroni answers, however busy the host is; nobody else does.
        bound = 30 if call['port'] == 8008 else 5
        return urllib.request.urlopen(request, timeout=bound, context=trusting).status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 'none'
def program(argv, env):
    ended = subprocess.run(argv, env={**os.environ, **env}, capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
    return 'let in' if ended.returncode == 0 else 'refused'
def psql(call):
    target = 'host=%s port=%d user=%s dbname=%s connect_timeout=30 %s' % (
        call['to'], call['port'], call['user'], call.get('database', 'hl'), call.get('options', ''))
    replication = call.get('database') == 'replication'
    if replication:
        target = target.replace('dbname=replication', 'replication=true')
    return program(['psql', '-wAtc', 'IDENTIFY_SYSTEM' if replication else 'SELECT 1', target],
                   {'PGPASSWORD': call.get('password', '')})
def ssh(call):
    return program(['ssh', '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=no', '-o', 'ConnectTimeout=5',
                    'postgres@' + call['to'], 'true'], {})
ways = {'http': http, 'https': http, 'psql': psql, 'ssh': ssh}
print(json.dumps([ways[call['how']](call) for call in json.load(open('/calls.json'))]))
`
const folder = temporaryFolder('stranger', afterAll)
writeFileSync(join(folder, 'ask.py'), asking)

const addresses = new Map<string, string>()
async function addressOf(service: string): Promise<string> {
  const known = addresses.get(service)
  if (known !== undefined) return known
  const networks = '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'
  const address = (await docker('inspect', '-f', networks, lab.container(service))).trim()
  addresses.set(service, address)
  return address
}

/** As a process of the host, which comes into the lab's network through its gateway; or as a neighbour in it. */
async function outcomes(from: 'host' | 'network', calls: readonly Call[]): Promise<readonly Outcome[]> {
  const addressed = await Promise.all(calls.map(async call => ({...call, to: await addressOf(call.to)})))
  const container = ['-i', '--rm', '--network', from === 'host' ? 'host' : `hl-${lab.name}_lab`]
  const file = join(folder, `${from}-${calls[0]?.how ?? 'none'}-${calls.length}.json`)
  writeFileSync(file, JSON.stringify(addressed))
  const mounts = ['-v', `${folder}/ask.py:/ask.py:ro`, '-v', `${file}:/calls.json:ro`]
  const words = ['--label', `hl.try=${lab.name}`, '--entrypoint', 'python3', 'hl-postgres:17', '/ask.py']
  return JSON.parse(await docker('run', ...container, ...mounts, ...words)) as readonly Outcome[]
}

/** Every call of etcd's API, of its peers and of what it tells beside it. */
const etcdPaths: readonly (readonly [number, string, string])[] = [
  ...['/version', '/health', '/metrics', '/debug/vars', '/config/local/log'].map(path => [2379, 'GET', path] as const),
  ...[
    'kv/range',
    'kv/put',
    'kv/deleterange',
    'kv/txn',
    'kv/compaction',
    'watch',
    'lease/grant',
    'lease/revoke',
    'lease/keepalive',
    'lease/timetolive',
    'lease/leases',
    'cluster/member/add',
    'cluster/member/remove',
    'cluster/member/update',
    'cluster/member/list',
    'cluster/member/promote',
    'maintenance/alarm',
    'maintenance/status',
    'maintenance/defragment',
    'maintenance/hash',
    'maintenance/hashkv',
    'maintenance/snapshot',
    'maintenance/transfer-leadership',
    'maintenance/downgrade',
    'auth/enable',
    'auth/disable',
    'auth/status',
    'auth/authenticate',
    'auth/user/add',
    'auth/user/list',
    'auth/user/delete',
    'auth/user/changepw',
    'auth/role/add',
    'auth/role/list',
    'election/campaign',
    'election/leader',
    'lock/lock',
  ].map(path => [2379, 'POST', `/v3/${path}`] as const),
  ...['/members', '/version', '/raft/probing', '/downgrade/enabled'].map(path => [2380, 'GET', path] as const),
  [2380, 'POST', '/raft'],
  [2381, 'GET', '/version'],
  [2381, 'POST', '/v3/maintenance/status'],
]

const patroniChanges: readonly (readonly [string, string])[] = [
  ['PATCH', '/config'],
  ['PUT', '/config'],
  ['POST', '/reload'],
  ['POST', '/restart'],
  ['DELETE', '/restart'],
  ['POST', '/reinitialize'],
  ['POST', '/failover'],
  ['POST', '/switchover'],
  ['DELETE', '/switchover'],
  ['POST', '/failsafe'],
  ['POST', '/citus'],
]

const roles = [
  'postgres',
  'hl_app',
  'hl_readonly',
  'hl_monitoring',
  'hl_migrations',
  'hl_backup',
  'replicator',
  'rewind',
]

describe.each(['host', 'network'] as const)('somebody without a secret, from the %s', from => {
  test('gets no answer of etcd, whatever is asked, in plain or over TLS', async () => {
    const calls = etcdPaths.flatMap(([port, method, path]): readonly Call[] =>
      (['http', 'https'] as const).map(how => ({to: 'etcd1', how, port, method, path})),
    )
    const said = await outcomes(from, calls)
    // 400 is the word of a TLS listener to somebody who speaks plain HTTP.
    const answered = calls.filter((_call, index) => said[index] !== 'none' && said[index] !== 400)
    expect([said.length, answered]).toEqual([calls.length, []])
  })

  test('reads what Patroni tells everybody, and changes nothing', async () => {
    const reads = ['/patroni', '/cluster', '/history', '/config', '/metrics', '/liveness'].map(
      path => ({to: 'pg1', how: 'http', port: 8008, method: 'GET', path}) as const,
    )
    const changes = patroniChanges.map(
      ([method, path]) => ({to: 'pg1', how: 'http', port: 8008, method, path}) as const,
    )
    // What a Citus coordinator would be told: everybody may say it, and without Citus nobody listens.
    const mpp = {to: 'pg1', how: 'http', port: 8008, method: 'POST', path: '/mpp'} as const
    const said = await outcomes(from, [...reads, ...changes, mpp])
    expect(said).toEqual([...reads.map(() => 200), ...changes.map(() => 401), 400])
  })

  test('is let in neither by PostgreSQL nor by pgpool nor by the archive', async () => {
    const calls: readonly Call[] = [
      ...roles.flatMap((user): readonly Call[] => [
        {to: 'pg1', how: 'psql', port: 5432, user},
        {to: 'pg1', how: 'psql', port: 5432, user, database: 'replication'},
        {to: 'pgpool', how: 'psql', port: 9999, user},
      ]),
      {to: 'pgpool', how: 'psql', port: 9898, user: 'hl'},
      {to: 'archive', how: 'ssh', port: 22},
    ]
    expect(await outcomes(from, calls)).toEqual(calls.map(() => 'refused'))
  })
})

test('the password of a role that replicates is good in the network of the lab only', async () => {
  const file = await docker('exec', '-u', 'root', lab.container('pg1'), 'cat', '/run/hl-secrets/secrets.env')
  const password = (name: string): string => new RegExp(`^${name}_PASSWORD=(.*)$`, 'm').exec(file)?.[1] ?? ''
  const calls: readonly Call[] = [
    {
      to: 'pg1',
      how: 'psql',
      port: 5432,
      user: 'replicator',
      database: 'replication',
      password: password('REPLICATION'),
    },
    {to: 'pg1', how: 'psql', port: 5432, user: 'rewind', database: 'postgres', password: password('REWIND')},
    {to: 'pg1', how: 'psql', port: 5432, user: 'hl_app', password: password('APP')},
  ]
  expect(await outcomes('host', calls)).toEqual(['refused', 'refused', 'let in'])
  expect(await outcomes('network', calls)).toEqual(['let in', 'let in', 'let in'])
})

describe('what stands half-way is told by status and doctor, with what mends it', () => {
  const said = async (): Promise<string> => {
    const [status, doctor] = [await lab.hl('status', '--check'), await lab.hl('doctor')]
    return status.exitCode === 0 ? 'healthy' : `${status.stdout}\n${doctor.stdout}`
  }
  const healthy = async (): Promise<void> =>
    expect.poll(async () => (await lab.hl('status', '--check')).exitCode, {timeout: 90_000}).toBe(0)

  test.each(['pause', 'stop'])('an archive: docker %s', async deed => {
    await docker(deed, lab.container('archive'))
    const text = await said()
    expect(text.match(/archive is (paused|stopped): no WAL is archived/g)).toHaveLength(2)
    expect(text).toContain(`hl up --lab ${lab.name}`)
    expect((await lab.hl('up')).exitCode).toBe(0)
    await healthy()
  })

  test('an archive_command that fails for ever', async () => {
    await docker('exec', lab.container('archive'), 'sh', '-c', 'chmod 0500 /archive/*/wal')
    await lab.hl('psql', 'CREATE TABLE public.x AS SELECT 1; SELECT pg_switch_wal()')
    await expect.poll(said, {timeout: 90_000}).toMatch(/problem: archiving fails on pg\d/)
    expect(await said()).toContain('the archive cannot be written')
    await docker('exec', lab.container('archive'), 'sh', '-c', 'chmod 0700 /archive/*/wal')
    // After three failures the archiver rests for a minute; a new segment wakes it.
    await lab.hl('psql', 'CREATE TABLE public.y AS SELECT 1; SELECT pg_switch_wal()')
    await healthy()
  })

  test('an alarm of etcd', async () => {
    const status = await docker('exec', lab.container('etcd1'), 'etcdctl', 'endpoint', 'status', '-w', 'json')
    const member = /"member_id":(\d+)/.exec(status)?.[1] ?? ''
    const body = `{"action":"ACTIVATE","memberID":"${member}","alarm":"NOSPACE"}`
    const raise = `exec 3<>/dev/tcp/127.0.0.1/2381; printf 'POST /v3/maintenance/alarm HTTP/1.0\\r\\nContent-Length: ${body.length}\\r\\n\\r\\n%s' '${body}' >&3; cat <&3`
    await docker('exec', lab.container('etcd1'), 'bash', '-c', raise)
    const text = await said()
    expect(text.match(/etcd has the alarm NOSPACE/g)).toHaveLength(2)
    expect(text).toContain('hl faults heal --all')
    expect((await lab.hl('faults', 'heal', '--all')).exitCode).toBe(0)
    await healthy()
  })

  test('a container that a cut-off command left', async () => {
    const left = `hl-${lab.name}-restore`
    await docker('create', '--name', left, '--label', `hl.lab=${lab.name}`, '--network', 'none', 'hl-postgres:17')
    const text = await said()
    expect(text.match(new RegExp(`${left} is left of a command that was cut off`, 'g'))).toHaveLength(2)
    expect(text).toContain(`docker rm -f ${left}`)
    await docker('rm', '-f', left)
    await healthy()
  })
})

test('a status that goes on ends when nobody reads it any more', async () => {
  const words = ['status', '--watch', '--lab', lab.name].join(' ')
  const ended = await promisify(execFile)('sh', ['-c', `"${process.execPath}" "${entry}" ${words} | head -n 3`], {
    cwd: lab.cwd,
    timeout: 200_000,
  })
  expect(ended.stdout).toContain(lab.name)
  expect(ended.stderr).toBe('')
})
