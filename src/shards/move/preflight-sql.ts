// What each side is asked before a move, as one statement that gives JSON, so that all of it is of one moment. Not
// here: what follows from the answers (decide-preflight.ts).
import type {MoveSession} from './move-session.ts'

/** A number that there is, and how many of it are taken. */
export interface Room {
  readonly max: number
  readonly used: number
}

/** A record in hl_shards.move. */
export interface KnownMove {
  readonly id: string
  readonly source: string
  readonly destination: string
  readonly groups: readonly number[]
  readonly phase: string
  readonly step: number
  readonly runner: string
}

/** What one side said. */
export interface SideFacts {
  /** server_version_num. */
  readonly version: number
  readonly isSuperuser: boolean
  readonly isStandby: boolean
  readonly walLevel: string
  readonly slots: Room
  readonly senders: Room
  /** Replication origins in use share max_replication_slots up to PostgreSQL 17. */
  readonly origins: Room
  readonly logicalWorkers: Room
  /** Transactions that are prepared in this database. */
  readonly prepared: readonly string[]
  readonly move: KnownMove | null
  /** Slots, publications, subscriptions and origins of moves. */
  readonly leftovers: readonly string[]
  /** Of the database and of collations in use, whose version is not the operating system's any more. */
  readonly staleCollations: readonly string[]
  /** Tables and partitions whose replica identity lacks the key. */
  readonly identityLacksKey: readonly string[]
  /** Tables and partitions that no replication carries. */
  readonly unlogged: readonly string[]
  /** Triggers that fire for replication too. */
  readonly firingTwice: readonly string[]
  /** Foreign keys of sharded tables that may lead to another group, or to a table that is not on each shard. */
  readonly foreignKeys: readonly string[]
  /** Tables past the fence: hl_shards.unfenced. */
  readonly unfenced: readonly string[]
  /** Bounds of partitions: a row must find the same on both sides. */
  readonly partitions: readonly string[]
  readonly groups: readonly {readonly group: number; readonly state: string; readonly epoch: number}[]
  /** Of all sharded tables, with indexes and TOAST. */
  readonly bytes: number
  readonly shard: string | null
  readonly mapId: string | null
  /** Physical slots that nobody waits for: the destination could run ahead of these standbys. */
  readonly standbysNotWaitedFor: readonly string[]
  readonly syncsSlots: boolean
}

const members = `
  SELECT format('%I.%I', t.schema_name, t.table_name) AS root, t.key_column, member.relid
  FROM hl_shards.sharded_table AS t JOIN pg_namespace AS n ON n.nspname = t.schema_name
  JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = t.table_name
  CROSS JOIN LATERAL (SELECT relid::oid FROM pg_partition_tree(c.oid) UNION SELECT c.oid) AS member
  WHERE t.kind = 'sharded'`

/** The key is in the index that identifies a row, or the whole row does. */
const identities = `
  SELECT member.relid::regclass::text AS name FROM member JOIN pg_class AS c ON c.oid = member.relid
  WHERE c.relkind IN ('r', 'p') AND c.relreplident <> 'f' AND NOT EXISTS (
    SELECT FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = member.key_column
    WHERE i.indrelid = c.oid AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])
      AND CASE c.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident ELSE false END)`

const unlogged = `
  SELECT member.relid::regclass::text AS name FROM member JOIN pg_class AS c ON c.oid = member.relid
  WHERE c.relpersistence = 'u'`

const triggers = `
  SELECT format('%s on %s', t.tgname, t.tgrelid::regclass) AS name FROM member JOIN pg_trigger AS t
    ON t.tgrelid = member.relid AND NOT t.tgisinternal AND t.tgenabled IN ('A', 'R')`

/**
 * A key that leads to a sharded table leads to the same group only where it holds both keys at the same place; rows of
 * a table that is not sharded stay where they are.
 */
const foreignKeys = `
  SELECT format('%s of %s', k.conname, k.conrelid::regclass) AS name
  FROM member JOIN pg_constraint AS k ON k.conrelid = member.relid AND k.contype = 'f' AND k.conparentid = 0
  JOIN pg_class AS target ON target.oid = k.confrelid JOIN pg_namespace AS n ON n.oid = target.relnamespace
  LEFT JOIN hl_shards.sharded_table AS t ON t.schema_name = n.nspname AND t.table_name = target.relname
  WHERE CASE t.kind WHEN 'reference' THEN false WHEN 'sharded' THEN NOT EXISTS (
    SELECT FROM unnest(k.conkey, k.confkey) AS pair(own, other)
    JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = pair.own AND a.attname = member.key_column
    JOIN pg_attribute AS b ON b.attrelid = k.confrelid AND b.attnum = pair.other AND b.attname = t.key_column
  ) ELSE true END
  UNION SELECT format('%s of %s', k.conname, k.conrelid::regclass) FROM member
    JOIN pg_constraint AS k ON k.confrelid = member.relid AND k.contype = 'f' AND k.conparentid = 0
    WHERE k.conrelid NOT IN (SELECT relid FROM member)`

const leftovers = `
  SELECT 'slot ' || slot_name AS name FROM pg_replication_slots
    WHERE slot_name LIKE 'hl\\_move\\_%' AND database = current_database()
  UNION ALL SELECT 'publication ' || pubname FROM pg_publication WHERE pubname LIKE 'hl\\_move\\_%'
  UNION ALL SELECT 'subscription ' || subname FROM pg_subscription JOIN pg_database AS d ON d.oid = subdbid
    WHERE subname LIKE 'hl\\_move\\_%' AND d.datname = current_database()`

const collations = `
  SELECT 'database ' || datname AS name FROM pg_database WHERE datname = current_database()
    AND datcollversion IS DISTINCT FROM pg_database_collation_actual_version(oid)
  UNION ALL SELECT DISTINCT 'collation ' || c.collname FROM member JOIN pg_attribute AS a ON a.attrelid = member.relid
    JOIN pg_collation AS c ON c.oid = a.attcollation
    WHERE c.collversion IS NOT NULL AND c.collversion IS DISTINCT FROM pg_collation_actual_version(c.oid)`

const list = (query: string): string => `(SELECT coalesce(json_agg(name ORDER BY name), '[]') FROM (${query}) AS found)`

const room = (setting: string, used: string): string =>
  `json_build_object('max', current_setting('${setting}')::int4, 'used', (${used}))`

const preflightText = `
WITH member AS (${members})
SELECT json_build_object(
  'version', current_setting('server_version_num')::int4,
  'isSuperuser', (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
  'isStandby', pg_is_in_recovery(),
  'walLevel', current_setting('wal_level'),
  'slots', ${room('max_replication_slots', 'SELECT count(*) FROM pg_replication_slots')},
  'senders', ${room('max_wal_senders', 'SELECT count(*) FROM pg_stat_replication')},
  'origins', json_build_object(
    'max', coalesce(current_setting('max_active_replication_origins', true),
      current_setting('max_replication_slots'))::int4,
    'used', (SELECT count(*) FROM pg_replication_origin_status)),
  'logicalWorkers', ${room('max_logical_replication_workers', 'SELECT count(*) FROM pg_stat_subscription WHERE pid IS NOT NULL')},
  'prepared', ${list('SELECT gid AS name FROM pg_prepared_xacts WHERE database = current_database()')},
  'move', (SELECT row_to_json(m)
    FROM (SELECT id, source, destination, groups, phase, step, runner FROM hl_shards.move) AS m),
  'leftovers', ${list(leftovers)},
  'staleCollations', ${list(collations)},
  'identityLacksKey', ${list(identities)},
  'unlogged', ${list(unlogged)},
  'firingTwice', ${list(triggers)},
  'foreignKeys', ${list(foreignKeys)},
  'unfenced', ${list(`SELECT DISTINCT "table"::text AS name FROM hl_shards.unfenced`)},
  'partitions', ${list(`SELECT root || ' ' || pg_get_expr(c.relpartbound, c.oid) AS name
    FROM member JOIN pg_class AS c ON c.oid = relid WHERE c.relispartition AND c.relkind = 'r'`)},
  'groups', (SELECT coalesce(json_agg(json_build_object('group', slot_group, 'state', state, 'epoch', epoch)), '[]')
    FROM hl_shards.slot_group),
  'bytes', (SELECT coalesce(sum(pg_total_relation_size(relid)), 0)
    FROM member JOIN pg_class AS c ON c.oid = relid WHERE c.relkind = 'r'),
  'shard', (SELECT shard FROM hl_shards.self), 'mapId', (SELECT map_id FROM hl_shards.self),
  'standbysNotWaitedFor', ${list(`SELECT slot_name::text AS name FROM pg_replication_slots WHERE slot_type = 'physical' AND slot_name <> ALL (string_to_array(replace(coalesce(current_setting('synchronized_standby_slots', true), ''), ' ', ''), ','))`)},
  'syncsSlots', coalesce(current_setting('sync_replication_slots', true), 'off') = 'on'
)::text AS facts`

/** Errors of the server pass through: 42P01 where hl_shards is not there, or is older than moves. */
export async function readSideFacts(session: MoveSession): Promise<SideFacts> {
  const [row] = await session.rows<{facts: string}>(preflightText)
  return JSON.parse(row?.facts ?? '{}') as SideFacts
}
