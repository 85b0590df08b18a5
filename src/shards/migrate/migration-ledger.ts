// What a target remembers of its migrations: hl_migrate.applied. Invariant, kept by PostgreSQL itself: a row is
// committed only by whoever runs the migration, so a COMMIT inside a migration's own text undoes the whole of it.
// Not here: which are due (plan-migrations.ts).
import type {MigrationSession} from './migration-session.ts'
import type {AppliedMigration} from './plan-migrations.ts'

const schema = `
CREATE SCHEMA hl_migrate;
COMMENT ON SCHEMA hl_migrate IS 'which migrations this database has; written by pg-highload-lab';
CREATE TABLE hl_migrate.applied (
  name           text PRIMARY KEY,
  checksum       text NOT NULL,
  started_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at    timestamptz,
  invalid_before oid[] NOT NULL DEFAULT '{}'
);
COMMENT ON COLUMN hl_migrate.applied.checksum IS 'SHA-256 of the text that was applied';
COMMENT ON COLUMN hl_migrate.applied.finished_at IS 'null: begun outside a transaction and cut off; it is done again';
COMMENT ON COLUMN hl_migrate.applied.invalid_before IS 'indexes that were invalid before it began, and are not its own';
CREATE FUNCTION hl_migrate.only_its_runner_commits() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
  IF current_setting('hl_migrate.may_commit', true) IS DISTINCT FROM NEW.name THEN
    RAISE EXCEPTION 'migration % ends its transaction by itself', NEW.name
      USING HINT = 'leave BEGIN, COMMIT and SET CONSTRAINTS out of it';
  END IF;
  RETURN NULL;
END $function$;
CREATE CONSTRAINT TRIGGER only_its_runner_commits AFTER INSERT OR UPDATE ON hl_migrate.applied
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hl_migrate.only_its_runner_commits();`

/** Makes the table where it is not there yet. Whoever calls holds the lock of the run. */
export async function makeLedger(session: MigrationSession, limitMs: number): Promise<void> {
  if (await hasLedger(session)) return
  await session.script(`BEGIN; ${schema} COMMIT`, limitMs)
}

/** In order of their names; none where nothing was ever applied. */
export async function readLedger(session: MigrationSession): Promise<readonly AppliedMigration[]> {
  if (!(await hasLedger(session))) return []
  return session.rows<{name: string; checksum: string; isFinished: boolean}>(
    `SELECT name, checksum, finished_at IS NOT NULL AS "isFinished" FROM hl_migrate.applied ORDER BY name COLLATE "C"`,
  )
}

/** In the migration's own transaction, before its text. */
export async function noteBegun(session: MigrationSession, name: string, checksum: string): Promise<void> {
  await session.rows(
    `INSERT INTO hl_migrate.applied AS a (name, checksum, invalid_before) VALUES ($1, $2, ${invalidIndexes})
     ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, started_at = clock_timestamp() WHERE a.finished_at IS NULL`,
    [name, checksum],
  )
}

/** In the same transaction as what it is the end of, right before COMMIT. */
export async function noteFinished(session: MigrationSession, name: string): Promise<void> {
  await session.rows('UPDATE hl_migrate.applied SET finished_at = clock_timestamp() WHERE name = $1', [name])
  await allowCommit(session, name)
}

/** Until the end of this transaction. */
export async function allowCommit(session: MigrationSession, name: string): Promise<void> {
  await session.rows(`SELECT set_config('hl_migrate.may_commit', $1, true)`, [name])
}

/**
 * Indexes that a migration outside a transaction left invalid when it was cut off; not those of others, and not one
 * that somebody builds at this moment. Quoted names.
 */
export async function leftInvalid(session: MigrationSession, name: string): Promise<readonly string[]> {
  const rows = await session.rows<{name: string}>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name
       FROM unnest(${invalidIndexes}) AS i(oid) JOIN pg_class c USING (oid) JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE NOT EXISTS (SELECT FROM hl_migrate.applied WHERE applied.name = $1 AND c.oid = ANY (invalid_before))
        AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = c.oid)
      ORDER BY 1`,
    [name],
  )
  return rows.map(row => row.name)
}

/** An index ON ONLY a partitioned table is invalid until its parts are attached, and no leftover. */
const invalidIndexes = `ARRAY(SELECT x.indexrelid FROM pg_index x JOIN pg_class xc ON xc.oid = x.indexrelid
  WHERE NOT x.indisvalid AND xc.relkind = 'i' AND pg_has_role(xc.relowner, 'USAGE'))`

async function hasLedger(session: MigrationSession): Promise<boolean> {
  const [row] = await session.rows<{has: boolean}>(`SELECT to_regclass('hl_migrate.applied') IS NOT NULL AS has`)
  return row?.has === true
}
