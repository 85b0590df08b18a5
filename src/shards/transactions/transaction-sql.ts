// What each shard keeps of two-phase transactions, and the functions that are asked for it. SQL as texts, nothing else.
// Invariants: a row of hl_shards.decision is there exactly when this shard has committed its part of that transaction,
// since it is written by that part itself; on the coordinator that is the decision. A row that is compacted is still
// known, by its number in hl_shards.decided, so nothing that was decided is ever forgotten.
// The advisory lock of a part is held by its transaction until that is over, prepared or not. So a lock that is free
// and a decision that is not there mean: never committed, and never will be. (A transaction becomes visible before it
// gives its locks back: CommitTransaction in PostgreSQL's xact.c; PREPARE hands its locks over.)
// A coordinator shares one more lock from arming to the end of its transaction, which is its decision: whoever has that
// lock alone knows that nothing is decided on this shard meanwhile (src/shards/barrier). Participants do not share it,
// so what is prepared and in doubt holds nobody up.
// Not here: who may call them (the owner of the schema grants USAGE and rights), when they are called.
import {decisionLock, lockClass} from '../map/advisory-locks.ts'

/** Of the hash that a gid's advisory lock is: any other seed is another lock. */
const seed = 4_841_372_019

/**
 * Idempotent; the schema hl_shards must be there. The application's role needs USAGE on the schema, SELECT, INSERT and
 * DELETE on `decision`, SELECT, INSERT and UPDATE on `decided`.
 */
export const decisionTableSql = `
CREATE TABLE IF NOT EXISTS hl_shards.decision (
  gid text PRIMARY KEY,
  decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  participants text[] NOT NULL DEFAULT '{}'
);
CREATE TABLE IF NOT EXISTS hl_shards.decided (
  coordinator text NOT NULL,
  series uuid NOT NULL,
  numbers int8multirange NOT NULL,
  PRIMARY KEY (coordinator, series)
);
CREATE OR REPLACE FUNCTION hl_shards.arm(id text, part text, participants text[]) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_catalog.pg_advisory_xact_lock_shared(pg_catalog.hashtextextended(part, ${seed}));
  IF arm.participants <> '{}' THEN
    PERFORM pg_catalog.pg_advisory_xact_lock_shared(${lockClass}, ${decisionLock});
  END IF;
  IF pg_catalog.current_setting('synchronous_commit') NOT IN ('on', 'remote_apply') THEN
    PERFORM pg_catalog.set_config('synchronous_commit', 'on', true);
  END IF;
  INSERT INTO hl_shards.decision (gid, participants) VALUES (id, arm.participants);
  RETURN pg_catalog.current_setting('max_prepared_transactions');
END $$;
CREATE OR REPLACE FUNCTION hl_shards.over(parts text[]) RETURNS SETOF text LANGUAGE sql VOLATILE AS $$
  SELECT part FROM pg_catalog.unnest(parts) AS part
  WHERE pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended(part, ${seed}))
$$;
CREATE OR REPLACE FUNCTION hl_shards.committed(ids text[]) RETURNS SETOF text LANGUAGE sql VOLATILE AS $$
  SELECT id FROM pg_catalog.unnest(ids) AS id
  WHERE EXISTS (SELECT FROM hl_shards.decision WHERE gid = id)
     OR EXISTS (
       SELECT FROM hl_shards.decided
       WHERE coordinator = pg_catalog.split_part(id, ':', 3)
         AND series = pg_catalog.split_part(id, ':', 4)::uuid
         AND numbers @> pg_catalog.split_part(pg_catalog.split_part(id, ':', 5), '.', 1)::int8)
$$;
CREATE OR REPLACE FUNCTION hl_shards.compact(ids text[]) RETURNS int LANGUAGE sql VOLATILE AS $$
  WITH gone AS (DELETE FROM hl_shards.decision WHERE gid = ANY (ids) RETURNING gid),
  parts AS (
    SELECT pg_catalog.split_part(gid, ':', 3) AS coordinator, pg_catalog.split_part(gid, ':', 4)::uuid AS series,
      pg_catalog.split_part(pg_catalog.split_part(gid, ':', 5), '.', 1)::int8 AS number FROM gone),
  kept AS (
    INSERT INTO hl_shards.decided AS d (coordinator, series, numbers)
    SELECT coordinator, series, pg_catalog.range_agg(pg_catalog.int8range(number, number, '[]'))
    FROM parts GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (coordinator, series) DO UPDATE SET numbers = d.numbers + excluded.numbers)
  SELECT count(*)::int FROM gone
$$;
CREATE OR REPLACE FUNCTION hl_shards.hold_decisions(wait_ms int4, hold_ms int4) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  patience text := pg_catalog.current_setting('lock_timeout');
BEGIN
  PERFORM pg_catalog.set_config('idle_in_transaction_session_timeout', hold_ms || 'ms', true);
  IF pg_catalog.current_setting('server_version_num')::int4 >= 170000 THEN
    PERFORM pg_catalog.set_config('transaction_timeout', hold_ms || 'ms', true);
  END IF;
  PERFORM pg_catalog.set_config('lock_timeout', wait_ms || 'ms', true);
  PERFORM pg_catalog.pg_advisory_xact_lock(${lockClass}, ${decisionLock});
  PERFORM pg_catalog.set_config('lock_timeout', patience, true);
END $$;
REVOKE EXECUTE ON FUNCTION hl_shards.hold_decisions(int4, int4) FROM PUBLIC;
`

/**
 * In the part's own transaction: its lock, commits that wait for the disk (and for synchronous standbys) whatever the
 * role's or the database's default is, its row. Values: id of the transaction, gid of the part (the id itself on the
 * coordinator), names of the participants (empty on a participant). Gives max_prepared_transactions.
 */
export const armText = 'SELECT hl_shards.arm($1, $2, $3) AS max_prepared'

/**
 * In a transaction: from here to its end nothing is decided on this shard. It waits so long for those that are about
 * to decide, in front of all that come later, and fails with 55P03; the server itself ends it, and the connection,
 * when it has lasted `holdMs` (before PostgreSQL 17: when it was idle for so long).
 */
export const holdText = (waitMs: number, holdMs: number): string =>
  `SELECT hl_shards.hold_decisions(${Math.max(1, Math.floor(waitMs))}, ${Math.ceil(holdMs)})`

/** Of these gids (or ids) those whose transaction is over on this shard: neither running nor prepared. */
export const overText = 'SELECT hl_shards.over($1) AS gid'

/** Of these ids those whose part on this shard is committed. Ask after overText, never in the same statement. */
export const committedText = 'SELECT hl_shards.committed($1) AS id'

/** Makes rows into numbers; the ids must be finished everywhere. */
export const compactText = 'SELECT hl_shards.compact($1) AS rows'

/** Prepared in this database, under this prefix, on this primary; pg_prepared_xacts lists those of all databases. */
export const preparedText =
  'SELECT gid, prepared, owner::text AS owner FROM pg_prepared_xacts WHERE database = current_database() AND ' +
  'starts_with(gid, $1) ORDER BY gid'

/** Rows that are not compacted yet, of this map. */
export const decisionsText =
  'SELECT gid AS id, decided_at, participants FROM hl_shards.decision WHERE starts_with(gid, $1) ORDER BY ' +
  'decided_at LIMIT $2'

/** Of writes that are tied to those of other shards: of the transaction, and gone with a savepoint that is gone. */
const marks = "coalesce(current_setting('hl_shards.tied', true), '')"

/** Adds one; their number does not make them longer. */
export const markText = `SELECT set_config('hl_shards.tied', md5(${marks} || $1), true)`

/** In a transaction: has it an id, as whoever writes, locks rows or calls what writes? Which marks has it? */
export const inspectText =
  "SELECT pg_current_xact_id_if_assigned() IS NOT NULL AS wrote, current_setting('transaction_isolation') AS level, " +
  `${marks} AS marks`
