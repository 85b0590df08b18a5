// Reference tables have all their rows on every shard. Invariant: a write that is not made on all shards in one
// transaction is refused by the server, so that copies cannot come to differ by an ordinary client of one shard. Writes
// of a replication worker pass. Pure. Not here: writing to all (execute/write-legs.ts).
import {safely} from './check-fence-sql.ts'

/** Said by whoever writes all shards in one transaction; for that transaction only. */
export const referencesSetting = 'hl_shards.on_all_shards'

/** SQLSTATE of a write to one copy. */
const oneCopyState = 'HL005'

const referenceTrigger = '~hl_shards_reference'

/** hl_shards.reference(table) declares it and puts the trigger on it. */
export const referenceSql = `
CREATE OR REPLACE FUNCTION hl_shards.refuse_one_copy() RETURNS trigger LANGUAGE plpgsql ${safely} AS $refuse$
BEGIN
  IF current_setting('${referencesSetting}', true) IS DISTINCT FROM 'on' THEN
    RAISE EXCEPTION USING ERRCODE = '${oneCopyState}',
      MESSAGE = format('%s is a reference table: it is written on all shards at once, or not at all',
        TG_RELID::regclass),
      HINT = 'Send the statement to the pool over all shards, not to one of them.';
  END IF;
  RETURN NULL;
END $refuse$;

CREATE OR REPLACE FUNCTION hl_shards.reference(root regclass) RETURNS void LANGUAGE plpgsql ${safely} AS $reference$
BEGIN
  EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION hl_shards.refuse_one_copy()',
    '${referenceTrigger}', root);
  INSERT INTO hl_shards.sharded_table
    SELECT nspname, relname, 'reference' FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
      WHERE pg_class.oid = root
    ON CONFLICT (schema_name, table_name) DO UPDATE SET kind = excluded.kind, key_column = NULL, key_type = NULL;
END $reference$;
`
