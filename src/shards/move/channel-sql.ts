// One direction of a move's replication as SQL: publication with row filters, slot, subscription. Invariants: all names
// are the move's, so what an interrupted one has left is found and taken away by name; TRUNCATE is not published, for
// it knows no row filter; a subscription never drops or makes a slot on the other server, so each side can be taken
// away without the other. Pure texts. Not here: running them (move-effects.ts).
import {identifier, inGroups, literal, type MovingTable} from './moving-tables.ts'

/** out: source to destination; back: the way back. */
export type Direction = 'out' | 'back'

/** Of publication, slot and subscription. PostgreSQL allows lower case letters, digits and underscores in slots. */
export function channelName(id: string, direction: Direction): string {
  return `hl_move_${id}${direction === 'back' ? '_back' : ''}`
}

/** An origin for each session that copies or removes; what it writes is not the application's. */
export function originName(id: string, worker: number): string {
  return `hl_move_${id}_copy_${worker}`
}

/** What a channel is made of. */
export interface Channel {
  readonly id: string
  readonly direction: Direction
  readonly tables: readonly MovingTable[]
  readonly groups: readonly number[]
}

/** The marker's row comes through the same slot as all rows before it. */
export function publishText({id, direction, tables, groups}: Channel): string {
  const side = direction === 'out' ? 'source' : 'destination'
  const filtered = tables.map(table => `TABLE ${table.name} WHERE (${inGroups(table, groups)})`)
  const marker = `TABLE hl_shards.move_marker WHERE (move = ${literal(id)} AND side = ${literal(side)})`
  return `CREATE PUBLICATION ${channelName(id, direction)} FOR ${[...filtered, marker].join(', ')}
WITH (publish = 'insert, update, delete', publish_via_partition_root = true)`
}

/**
 * On the consumer; `conninfo` of the other server. Its slot is there already. Not disable_on_error: a connection that
 * is lost, as by a failover, is an error like any other, and the next try finds the new primary.
 */
export function subscribeText(id: string, direction: Direction, conninfo: string, version: number): string {
  const name = channelName(id, direction)
  const failover = version >= failoverVersion ? ', failover = true' : ''
  return `CREATE SUBSCRIPTION ${name} CONNECTION ${literal(conninfo)} PUBLICATION ${name}
WITH (create_slot = false, slot_name = ${literal(name)}, copy_data = false, origin = none${failover})`
}

/** From this server_version_num on, slots can be kept on standbys. */
export const failoverVersion = 170_000

/** Without a word to the other server. */
export function unsubscribeText(id: string, direction: Direction): string {
  const name = identifier(channelName(id, direction))
  return (
    `ALTER SUBSCRIPTION ${name} DISABLE; ALTER SUBSCRIPTION ${name} SET (slot_name = NONE); DROP SUBSCRIPTION ` + name
  )
}

/** On a replication connection; the snapshot is good until the next command on it. */
export function exportingSlotText(id: string, version: number): string {
  const failover = version >= failoverVersion ? ', FAILOVER true' : ''
  return `CREATE_REPLICATION_SLOT ${channelName(id, 'out')} LOGICAL pgoutput (SNAPSHOT 'export'${failover})`
}

/** A slot without a snapshot. */
export function slotText(id: string, direction: Direction, version: number): string {
  const failover = version >= failoverVersion ? ', false, true' : ''
  return `SELECT pg_create_logical_replication_slot(${literal(channelName(id, direction))}, 'pgoutput', false${failover})`
}
