// A shard that was set back on purpose serves nothing until somebody has brought it in line with the others. SQL as
// texts. Invariants: the mark is made in the restored data before anybody is let in; a marked shard owns no group by
// its own word, so that its fence refuses every write and every pool, of any version, takes it for one that is behind;
// what it owned at the moment that it was restored to is remembered. Not here: what is made of it (plan-reconcile.ts).

/** Idempotent; the schema hl_shards must be there. */
export const quarantineTableSql = `
CREATE TABLE IF NOT EXISTS hl_shards.quarantine (
  one bool PRIMARY KEY DEFAULT true CHECK (one),
  since timestamptz NOT NULL DEFAULT clock_timestamp(),
  groups int2[] NOT NULL
);
`

/**
 * In the restored database, as superuser, while nobody else is let in; does nothing to one that is no shard. Groups
 * that it owned are coming (`i`) from now on, and subscriptions of moves get nothing any more.
 */
export const markQuarantinedText = `DO $mark$
DECLARE
  subscription name;
BEGIN
  IF to_regclass('hl_shards.slot_group') IS NULL OR to_regclass('hl_shards.self') IS NULL THEN
    RETURN;
  END IF;
  ${quarantineTableSql}
  EXECUTE format('ALTER TABLE hl_shards.quarantine OWNER TO %I',
    (SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'hl_shards'));
  GRANT SELECT ON hl_shards.quarantine TO PUBLIC;
  INSERT INTO hl_shards.quarantine (groups)
    SELECT coalesce(array_agg(slot_group ORDER BY slot_group), '{}') FROM hl_shards.slot_group WHERE state = 'o'
    ON CONFLICT DO NOTHING;
  UPDATE hl_shards.slot_group SET state = 'i' WHERE state = 'o';
  FOR subscription IN SELECT subname FROM pg_subscription JOIN pg_database ON pg_database.oid = subdbid
    WHERE datname = current_database() LOOP
    EXECUTE format('ALTER SUBSCRIPTION %I DISABLE', subscription);
  END LOOP;
END $mark$`
