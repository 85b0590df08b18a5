// Which tables can be fenced. Invariant: what the fence could not hold is refused before anything is made, with the way
// out. Pure. Not here: the fence (fence-sql.ts).

/** Nobody can put a function or an operator of their own in between. */
export const safely = `SET search_path = pg_catalog, pg_temp`

/** hl_shards.check_fence, which raises invalid_table_definition. */
export const checkFence = `
CREATE OR REPLACE FUNCTION hl_shards.check_fence(class pg_class, attribute pg_attribute, key_column name, type text)
RETURNS void LANGUAGE plpgsql ${safely} AS $check$
DECLARE
  problem text;
BEGIN
  problem := CASE
    WHEN class.relkind NOT IN ('r', 'p') THEN 'it is no table: name an ordinary or partitioned table'
    WHEN class.relispartition THEN 'it is a partition: fence the partitioned table'
    WHEN class.relpersistence = 't' THEN 'it is temporary'
    WHEN attribute.attname IS NULL THEN format('it has no column %I', key_column)
    WHEN type IS NULL THEN format('its column %I has the type %s, which cannot be a key: use int2, int4, int8, uuid, text or varchar',
      key_column, format_type(attribute.atttypid, attribute.atttypmod))
    WHEN NOT attribute.attnotnull THEN format('its column %I may be null: ALTER TABLE ... ALTER COLUMN %1$I SET NOT NULL', key_column)
    WHEN attribute.attgenerated <> ''
      THEN format('its column %I is generated, after the triggers: name the column that it comes from', key_column)
    WHEN EXISTS (SELECT FROM pg_collation WHERE oid = attribute.attcollation AND NOT collisdeterministic)
      THEN format('the collation of its column %I is nondeterministic, so equal keys would hash apart: use COLLATE "C"', key_column)
    WHEN EXISTS (SELECT FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
        WHERE inhparent = class.oid AND NOT child.relispartition)
      THEN 'tables inherit from it, to which triggers do not come down: use partitions'
    WHEN EXISTS (SELECT FROM hl_shards.sharded_table AS known
      WHERE known.schema_name = (SELECT nspname FROM pg_namespace WHERE oid = class.relnamespace)
        AND known.table_name = class.relname AND known.kind = 'sharded' AND known.key_column <> check_fence.key_column)
      THEN 'it is sharded by another column: take that fence away first, hl_shards.unfence'
    ELSE (SELECT format('its unique index %s lacks the column %I, and no shard could keep anything else unique: add it', indexrelid::regclass, key_column)
      FROM pg_index WHERE indrelid = class.oid AND indisunique
        AND attribute.attnum <> ALL ((indkey::int2[])[0:indnkeyatts - 1])
      ORDER BY indexrelid LIMIT 1)
  END;
  IF problem IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_table_definition',
      MESSAGE = format('%s cannot be sharded by %I: %s', class.oid::regclass, key_column, problem);
  END IF;
END $check$;
`
