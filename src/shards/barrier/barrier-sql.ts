// What a barrier asks of a shard, and where it is recorded there. SQL as texts, nothing else. Invariant: all that is
// told of a position is read while decisions and changes of owners are held. Not here: holding (transaction-sql.ts).
import {decisionLock, lockClass} from '../map/advisory-locks.ts'

/** Idempotent; the schema hl_shards must be there. The newest are kept. */
export const barrierTableSql = `
CREATE TABLE IF NOT EXISTS hl_shards.barrier (
  name text PRIMARY KEY,
  taken_at timestamptz NOT NULL,
  record jsonb NOT NULL
);
CREATE INDEX IF NOT EXISTS barrier_taken_at ON hl_shards.barrier (taken_at);
`

/** Rows of one shard. At one a minute it is a week. */
const keptMost = 10_000

/** Before anything is held: may it be, and what is it called where nobody said? Value: the name, or null. */
export const readyText = `SELECT pg_is_in_recovery() AS standby,
  to_regprocedure('hl_shards.hold_decisions(int4, int4)') IS NOT NULL
    AND to_regclass('hl_shards.barrier') IS NOT NULL AS installed,
  to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MISS.MS"Z"') AS stamp`

/** Of what is installed. Value: the name, or null. */
export const knownText = `SELECT shard, map_id::text AS "mapId",
  EXISTS (SELECT FROM hl_shards.barrier WHERE name = $1) AS taken FROM hl_shards.self`

/** Within the hold. Value: the name of the restore point. */
export const pointText = `SELECT p.lsn::text AS lsn,
  ('x' || left(pg_walfile_name(p.lsn), 8))::bit(32)::int4 AS timeline,
  s.system_identifier::text AS system,
  to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at,
  (SELECT coalesce(json_object_agg(slot_group, epoch ORDER BY slot_group), '{}')
    FROM hl_shards.slot_group WHERE state = 'o') AS groups,
  (SELECT coalesce(json_agg(id ORDER BY id), '[]') FROM hl_shards.move) AS moves
FROM pg_create_restore_point($1) AS p(lsn), pg_control_system() AS s`

/**
 * On whoever is the primary afterwards, and durable there: the timeline that the WAL is on. Values: name, time,
 * record. A row that is there stays.
 */
export const noteText = `WITH noted AS (
  INSERT INTO hl_shards.barrier (name, taken_at, record) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING)
SELECT ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int4 AS timeline`

/** Those of which nobody reads any more. */
export const forgetText = `DELETE FROM hl_shards.barrier WHERE taken_at < (
  SELECT taken_at FROM hl_shards.barrier ORDER BY taken_at DESC OFFSET ${keptMost} LIMIT 1)`

/** Takes a row back that not every shard has. Value: the name. */
export const unnoteText = 'DELETE FROM hl_shards.barrier WHERE name = $1'

/** Newest first. Value: how many. */
export const listText = 'SELECT record FROM hl_shards.barrier ORDER BY taken_at DESC, name DESC LIMIT $1'

/** Who is about to decide, and so holds a barrier up. */
export const heldUpText = `SELECT count(*)::int4 AS transactions,
  string_agg(format('%s (process %s)', coalesce(nullif(a.application_name, ''), 'unnamed'), a.pid), ', ') AS who,
  max(extract(epoch FROM clock_timestamp() - a.xact_start))::float8 AS seconds
FROM (SELECT DISTINCT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND mode = 'ShareLock'
  AND classid = ${lockClass}::int4::oid AND objid = ${decisionLock}::int4::oid AND objsubid = 2
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS l
JOIN pg_stat_activity AS a ON a.pid = l.pid`
