// The two servers of a run, each a shard with half of the users, and a move between them as the library has it. The
// groups that move are a quarter of all. Not here: what is measured (copying.ts, pausing.ts).
import {
  finishMove,
  installSchema,
  startMove,
  writeMap,
  type MoveCluster,
  type MoveLimits,
  type MoveProgress,
} from '../../src/shards/index.ts'
import {port, serverVersion, sql, startEmptyPrimary, type Server} from '../router/postgres.ts'
import {credentials, database} from '../router/statements.ts'
import type {Undo} from '../router/undo.ts'
import {map, shardNames, type ShardName} from '../shards/keys.ts'
import {fenceSql, ownedBy, rowsSql, tablesSql} from '../shards/set-up-sql.ts'
import type {Sizes} from '../shards/sizes.ts'

export interface Pair {
  readonly servers: Readonly<Record<ShardName, Server>>
  readonly cluster: MoveCluster
  readonly versions: Readonly<Record<string, string>>
}

/** Half of what s1 has at first. */
export const movingGroups: readonly number[] = map.groupsOf('s1').slice(0, 16)

const settings = {
  wal_level: 'logical',
  max_prepared_transactions: '100',
  max_replication_slots: '20',
  max_wal_senders: '20',
  max_wal_size: '4GB',
}
const lifeSeconds = 5_400

export const conninfoOf = ({host}: Server): string => `host=${host} port=${port} user=postgres dbname=${database}`

export async function startPair(undo: Undo, sizes: Sizes, tell: (text: string) => void): Promise<Pair> {
  tell('starting two servers')
  const [s1, s2] = await Promise.all(shardNames.map(name => startEmptyPrimary(name, undo, {settings, lifeSeconds})))
  if (s1 === undefined || s2 === undefined) throw new Error('two servers')
  const servers = {s1, s2}
  tell(`rows of ${sizes.users} users`)
  await Promise.all(shardNames.map(async name => fill(name, servers[name], sizes)))
  const asked = shardNames.map(name => ({
    name,
    query: async (text: string, values?: readonly unknown[]) => ({
      rows: [...(await sql(servers[name], text, values === undefined ? {} : {values}))],
    }),
  }))
  const [catalog] = asked
  if (catalog !== undefined) await writeMap(catalog.query, asked, map)
  const shards = shardNames.map(name => ({
    name,
    connection: () => ({host: servers[name].host, port, user: 'postgres', database}),
    conninfo: conninfoOf(servers[name]),
  }))
  const [first] = shards
  if (first === undefined) throw new Error('two shards')
  return {servers, cluster: {shards, catalog: first}, versions: {PostgreSQL: await serverVersion(s1)}}
}

async function fill(name: ShardName, server: Server, sizes: Sizes): Promise<void> {
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
  await sql(server, 'CHECKPOINT')
}

/** What one move took, ms, by the effects between which the time passed. */
export interface MovedFigures {
  readonly copyMs: number
  readonly rows: number
  readonly bytes: number
  readonly verifyMs: number
  readonly verifiedRows: number
  /** Of the last cutover. */
  readonly pausedMs: number
  readonly takenBack: number
  /** When it switched, by performance.now(). */
  readonly switchedAtMs: number
  readonly totalMs: number
}

/** Pools hear of a move by NOTIFY within milliseconds; a longer lease would only be waited for. */
const leaseMs = 500

/** There, with the rows gone from where they came; timed until the way back is open. */
export async function moveTo(to: ShardName, {cluster}: Pair, limits: Partial<MoveLimits> = {}): Promise<MovedFigures> {
  const from = to === 's2' ? 's1' : 's2'
  const startMs = performance.now()
  const began = new Map<string, number>()
  const seen: MoveProgress[] = []
  let switchedAtMs = Number.NaN
  const onProgress = (progress: MoveProgress): void => {
    seen.push(progress)
    if (progress.kind === 'effect') began.set(progress.effect, performance.now())
    if (progress.kind === 'cutover' && progress.outcome === 'switched') switchedAtMs = performance.now()
  }
  const options = {limits: {leaseMs, ...limits}, onProgress}
  const {id} = await startMove(cluster, {groups: movingGroups, from, to}, options)
  const totalMs = performance.now() - startMs
  await finishMove(cluster, id, options)
  const copied = seen.findLast(one => one.kind === 'copy')
  const cutovers = seen.filter(one => one.kind === 'cutover')
  const between = (one: string, other: string): number =>
    (began.get(other) ?? Number.NaN) - (began.get(one) ?? Number.NaN)
  return {
    copyMs: between('copy', 'subscribe'),
    rows: copied?.rows ?? 0,
    bytes: copied?.bytes ?? 0,
    verifyMs: between('verify', 'fence'),
    verifiedRows: seen.reduce((sum, one) => sum + (one.kind === 'verify' ? one.rows : 0), 0),
    pausedMs: cutovers.findLast(one => one.outcome === 'switched')?.pausedMs ?? Number.NaN,
    takenBack: cutovers.filter(one => one.outcome === 'taken-back').length,
    switchedAtMs,
    totalMs,
  }
}
