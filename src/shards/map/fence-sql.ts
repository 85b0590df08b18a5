// The fence: triggers that let nobody write a row whose group the shard does not own at that moment. Invariants: a
// writer shares the lock of the group before it reads the group's state, so a change of the owner waits for it or is
// seen by it; under REPEATABLE READ and SERIALIZABLE, where a plain read shows the state as of the snapshot and the
// stale write would commit, the state is read FOR SHARE, which fails with 40001 when it has changed since. Writes of a
// replication worker (session_replication_role = replica) pass: they are the mover's. Pure. Not here: the change itself
// (flip-sql.ts).
import {keyTypes} from '../keys/key-type.ts'
import {slotSql} from '../keys/slot.ts'
import {lockClass} from './advisory-locks.ts'
import {checkFence, safely} from './check-fence-sql.ts'

/**
 * SQLSTATEs of the fence. moved: the group is not owned here; DETAIL is JSON {slot, group, epoch, owner, state}.
 * keyUpdate: an UPDATE would move a row to another group; DETAIL is JSON {slot, group, wasSlot, wasGroup}. truncate:
 * not each group is owned here. changed: the group is not as the change of its owner expects it.
 */
export const fenceStates = {moved: 'HL001', keyUpdate: 'HL002', truncate: 'HL003', changed: 'HL004'} as const

/** After all of the application's own: names sort by bytes, and one of those may set the key. */
const fenceTrigger = '~hl_shards_fence'
export const truncateTrigger = '~hl_shards_truncate'
const partitionsTrigger = 'hl_shards_fence_partitions'

/** Raises what the group of the slot is. The owner is told as far as this shard knows it. */
const refuse = `
CREATE OR REPLACE FUNCTION hl_shards.refuse(slot int4) RETURNS void LANGUAGE plpgsql
  SECURITY DEFINER ${safely} AS $refuse$
DECLARE
  found_group hl_shards.slot_group;
BEGIN
  SELECT * INTO found_group FROM hl_shards.slot_group WHERE slot_group = slot >> 6;
  RAISE EXCEPTION USING ERRCODE = '${fenceStates.moved}',
    MESSAGE = format('slot %s is not written on this shard: group %s is %s', slot, slot >> 6,
      CASE found_group.state WHEN 'm' THEN 'moving to ' || found_group.owner WHEN 'i' THEN 'not here yet'
        WHEN 'r' THEN 'on ' || found_group.owner WHEN 'o' THEN 'here, since just now' ELSE 'unknown here' END),
    DETAIL = jsonb_build_object('slot', slot, 'group', slot >> 6, 'epoch', found_group.epoch, 'owner',
      found_group.owner, 'state', found_group.state),
    HINT = 'Read the map again and send the statement to the owner.';
END $refuse$;
`

/** The type of a key column, as keyTypeOf() has it; null for what cannot be one. */
const keyTypeFunction = `
CREATE OR REPLACE FUNCTION hl_shards.key_type(type oid) RETURNS text LANGUAGE sql STABLE ${safely} AS $key_type$
  SELECT CASE typname WHEN 'varchar' THEN 'text' ELSE typname::text END FROM pg_type
  WHERE oid = type AND typnamespace = 'pg_catalog'::regnamespace
    AND typname IN (${[...keyTypes, 'varchar'].map(type => `'${type}'`).join(', ')})
$key_type$;
`

/** Slots by SQL, for people, indexes and checks; the fence has the expression itself in it. */
const slotFunctions = (['int8', 'uuid', 'text'] as const)
  .map(
    type => `
CREATE OR REPLACE FUNCTION hl_shards.slot(key ${type}) RETURNS int4 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$slot$ SELECT ${slotSql(type, 'key')}::int4 $slot$;`,
  )
  .join('')

/** Reads and checks one group, whose lock is taken first; in one place of the trigger's text, so it is a text here. */
const checkSlot = `
  PERFORM pg_advisory_xact_lock_shared(${lockClass}, slot >> 6);
  IF current_setting('transaction_isolation') IN ('read committed', 'read uncommitted') THEN
    SELECT state INTO found_state FROM hl_shards.slot_group WHERE slot_group = (slot >> 6)::int2;
  ELSE
    SELECT state INTO found_state FROM hl_shards.slot_group WHERE slot_group = (slot >> 6)::int2 FOR SHARE;
  END IF;
  IF found_state IS DISTINCT FROM 'o' THEN
    PERFORM hl_shards.refuse(slot);
  END IF;`

/** By its index: the planner takes a scan over 64 rows for cheap, and each written row would pay for it. */
const byIndex = 'SET enable_seqscan = off'

/** The trigger's function for one name and type of a key; %1$s are old and new slots' expressions. */
const rowFunction = `
DECLARE
  slot int4;
  was_slot int4;
  found_state "char";
BEGIN
  IF TG_OP <> 'INSERT' THEN
    was_slot := %1$s;
  END IF;
  IF TG_OP = 'DELETE' THEN
    slot := was_slot;
  ELSE
    slot := %2$s;
  END IF;
  IF slot IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'not_null_violation',
      MESSAGE = format('the sharding key %%I of %%s is null', TG_ARGV[0], TG_RELID::regclass);
  END IF;
  IF was_slot >> 6 <> slot >> 6 THEN
    RAISE EXCEPTION USING ERRCODE = '${fenceStates.keyUpdate}',
      MESSAGE = format('the sharding key %%I of a row of %%s cannot go from group %%s to group %%s', TG_ARGV[0],
        TG_RELID::regclass, was_slot >> 6, slot >> 6),
      DETAIL = jsonb_build_object('slot', slot, 'group', slot >> 6, 'wasSlot', was_slot, 'wasGroup', was_slot >> 6),
      HINT = 'Delete the row and insert it under its new key, in one transaction over shards.';
  END IF;${checkSlot}
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  RETURN NEW;
END`

const slotTemplates = keyTypes.map(type => `WHEN '${type}' THEN '${slotSql(type, '%s')}::int4'`).join(' ')

/** Its row trigger is cloned to partitions, later ones included; the one of TRUNCATE is not, so each gets its own. */
const fence = `
CREATE OR REPLACE FUNCTION hl_shards.fence_truncate() RETURNS trigger LANGUAGE plpgsql
  SECURITY DEFINER ${safely} AS $truncate$
DECLARE
  owned int4;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(${lockClass}, g) FROM generate_series(0, 63) AS g;
  IF current_setting('transaction_isolation') IN ('read committed', 'read uncommitted') THEN
    SELECT count(*) INTO owned FROM hl_shards.slot_group WHERE state = 'o';
  ELSE
    WITH locked AS (SELECT state FROM hl_shards.slot_group FOR SHARE)
    SELECT count(*) INTO owned FROM locked WHERE state = 'o';
  END IF;
  IF owned < 64 THEN
    RAISE EXCEPTION USING ERRCODE = '${fenceStates.truncate}',
      MESSAGE = format('%s cannot be truncated here: the shard owns %s of 64 groups, and the rows of others may be on their way', TG_RELID::regclass, owned),
      HINT = 'Use DELETE.';
  END IF;
  IF EXISTS (SELECT FROM hl_shards.move) THEN
    PERFORM hl_shards.refuse_change(TG_RELID::regclass::text);
  END IF;
  RETURN NULL;
END $truncate$;

CREATE OR REPLACE FUNCTION hl_shards.fence_truncate_of(root regclass) RETURNS void LANGUAGE plpgsql ${safely} AS $of$
DECLARE
  part regclass;
BEGIN
  FOR part IN
    SELECT member.relid FROM (SELECT relid FROM pg_partition_tree(root) UNION SELECT root) AS member
    JOIN pg_class AS class ON class.oid = member.relid AND class.relkind IN ('r', 'p')
    WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = member.relid AND tgname = '${truncateTrigger}')
  LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE TRUNCATE ON %s EXECUTE FUNCTION hl_shards.fence_truncate()',
      '${truncateTrigger}', part);
  END LOOP;
END $of$;

CREATE OR REPLACE FUNCTION hl_shards.fence(root regclass, key_column name) RETURNS void
  LANGUAGE plpgsql ${safely} AS $fence$
DECLARE
  class pg_class;
  attribute pg_attribute;
  type text;
  template text;
  function_name name;
BEGIN
  SELECT * INTO class FROM pg_class WHERE oid = root;
  SELECT * INTO attribute FROM pg_attribute WHERE attrelid = root AND attname = key_column AND attnum > 0
    AND NOT attisdropped;
  type := hl_shards.key_type(attribute.atttypid);
  PERFORM hl_shards.check_fence(class, attribute, key_column, type);
  -- Nobody would bring its rows along, and they would be removed with the others.
  IF EXISTS (SELECT FROM hl_shards.move) AND NOT EXISTS (SELECT FROM hl_shards.sharded_table JOIN pg_namespace
      ON nspname = schema_name WHERE pg_namespace.oid = class.relnamespace AND table_name = class.relname) THEN
    PERFORM hl_shards.refuse_change(root::text);
  END IF;
  template := CASE type ${slotTemplates} END;
  function_name := 'fence_' || md5(type || ' ' || key_column);
  EXECUTE format('CREATE OR REPLACE FUNCTION hl_shards.%I() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER ${safely} ${byIndex} AS %L',
    function_name, format($body$${rowFunction}$body$, format(template, format('OLD.%I', key_column)),
      format(template, format('NEW.%I', key_column))));
  IF NOT EXISTS (SELECT FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
      WHERE tgrelid = root AND tgname = '${fenceTrigger}' AND proname = function_name) THEN
    EXECUTE format('CREATE OR REPLACE TRIGGER %I BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION hl_shards.%I(%L)',
      '${fenceTrigger}', root, function_name, key_column);
  END IF;
  PERFORM hl_shards.fence_truncate_of(root);
  INSERT INTO hl_shards.sharded_table
    SELECT nspname, class.relname, 'sharded', key_column, type FROM pg_namespace WHERE oid = class.relnamespace
    ON CONFLICT (schema_name, table_name)
      DO UPDATE SET kind = excluded.kind, key_column = excluded.key_column, key_type = excluded.key_type;
END $fence$;

CREATE OR REPLACE FUNCTION hl_shards.unfence(root regclass) RETURNS void LANGUAGE plpgsql ${safely} AS $unfence$
DECLARE
  part regclass;
BEGIN
  EXECUTE format('DROP TRIGGER IF EXISTS %I ON %s', '${fenceTrigger}', root);
  FOR part IN SELECT tgrelid FROM pg_trigger
    JOIN (SELECT relid FROM pg_partition_tree(root) UNION SELECT root) AS member
    ON relid = tgrelid WHERE tgname = '${truncateTrigger}'
  LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', '${truncateTrigger}', part);
  END LOOP;
  DELETE FROM hl_shards.sharded_table USING pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE pg_class.oid = root AND schema_name = nspname AND table_name = relname;
END $unfence$;
`

/**
 * Of what is written past the fence. Event triggers are for superusers; without one, attach a partition and call
 * hl_shards.fence again, or look at hl_shards.unfenced.
 */
const laterPartitions = `
CREATE OR REPLACE FUNCTION hl_shards.fence_partitions() RETURNS event_trigger LANGUAGE plpgsql ${safely} AS $partitions$
BEGIN
  PERFORM hl_shards.fence_truncate_of(changed.root) FROM (
    SELECT DISTINCT pg_partition_root(objid) AS root FROM pg_event_trigger_ddl_commands() WHERE object_type = 'table'
  ) AS changed JOIN pg_class ON pg_class.oid = changed.root JOIN pg_namespace ON pg_namespace.oid = relnamespace
    JOIN hl_shards.sharded_table ON schema_name = nspname AND table_name = relname AND kind = 'sharded';
END $partitions$;

DO $install$
BEGIN
  IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_event_trigger WHERE evtname = '${partitionsTrigger}') THEN
    CREATE EVENT TRIGGER ${partitionsTrigger} ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE')
      EXECUTE FUNCTION hl_shards.fence_partitions();
  END IF;
END $install$;

CREATE OR REPLACE VIEW hl_shards.unfenced AS
SELECT member.relid AS "table", trigger_name
FROM hl_shards.sharded_table
JOIN pg_catalog.pg_namespace ON nspname = schema_name
JOIN pg_catalog.pg_class AS root ON root.relnamespace = pg_namespace.oid AND root.relname = table_name
CROSS JOIN LATERAL (SELECT relid FROM pg_catalog.pg_partition_tree(root.oid) UNION SELECT root.oid) AS member
JOIN pg_catalog.pg_class AS class ON class.oid = member.relid AND class.relkind IN ('r', 'p')
CROSS JOIN (VALUES ('${fenceTrigger}'::name), ('${truncateTrigger}')) AS needed(trigger_name)
WHERE kind = 'sharded' AND NOT EXISTS (
  SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = member.relid AND tgname = trigger_name AND tgenabled IN ('O', 'A'));
`

/** All of the fence; hl_shards.fence(table, key column) then puts it on a table, hl_shards.unfence takes it away. */
export function fenceSql(): string {
  return [refuse, keyTypeFunction, slotFunctions, checkFence, fence, laterPartitions].join('\n')
}
