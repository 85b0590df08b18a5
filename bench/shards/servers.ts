// The servers of a run: two shards, and a third that has everything in one database, PostgreSQL's own ways to the two
// in another. Invariant: every way has the same rows, as set-up-sql.ts writes them. Not here: who asks them (ways.ts).
import {installSchema, writeMap} from '../../src/shards/index.ts'
import {docker} from '../router/containers.ts'
import {port, serverVersion, sql, startEmptyPrimary, usualImage, type Server} from '../router/postgres.ts'
import {credentials, database} from '../router/statements.ts'
import type {Undo} from '../router/undo.ts'
import {map, shardNames, type ShardName} from './keys.ts'
import {
  calledFunctionsSql,
  fdwSql,
  fenceSql,
  ofRemainder,
  ownedBy,
  plproxySql,
  rowsSql,
  tableNames,
  tablesSql,
  type Place,
} from './set-up-sql.ts'
import type {Sizes} from './sizes.ts'

export interface BenchServers {
  readonly shards: Readonly<Record<ShardName, Server>>
  /** Everything in one database, and in `fdw` nothing but ways to the two. */
  readonly whole: Server
  readonly versions: Readonly<Record<string, string>>
  /** Why there is no PL/Proxy; null: there is. */
  readonly withoutPlproxy: string | null
}

/** What foreign tables and PL/Proxy find on the shards' servers, and the clients on the third. */
export const fdwDatabase = 'fdw'
const plproxyImage = 'hl-bench-plproxy:17'
/** Debian's package, on the image that the servers have. */
const plproxyDockerfile = `FROM ${usualImage}
USER root
RUN apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends postgresql-17-plproxy && rm -rf /var/lib/apt/lists/*
`
/** All parts of a run are on the same servers. */
const lifeSeconds = 5_400

export async function startServers(undo: Undo, sizes: Sizes, tell: (text: string) => void): Promise<BenchServers> {
  tell('starting three servers')
  const withoutPlproxy = await buildPlproxy()
  const image = withoutPlproxy === null ? plproxyImage : usualImage
  const settings = {max_prepared_transactions: '100'}
  const [s1, s2, whole] = await Promise.all([
    startEmptyPrimary('s1', undo, {settings, lifeSeconds}),
    startEmptyPrimary('s2', undo, {settings, lifeSeconds}),
    startEmptyPrimary('whole', undo, {settings, lifeSeconds, image}),
  ])
  const shards = {s1, s2}
  tell(`rows of ${sizes.users} users`)
  await Promise.all([...shardNames.map(async name => fillShard(name, shards[name], sizes)), fillWhole(whole, sizes)])
  const servers = shardNames.map(name => ({
    name,
    query: async (text: string, values?: readonly unknown[]) => ({
      rows: [...(await sql(shards[name], text, values === undefined ? {} : {values}))],
    }),
  }))
  const [catalog] = servers
  if (catalog !== undefined) await writeMap(catalog.query, servers, map)
  const versions = await joinWays(shards, whole, withoutPlproxy === null)
  return {shards, whole, withoutPlproxy, versions: {PostgreSQL: await serverVersion(s1), ...versions}}
}

/** Null when it could be built. */
async function buildPlproxy(): Promise<string | null> {
  try {
    await docker.text(['build', '-q', '-t', plproxyImage, '-'], {stdin: plproxyDockerfile, timeoutMs: 300_000})
    return null
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    return `not available here (${text.split('\n').findLast(line => line.trim() !== '') ?? 'its image cannot be built'})`
  }
}

async function fillShard(name: ShardName, server: Server, sizes: Sizes): Promise<void> {
  await oneCoreEach(server)
  await installSchema(
    async text => {
      await sql(server, text)
      return {rows: []}
    },
    {writers: [credentials.user]},
  )
  await sql(server, tablesSql(credentials.user))
  await sql(server, fenceSql)
  await sql(server, rowsSql(sizes, ownedBy(name)))
  await sql(server, 'VACUUM ANALYZE')
  await sql(server, `CREATE DATABASE ${fdwDatabase}`)
  const inFdw = {database: fdwDatabase}
  await sql(server, tablesSql(credentials.user), inFdw)
  await sql(server, rowsSql(sizes, ofRemainder(shardNames.indexOf(name))), inFdw)
  await sql(server, calledFunctionsSql, inFdw)
  await sql(server, 'VACUUM ANALYZE', inFdw)
  await sql(server, 'CHECKPOINT')
}

async function fillWhole(server: Server, sizes: Sizes): Promise<void> {
  await oneCoreEach(server)
  await sql(server, tablesSql(credentials.user))
  await sql(server, rowsSql(sizes, 'true'))
  await sql(server, 'VACUUM ANALYZE')
  await sql(server, 'CHECKPOINT')
  await sql(server, `CREATE DATABASE ${fdwDatabase}`)
}

/** A leg that takes all cores by itself would leave none for the other, on a host with as few. */
async function oneCoreEach(server: Server): Promise<void> {
  await sql(server, `ALTER ROLE ${credentials.user} SET max_parallel_workers_per_gather = 0`)
}

/** From the third server to the two; gives the versions. */
async function joinWays(
  shards: BenchServers['shards'],
  whole: Server,
  hasPlproxy: boolean,
): Promise<Readonly<Record<string, string>>> {
  const inFdw = {database: fdwDatabase}
  const places: readonly Place[] = shardNames.map(name => ({host: shards[name].host, port, database: fdwDatabase}))
  await sql(whole, fdwSql(places, credentials), inFdw)
  // Without names ANALYZE leaves foreign tables out.
  await sql(whole, `ANALYZE ${tableNames.join(', ')}`, inFdw)
  if (!hasPlproxy) return {}
  await sql(whole, plproxySql(places, credentials), inFdw)
  const [row] = await sql<{version: string}>(
    whole,
    `SELECT extversion AS version FROM pg_extension WHERE extname = 'plproxy'`,
    inFdw,
  )
  return {'PL/Proxy': row?.version ?? 'unknown'}
}

export const wholeDatabase = database
