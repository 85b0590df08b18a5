// Writes a map: first to the shards, then to the catalog, then tells. Invariants: no two shards are ever given one
// group; a client that reads the catalog finds shards that know at least as much; whatever stops it, the same call
// again goes on and ends in the same state. It moves no rows and changes no owner: groups move by hl_shards.flip_group.
// Not here: the functions that it calls (flip-sql.ts).
import {ShardError} from '../shard-error.ts'
import {
  readCatalog,
  readShardState,
  type CatalogMap,
  type GroupState,
  type ShardState,
  type StateQuery,
} from './read-state.ts'
import {shardsSchema, type SchemaOptions} from './schema-sql.ts'
import {placementsOf, type ShardMap} from './shard-map.ts'

/** A server for writeMap(): runs a statement on its primary, as the owner of hl_shards. */
export interface MapServer {
  /** Of the shard. */
  readonly name: string
  /** Runs one statement on its primary. */
  readonly query: StateQuery
}

/**
 * Makes the schema hl_shards on one server, or brings it up to date; idempotent. `query` must take several statements
 * in one text without values, as pg's does.
 */
export async function installSchema(query: StateQuery, options: SchemaOptions = {}): Promise<void> {
  await query(shardsSchema(options))
}

/**
 * Writes `map` to its shards and then the catalog, on each of which installSchema() has run; gives the map's id. The
 * first time it says who owns what; later it adds shards and tells of groups that moved. Throws ShardError MAP_INVALID
 * when a server knows something newer or other, WRONG_SHARD when a server is another shard or two are one database,
 * CONFIG_INVALID when the servers are not exactly the shards of the map.
 */
export async function writeMap(catalog: StateQuery, servers: readonly MapServer[], map: ShardMap): Promise<string> {
  checkServers(servers, map)
  const states = await Promise.all(servers.map(async ({name, query}) => [name, await readShardState(query)] as const))
  checkDistinct(states)
  const mapId = await mapIdOf(catalog)
  checkNewer(await readCatalog(catalog), map)
  for (const [name, {groups}] of states) checkKnown(name, groups, map)
  const placements = JSON.stringify(placementsOf(map))
  for (const {name, query} of servers)
    await refusing(name, () => query('SELECT hl_shards.take_map($1, $2, $3)', [name, mapId, placements]))
  await refusing(null, () => catalog('SELECT hl_shards.put_map($1, $2, $3)', [mapId, map.shards, placements]))
  return mapId
}

/**
 * Makes one more server a shard of the map that the catalog holds: one that owns nothing yet. It must have the schema;
 * groups come by moves. `servers`: of all shards of the map, and the new one. Does nothing to one that is a shard of it
 * already. Every pool must know its address by then. MAP_INVALID where there is no map, or the server knows another
 * one; WRONG_SHARD as for writeMap().
 */
export async function joinMap(catalog: StateQuery, servers: readonly MapServer[], name: string): Promise<string> {
  const known = await readCatalog(catalog)
  if (known === null) throw new ShardError('MAP_INVALID', 'the catalog holds no map: write one with writeMap')
  const states = await Promise.all(
    servers.map(async server => [server.name, await readShardState(server.query)] as const),
  )
  checkDistinct(states)
  const server = servers.find(one => one.name === name)
  const state = states.find(([shard]) => shard === name)?.[1]
  if (server === undefined || state === undefined)
    throw new ShardError('CONFIG_INVALID', `no server of the shard ${name} is given`, {shard: name})
  const {mapId, map} = known
  checkKnown(name, state.groups, map)
  const placements = JSON.stringify(placementsOf(map))
  await refusing(name, () => server.query('SELECT hl_shards.take_map($1, $2, $3)', [name, mapId, placements]))
  const shards = [...new Set([...map.shards, name])]
  // Without a group; plans know it from now on.
  await refusing(null, () => catalog('SELECT hl_shards.put_map($1, $2, $3)', [mapId, shards, '[]']))
  return mapId
}

function checkServers(servers: readonly MapServer[], map: ShardMap): void {
  const names = servers.map(({name}) => name).sort()
  if (names.join() !== [...map.shards].sort().join())
    throw new ShardError(
      'CONFIG_INVALID',
      `the map has the shards ${map.shards.join(', ')}, and the servers are ${names.join(', ')}: give each ` +
        `shard's server once`,
    )
}

function checkDistinct(states: readonly (readonly [string, ShardState])[]): void {
  const seen = new Map<string, string>()
  for (const [name, {server, self}] of states) {
    const identity = JSON.stringify(server)
    const other = seen.get(identity)
    if (other !== undefined)
      throw new ShardError(
        'WRONG_SHARD',
        `the shards ${other} and ${name} are one database, ${server.database}: give each the address of its own`,
        {shard: name},
      )
    if (self !== null && self.shard !== name)
      throw new ShardError(
        'WRONG_SHARD',
        `the database that is configured as shard ${name} is the shard ${self.shard}: correct the addresses`,
        {shard: name},
      )
    seen.set(identity, name)
  }
}

/** The catalog gives the id before anything else is written, so a second try goes on with the first one's. */
async function mapIdOf(catalog: StateQuery): Promise<string> {
  await catalog(
    'INSERT INTO hl_shards.map_identity (map_id) VALUES (pg_catalog.gen_random_uuid()) ON CONFLICT DO NOTHING',
  )
  const [row] = (await catalog('SELECT map_id::text AS map_id FROM hl_shards.map_identity')).rows
  return String(Reflect.get(row ?? {}, 'map_id'))
}

/** Refused before the first shard is written to. */
function checkNewer(known: CatalogMap | null, map: ShardMap): void {
  if (known === null) return
  const placed = new Map(placementsOf(map).map(placement => [placement.group, placement]))
  for (const {group, shard, epoch} of placementsOf(known.map)) {
    const mine = placed.get(group)
    if (mine !== undefined && (mine.epoch > epoch || (mine.epoch === epoch && mine.shard === shard))) continue
    throw new ShardError(
      'MAP_INVALID',
      `the catalog has group ${group} on ${shard} with epoch ${epoch}, and the map that is to be written does not ` +
        'follow from that: read the map again',
      {detail: {group, epoch, shard}},
    )
  }
}

/** Every shard is looked at before the first is written to; hl_shards.take_map looks again. */
function checkKnown(name: string, groups: readonly GroupState[], map: ShardMap): void {
  const own = new Map(groups.map(group => [group.group, group]))
  for (const {group, shard, epoch} of placementsOf(map)) {
    const known = own.get(group)
    const isMine = shard === name
    if (known === undefined ? !isMine || epoch === 1 : fits(known, isMine, shard, epoch)) continue
    const is = known === undefined ? 'not there' : `in state ${known.state} with epoch ${known.epoch} of ${known.owner}`
    throw new ShardError(
      'MAP_INVALID',
      `on ${name}, group ${group} is ${is}, and the map that is to be written has it on ${shard} with epoch ` +
        `${epoch}: groups change their owner by a move; read the map again`,
      {shard: name, detail: {group, epoch}},
    )
  }
}

/** As hl_shards.take_map has it: what is known is the same, or older word of a group that is elsewhere for both. */
function fits(known: GroupState, isMine: boolean, shard: string, epoch: number): boolean {
  if (known.epoch > epoch || (isMine && known.state !== 'o')) return false
  if (known.state === 'r' && known.epoch < epoch) return true
  return known.state === 'm' || known.state === 'i' || (known.owner === shard && known.epoch === epoch)
}

/** HL004 of the functions: the server knows otherwise. */
async function refusing(shard: string | null, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    if (!(cause instanceof Error) || Reflect.get(cause, 'code') !== 'HL004') throw cause
    throw new ShardError('MAP_INVALID', cause.message, {shard, cause})
  }
}
