// PostgreSQL servers as they are out of the box: on disk, with fsync, no setting but listen_addresses, and WAL kept for
// standbys. One primary, streaming standbys, tables with rows in them.
// Not here: proxies in front of them (proxies.ts), who breaks them when (three-servers.ts).
import pg from 'pg'
import {startContainer, type Container} from './containers.ts'
import {accountCount, credentials, database} from './statements.ts'
import type {Undo} from './undo.ts'

export const usualImage = 'hl-postgres:17'
export const port = 5_432

export interface Server {
  readonly container: Container
  readonly host: string
  /** As the router calls it. */
  readonly node: string
}

type ServerSettings = Readonly<Record<string, string>>

const usualSettings: ServerSettings = {wal_keep_size: '256MB'}

const initScript = (settings: ServerSettings): string => `
initdb -D /pg/data -A trust --no-sync --no-instructions --locale C.UTF-8 --set listen_addresses='*' ${Object.entries(
  settings,
)
  .map(([name, value]) => `--set ${name}='${value}'`)
  .join(' ')} >/dev/null
printf 'local all all trust\\nhost all,replication postgres samenet trust\\nhost all all all scram-sha-256\\n' >/pg/data/pg_hba.conf`
const startScript = 'pg_ctl -D /pg/data -l /pg/log -w -t 60 start >/dev/null || { tail -n 20 /pg/log >&2; exit 1; }'

const schema = `
CREATE TABLE accounts (id int PRIMARY KEY, version bigint NOT NULL DEFAULT 0, balance int NOT NULL, filler text NOT NULL);
INSERT INTO accounts SELECT id, 0, 0, repeat('x', 80) FROM generate_series(1, ${accountCount}) AS id;
CREATE TABLE entries (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account int NOT NULL, amount int NOT NULL, at timestamptz NOT NULL DEFAULT now());`

/** How a server is started that is not as usual. */
export interface ServerWish {
  readonly image?: string
  /** Beside listen_addresses. */
  readonly settings?: ServerSettings
  readonly lifeSeconds?: number
}

const psql = `psql -qX -v ON_ERROR_STOP=1`

/** One primary with the role and an empty database. */
export async function startEmptyPrimary(service: string, undo: Undo, wish: ServerWish = {}): Promise<Server> {
  const server = await startMachine(service, undo, wish)
  await server.container.exec(`${initScript(wish.settings ?? usualSettings)}
    ${startScript}
    ${psql} -c "CREATE ROLE ${credentials.user} LOGIN PASSWORD '${credentials.password}'" -c 'CREATE DATABASE ${database} OWNER ${credentials.user}'`)
  return server
}

export async function startPrimary(undo: Undo): Promise<Server> {
  const server = await startEmptyPrimary('pg1', undo)
  await server.container.exec(`
    ${psql} -d ${database} -c 'SET ROLE ${credentials.user}' -c "${schema}"
    ${psql} -d ${database} -c 'VACUUM ANALYZE' -c CHECKPOINT`)
  return server
}

export async function startStandby(service: string, primary: Server, undo: Undo): Promise<Server> {
  const server = await startMachine(service, undo)
  const from = `host=${primary.host} port=${port} user=postgres application_name=${service}`
  await server.container.exec(`pg_basebackup -D /pg/data -d '${from}' -c fast -R; ${startScript}`)
  return server
}

async function startMachine(service: string, undo: Undo, wish: ServerWish = {}): Promise<Server> {
  const container = await startContainer(service, wish.image ?? usualImage, undo, wish.lifeSeconds)
  await container.exec('chown postgres:postgres /pg', 'root')
  return {container, host: container.host, node: `${container.host}:${port}`}
}

/** SIGKILL to all processes at once; connections are refused from then on. */
export async function killServer({container}: Server): Promise<void> {
  await container.exec(
    "timeout 10 sh -c 'pkill -KILL -u postgres -x postgres; while pgrep -u postgres -x postgres >/dev/null; do :; done'",
    'root',
  )
}

export async function startServer({container}: Server): Promise<void> {
  await container.exec(startScript)
}

/** One statement as superuser, on a connection of its own; several in one text, without values, are one transaction. */
export async function sql<Row extends pg.QueryResultRow>(
  server: Server,
  text: string,
  {values, database: name = database}: {readonly values?: readonly unknown[]; readonly database?: string} = {},
): Promise<readonly Row[]> {
  const client = new pg.Client({
    host: server.host,
    port,
    user: 'postgres',
    database: name,
    connectionTimeoutMillis: 5_000,
  })
  await client.connect()
  try {
    return (await client.query<Row>(text, values === undefined ? undefined : [...values])).rows
  } finally {
    await client.end()
  }
}

export async function serverVersion(server: Server): Promise<string> {
  return (
    (await sql<{server_version: string}>(server, 'SHOW server_version'))[0]?.server_version.split(' ')[0] ?? 'unknown'
  )
}
