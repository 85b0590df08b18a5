// The proxies that stand between an application and one server, with their packages' own defaults wherever that is
// possible. Not here: the server (postgres.ts).
import {docker, startContainer, type Container} from './containers.ts'
import {port as serverPort, type Server} from './postgres.ts'
import {credentials, database} from './statements.ts'
import type {Undo} from './undo.ts'

export interface Proxy {
  readonly container: Container
  readonly host: string
  readonly port: number
  readonly version: string
}

const pgbouncerImage = 'hl-bench-pgbouncer:trixie'
/** Debian's package, on the base that the lab's images have. */
const pgbouncerDockerfile = `FROM debian:trixie-slim
RUN apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends pgbouncer && rm -rf /var/lib/apt/lists/*
`
const pgbouncerPort = 6_432
const pgpoolImage = 'hl-pgpool:4.6'
const pgpoolPort = 9_999

/** Transaction pooling, the reason to have it. Named statements are kept for each client, as of version 1.21. */
export async function startPgbouncer(server: Server, undo: Undo): Promise<Proxy> {
  await docker.text(['build', '-q', '-t', pgbouncerImage, '-'], {stdin: pgbouncerDockerfile, timeoutMs: 300_000})
  const container = await startContainer('pgbouncer', pgbouncerImage, undo)
  await container.write('/tmp/users.txt', `"${credentials.user}" "${credentials.password}"\n`)
  await container.write(
    '/tmp/pgbouncer.ini',
    `[databases]
${database} = host=${server.host} port=${serverPort}
[pgbouncer]
listen_addr = *
listen_port = ${pgbouncerPort}
unix_socket_dir =
pidfile = /tmp/pgbouncer.pid
logfile = /tmp/pgbouncer.log
auth_type = scram-sha-256
auth_file = /tmp/users.txt
pool_mode = transaction
max_prepared_statements = 200
`,
  )
  await container.exec('pgbouncer -q -d /tmp/pgbouncer.ini')
  return {
    container,
    host: container.host,
    port: pgbouncerPort,
    version: await versionOf(container, 'pgbouncer --version'),
  }
}

/**
 * It has session pooling only: one of its processes, and one connection to the server, for each connection of a client.
 */
export async function startPgpool(server: Server, undo: Undo): Promise<Proxy> {
  const container = await startContainer('pgpool', pgpoolImage, undo)
  await container.write('/tmp/pool_passwd', `${credentials.user}:TEXT${credentials.password}\n`)
  await container.write('/tmp/pool_hba.conf', 'host all all all scram-sha-256\n')
  await container.write(
    '/tmp/pgpool.conf',
    `
backend_clustering_mode = 'streaming_replication'
backend_hostname0 = '${server.host}'
backend_port0 = ${serverPort}
listen_addresses = '*'
port = ${pgpoolPort}
unix_socket_directories = '/tmp'
pcp_socket_dir = '/tmp'
pid_file_name = '/tmp/pgpool.pid'
logdir = '/tmp'
work_dir = '/tmp'
enable_pool_hba = on
pool_passwd = '/tmp/pool_passwd'
sr_check_user = '${credentials.user}'
sr_check_database = '${database}'
`,
  )
  await container.exec(
    'touch /tmp/pcp.conf; pgpool -f /tmp/pgpool.conf -F /tmp/pcp.conf -a /tmp/pool_hba.conf >/tmp/log 2>&1',
  )
  return {container, host: container.host, port: pgpoolPort, version: await versionOf(container, 'pgpool --version')}
}

async function versionOf(container: Container, command: string): Promise<string> {
  return /[\d.]+/.exec(await container.exec(`${command} 2>&1`))?.[0] ?? 'unknown'
}
