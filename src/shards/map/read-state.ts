// What the servers know: a shard of itself, the catalog of all. Invariant: each is read in one statement, so of one
// moment, and every value is checked on its way in, whatever type parsers the application has. Not here: what follows
// from it (decide-standing.ts, map-watch.ts).
import {moveTrigger} from '../move/guard-move-sql.ts'
import {ShardError} from '../shard-error.ts'
import {buildMap, type Placement, type ShardMap} from './shard-map.ts'

/** Runs one statement and gives its rows. */
export type StateQuery = (text: string, values?: unknown[]) => Promise<{readonly rows: readonly unknown[]}>

/** o owned, m moving away, i coming, r elsewhere. */
export type GroupStateName = 'o' | 'm' | 'i' | 'r'

/** What a shard says of one group. */
export interface GroupState {
  /** 0 to 63. */
  readonly group: number
  /** Whose it is, see GroupStateName. */
  readonly state: GroupStateName
  /** Grows by one at each change. */
  readonly epoch: number
  /** The shard that owns it, or will at the end of its move. */
  readonly owner: string
}

/** Two answers with one identity come from one database. A restart changes it, so compare what was read together. */
export interface ServerIdentity {
  /** As pg_control_system() tells it; copies of one cluster have the same. */
  readonly system: string
  /** By name. */
  readonly database: string
  /** When the postmaster started: this tells copies of one cluster apart. */
  readonly startedAt: string
}

/** What a shard says of itself. */
export interface ShardState {
  /** Which database of which server it is. */
  readonly server: ServerIdentity
  /** Who it says it is; null when hl_shards.self is empty, or not there: no map was ever written to it. */
  readonly self: {readonly shard: string; readonly mapId: string} | null
  /** All 64; none where no map was written. */
  readonly groups: readonly GroupState[]
  /** It is a part of a move: it may have rows of groups that it does not own. */
  readonly isMoving: boolean
}

/** The map as the catalog has it. */
export interface CatalogMap {
  /** Of the map: each has one of its own. */
  readonly mapId: string
  /** Which shard owns which group. */
  readonly map: ShardMap
}

const identityText = `SELECT (SELECT system_identifier FROM pg_catalog.pg_control_system())::text AS system,
  pg_catalog.current_database()::text AS database, pg_catalog.pg_postmaster_start_time()::text AS started_at,
  (pg_catalog.to_regclass('hl_shards.self') IS NOT NULL)::text AS installed`

/** The triggers that come and go with a move's record: they can be asked for where moves are not installed yet. */
const stateText = `SELECT shard, map_id::text AS map_id, (
  EXISTS (SELECT FROM pg_catalog.pg_event_trigger WHERE evtname = '${moveTrigger}'))::text AS moving, (
  SELECT pg_catalog.json_agg(pg_catalog.json_build_object('group', slot_group, 'state', state, 'epoch', epoch, 'owner', owner) ORDER BY slot_group)
  FROM hl_shards.slot_group)::text AS groups FROM hl_shards.self`

/** What a shard says of itself. Errors of the query pass through; ShardError SHARD_FAILED for an answer of no sense. */
export async function readShardState(query: StateQuery): Promise<ShardState> {
  const identity = fieldsOf((await query(identityText)).rows[0])
  const server = {
    system: textOf(identity['system']),
    database: textOf(identity['database']),
    startedAt: textOf(identity['started_at']),
  }
  if (identity['installed'] !== 'true') return {server, self: null, groups: [], isMoving: false}
  const {rows} = await query(stateText)
  if (rows.length === 0) return {server, self: null, groups: [], isMoving: false}
  const state = fieldsOf(rows[0])
  return {
    server,
    self: {shard: textOf(state['shard']), mapId: textOf(state['map_id'])},
    groups: listOf(state['groups']).map(groupStateOf),
    isMoving: state['moving'] === 'true',
  }
}

const installedText = `SELECT (pg_catalog.to_regclass('hl_shards.map') IS NOT NULL)::text AS installed`

const catalogText = `SELECT map_id::text AS map_id,
  (SELECT pg_catalog.json_agg(shard) FROM hl_shards.map_shard)::text AS shards,
  (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('group', slot_group, 'shard', shard, 'epoch', epoch)) FROM hl_shards.map)::text AS placements
FROM hl_shards.map_identity`

/**
 * The map as the catalog has it; null when none was written to its end. Throws ShardError MAP_INVALID for one with
 * holes.
 */
export async function readCatalog(query: StateQuery): Promise<CatalogMap | null> {
  const [installed] = (await query(installedText)).rows
  if (fieldsOf(installed)['installed'] !== 'true') return null
  const [row] = (await query(catalogText)).rows
  if (row === undefined) return null
  const catalog = fieldsOf(row)
  const shards = listOf(catalog['shards']).map(textOf)
  const placements = listOf(catalog['placements']).map(placementOf)
  if (placements.length === 0) return null
  return {mapId: textOf(catalog['map_id']), map: buildMap(shards, placements)}
}

function groupStateOf(value: unknown): GroupState {
  const {group, state, epoch, owner} = fieldsOf(value)
  if (state !== 'o' && state !== 'm' && state !== 'i' && state !== 'r') throw noSense(value)
  return {group: numberOf(group), state, epoch: numberOf(epoch), owner: textOf(owner)}
}

function placementOf(value: unknown): Placement {
  const {group, shard, epoch} = fieldsOf(value)
  return {group: numberOf(group), shard: textOf(shard), epoch: numberOf(epoch)}
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw noSense(value)
  return Object.fromEntries(Object.entries(value))
}

/** A JSON array as text, or already parsed; an aggregate over nothing is null. */
function listOf(value: unknown): readonly unknown[] {
  const parsed: unknown = typeof value === 'string' ? JSON.parse(value) : value
  if (parsed === null) return []
  if (!Array.isArray(parsed)) throw noSense(value)
  return parsed
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw noSense(value)
  return value
}

function numberOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw noSense(value)
  return value
}

function noSense(value: unknown): ShardError {
  return new ShardError(
    'SHARD_FAILED',
    `hl_shards answered ${JSON.stringify(value)}, which has no sense: was it written by hand, or by a newer version?`,
  )
}
