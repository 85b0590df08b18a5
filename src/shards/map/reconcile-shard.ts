// A shard that was restored by itself and is in quarantine: looked at beside the others, and brought in line with them.
// Invariants: what is done to the restored shard before it may serve again is done while it is in quarantine; its
// groups and the end of the quarantine are one transaction; whatever stops it, the same call goes on. Not here: what is
// to be done (plan-reconcile.ts), transactions that it has lost (src/shards/transactions).
import {MoveSession} from '../move/move-session.ts'
import {copyReferences} from '../move/reference-content.ts'
import type {MoveCluster, MoveServer} from '../move/move-servers.ts'
import {messageOf, ShardError} from '../shard-error.ts'
import {forgetMove, removeForeignRows} from './clear-restored.ts'
import {placementsAfter, planReconcile, type ReconcilePlan, type ReconcileView} from './plan-reconcile.ts'
import {readCatalog, readShardState, type GroupState, type ShardState} from './read-state.ts'

/** What was found. */
export interface RestoredShard {
  /** By name. */
  readonly shard: string
  /** Of the map. */
  readonly mapId: string
  /** When it was put into quarantine, ISO 8601 in UTC. */
  readonly since: string
  /** What is to be done about its groups. */
  readonly plan: ReconcilePlan
  /** Moves that it alone has on record: they have come to their end since. */
  readonly staleMoves: readonly string[]
  /** Moves that another shard has on record and that it is a part of. */
  readonly openMoves: readonly string[]
}

/** What was done. */
export interface ReconciledShard {
  /** Groups that it owns, as before. */
  readonly kept: readonly number[]
  /** Groups that are elsewhere by now. */
  readonly released: readonly number[]
  /** That it had of those, in all tables. */
  readonly rowsRemoved: number
  /** Reference tables that were copied from another shard. */
  readonly references: readonly string[]
}

/** How it is done. */
export interface ReconcileOptions {
  /** For a connection, and for an answer to what is short, ms. Default 10,000. */
  readonly replyMs?: number
  /** For one DELETE, ms. Default 3,600,000. */
  readonly longMs?: number
  /** Told what is about to be done. */
  readonly onProgress?: (text: string) => void
}

const quarantineText = `SELECT to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS since,
  groups::int4[] AS groups FROM hl_shards.quarantine`
const installedText = `SELECT to_regclass('hl_shards.quarantine') IS NOT NULL AS is`

/** Shards of the cluster that are in quarantine. Rejects with ShardError SHARD_FAILED where one cannot be asked. */
export async function quarantinedShards(
  {shards}: MoveCluster,
  options: ReconcileOptions = {},
): Promise<readonly string[]> {
  const found = await Promise.all(
    shards.map(async server =>
      withSession(server, options, async session => ((await quarantineOf(session)) === null ? [] : [server.name])),
    ),
  )
  return found.flat()
}

/**
 * Looks at all shards of the map and plans; changes nothing. ShardError: CONFIG_INVALID for a shard that is not in
 * quarantine, or unknown; SHARD_FAILED where one cannot be asked; WRONG_SHARD, MAP_INVALID.
 */
export async function lookAtRestored(
  {shards, catalog}: MoveCluster,
  shard: string,
  options: ReconcileOptions = {},
): Promise<RestoredShard> {
  const server = serverOf(shards, shard)
  const marked = await withSession(server, options, quarantineOf)
  if (marked === null)
    throw new ShardError(
      'CONFIG_INVALID',
      `shard ${shard} is in no quarantine: there is nothing to be brought in line`,
      {
        shard,
        detail: {reason: 'NOT_QUARANTINED'},
      },
    )
  const seen = await Promise.all(
    shards.map(async one =>
      withSession(one, options, async session => ({
        name: one.name,
        state: await readShardState(queryOf(session)),
        moves: await movesOf(session, shard),
      })),
    ),
  )
  const known =
    catalog.name === shard ? null : await withSession(catalog, options, async session => readCatalog(queryOf(session)))
  const mine = seen.find(({name}) => name === shard)
  const self = mine?.state.self
  if (mine === undefined || self === null || self === undefined || self.shard !== shard)
    throw new ShardError('WRONG_SHARD', `the server of ${shard} is another shard, or none`, {shard})
  const others = seen.filter(({name, state}) => name !== shard && isOfMap(name, state, self.mapId))
  if (known !== null && known.mapId !== self.mapId)
    throw new ShardError('WRONG_SHARD', `${shard} belongs to another map than the catalog's`, {shard})
  const view: ReconcileView = {
    shard,
    groups: mine.state.groups,
    owned: marked.groups,
    others: new Map(others.map(({name, state}) => [name, state.groups] as const)),
    catalog: known?.map ?? null,
  }
  const open = new Set(others.flatMap(({moves}) => moves))
  return {
    shard,
    mapId: self.mapId,
    since: marked.since,
    plan: planReconcile(view),
    staleMoves: mine.moves.filter(id => !open.has(id)),
    openMoves: [...open],
  }
}

/**
 * Carries the plan out; the shard serves then. `restored`: as it was looked at just now, without refusals. ShardError
 * CONFIG_INVALID where it has some; MAP_INVALID where a shard has changed meanwhile, with nothing changed but what was
 * removed of groups that are elsewhere.
 */
export async function reconcileShard(
  cluster: MoveCluster,
  restored: RestoredShard,
  options: ReconcileOptions = {},
): Promise<ReconciledShard> {
  const {shard, plan, staleMoves} = restored
  const {longMs = 3_600_000, onProgress} = options
  if (plan.refusals.length > 0)
    throw new ShardError('CONFIG_INVALID', `what is refused of ${shard} cannot be carried out`, {shard})
  const server = serverOf(cluster.shards, shard)
  const other = cluster.shards.find(({name}) => name !== shard)
  const released = plan.steps.flatMap(({kind, group}) => (kind === 'release' ? [group] : []))
  onProgress?.(`comparing the reference tables of ${shard}`)
  const references = other === undefined ? [] : await copyReferences(other, server)
  return withSession(server, options, async session => {
    for (const id of staleMoves) {
      onProgress?.(`forgetting the move ${id}, which has ended since`)
      await forgetMove(session, id)
    }
    let rowsRemoved = 0
    if (released.length > 0) {
      onProgress?.(`removing rows of ${released.length} groups that are elsewhere`)
      rowsRemoved = await removeForeignRows(session, released, longMs)
    }
    await takeOver(session, restored, cluster.catalog.name === shard, cluster.shards)
    const kept = plan.steps.flatMap(({kind, group}) => (kind === 'keep' ? [group] : []))
    return {kept, released, rowsRemoved, references}
  })
}

/** Its groups, the map where it keeps that, and the end of the quarantine, in one transaction. */
async function takeOver(
  session: MoveSession,
  {shard, mapId, plan}: RestoredShard,
  isCatalog: boolean,
  shards: readonly MoveServer[],
): Promise<void> {
  const placements = JSON.stringify(placementsAfter(plan))
  await session.rows('BEGIN')
  try {
    const states = new Map((await readShardState(queryOf(session))).groups.map(state => [state.group, state]))
    for (const {kind, group, owner, epoch} of plan.steps) {
      const mine = states.get(group)
      if (mine === undefined || kind === 'know') continue
      await flip(session, mine, kind === 'keep' ? 'o' : 'r', {owner, epoch})
    }
    await session.rows('SELECT hl_shards.take_map($1, $2, $3)', [shard, mapId, placements])
    if (isCatalog)
      await session.rows('SELECT hl_shards.put_map($1, $2, $3)', [mapId, shards.map(({name}) => name), placements])
    await session.rows('DELETE FROM hl_shards.quarantine')
    await session.rows('COMMIT')
  } catch (cause) {
    await session.rows('ROLLBACK').catch(() => undefined)
    throw new ShardError('MAP_INVALID', `${shard} could not take the map over: ${messageOf(cause)}; look again`, {
      shard,
      cause,
    })
  }
}

async function flip(
  session: MoveSession,
  {group, state, epoch}: GroupState,
  to: 'o' | 'r',
  then: {readonly owner: string; readonly epoch: number},
): Promise<void> {
  await session.rows('SELECT hl_shards.flip_group($1, $2, $3, $4, $5, $6, 5000)', [
    group,
    state,
    to,
    epoch,
    then.owner,
    then.epoch,
  ])
}

async function movesOf(session: MoveSession, shard: string): Promise<readonly string[]> {
  const [installed] = await session.rows<{is: boolean}>(`SELECT to_regclass('hl_shards.move') IS NOT NULL AS is`)
  if (installed?.is !== true) return []
  const rows = await session.rows<{id: string}>(
    'SELECT id FROM hl_shards.move WHERE $1 IN (source, destination) ORDER BY id',
    [shard],
  )
  return rows.map(({id}) => id)
}

async function quarantineOf(
  session: MoveSession,
): Promise<{readonly since: string; readonly groups: readonly number[]} | null> {
  const [installed] = await session.rows<{is: boolean}>(installedText)
  if (installed?.is !== true) return null
  const [row] = await session.rows<{since: string; groups: number[]}>(quarantineText)
  return row ?? null
}

/** A cluster that is up, and no shard of the map yet, says nothing. */
function isOfMap(name: string, {self}: ShardState, mapId: string): boolean {
  if (self === null) return false
  if (self.shard === name && self.mapId === mapId) return true
  throw new ShardError('WRONG_SHARD', `the server of ${name} is ${self.shard} of the map ${self.mapId}`, {shard: name})
}

const queryOf = (session: MoveSession) => async (text: string, values?: unknown[]) => ({
  rows: await session.rows(text, values ?? []),
})

function serverOf(shards: readonly MoveServer[], shard: string): MoveServer {
  const found = shards.find(({name}) => name === shard)
  if (found !== undefined) return found
  throw new ShardError(
    'CONFIG_INVALID',
    `there is no shard ${shard}: there are ${shards.map(({name}) => name).join(', ')}`,
    {shard, detail: {reason: 'SHARD_UNKNOWN'}},
  )
}

async function withSession<T>(
  server: MoveServer,
  {replyMs = 10_000}: ReconcileOptions,
  work: (session: MoveSession) => Promise<T>,
): Promise<T> {
  let session: MoveSession
  try {
    session = await MoveSession.open(server, {application: 'hl-reconcile', replyMs})
  } catch (cause) {
    throw new ShardError('SHARD_FAILED', `${server.name} cannot be asked: ${messageOf(cause)}`, {
      shard: server.name,
      cause,
    })
  }
  try {
    return await work(session)
  } finally {
    await session.end()
  }
}
