// What keeps the form of sharded tables while a move is on, as SQL: event triggers that compare it with what it was
// when the move began. Invariants: DROP is refused as well as ALTER, whatever it drops of them; a partition may be made
// and attached, for the rows of tomorrow need one, and none may be detached, for its rows would leave one side alone.
// Pure. Not here: when the triggers come and go (move-sql.ts).
import {safely} from '../map/check-fence-sql.ts'
import {truncateTrigger} from '../map/fence-sql.ts'

/** There as long as the move's record is. */
export const moveTrigger = 'hl_shards_move_changes'

/** SQLSTATE: a table of a move would change its form. */
const moveChanged = 'HL007'

/** Of tables, partitions and indexes, as a query of oids. */
export const relationsOfMove = `
  SELECT member.relid FROM hl_shards.sharded_table AS t
  JOIN pg_namespace AS n ON n.nspname = t.schema_name
  JOIN pg_class AS root ON root.relnamespace = n.oid AND root.relname = t.table_name
  CROSS JOIN LATERAL (SELECT relid FROM pg_partition_tree(root.oid) UNION SELECT root.oid) AS tree
  CROSS JOIN LATERAL (SELECT tree.relid UNION SELECT indexrelid FROM pg_index WHERE indrelid = tree.relid) AS member`

/**
 * A partition that comes gives its parents parts of constraints: they have a parent themselves, and do not count. Nor
 * does the guard against TRUNCATE, which maintenance puts on partitions that came without one.
 */
const form = `
CREATE OR REPLACE FUNCTION hl_shards.move_form(relations oid[]) RETURNS text LANGUAGE sql STABLE ${safely} AS $form$
  SELECT hashtextextended(string_agg(part, E'\\n' ORDER BY part COLLATE "C"), 0)::text FROM (
    SELECT 'relation ' || ROW(c.oid, c.relname, c.relnamespace, c.relowner, c.relkind, c.relpersistence, c.relreplident,
        c.relrowsecurity, c.relforcerowsecurity, c.relispartition, pg_get_expr(c.relpartbound, c.oid), c.relacl::text,
        c.reloptions)::text AS part FROM pg_class AS c WHERE c.oid = ANY (relations)
    UNION ALL SELECT 'column ' || ROW(a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull,
        a.attisdropped, a.attidentity, a.attgenerated, a.attcollation, a.attacl::text, pg_get_expr(d.adbin, d.adrelid))::text
      FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE a.attrelid = ANY (relations) AND a.attnum > 0
    UNION ALL SELECT 'constraint ' || ROW(k.conrelid, k.conname, k.convalidated, pg_get_constraintdef(k.oid))::text
      FROM pg_constraint AS k WHERE k.conrelid = ANY (relations) AND k.conparentid = 0
    UNION ALL SELECT 'index ' || ROW(i.indrelid, i.indexrelid, i.indisvalid, i.indisreplident,
        pg_get_indexdef(i.indexrelid))::text FROM pg_index AS i WHERE i.indrelid = ANY (relations)
    UNION ALL SELECT 'trigger ' || ROW(t.tgrelid, t.tgenabled, pg_get_triggerdef(t.oid))::text
      FROM pg_trigger AS t WHERE t.tgrelid = ANY (relations) AND NOT t.tgisinternal AND t.tgname <> '${truncateTrigger}'
    UNION ALL SELECT 'policy ' || ROW(p.polrelid, p.polname, p.polcmd, p.polpermissive, p.polroles,
        pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))::text
      FROM pg_policy AS p WHERE p.polrelid = ANY (relations)
    UNION ALL SELECT 'rule ' || ROW(r.ev_class, r.ev_enabled, pg_get_ruledef(r.oid))::text
      FROM pg_rewrite AS r WHERE r.ev_class = ANY (relations)
  ) AS parts
$form$;
`

const guard = `
CREATE OR REPLACE FUNCTION hl_shards.refuse_change(what text) RETURNS void LANGUAGE plpgsql ${safely} AS $refuse$
DECLARE
  under_way hl_shards.move;
BEGIN
  SELECT * INTO under_way FROM hl_shards.move;
  RAISE EXCEPTION USING ERRCODE = '${moveChanged}',
    MESSAGE = format('%s cannot be changed now: move %s of groups %s from %s to %s is under way', what, under_way.id,
      array_to_string(under_way.groups, ', '), under_way.source, under_way.destination),
    HINT = 'Finish or abort the move first. Partitions may be made meanwhile, and not detached.';
END $refuse$;

CREATE OR REPLACE FUNCTION hl_shards.guard_move() RETURNS event_trigger LANGUAGE plpgsql ${safely} AS $guard$
DECLARE
  under_way hl_shards.move;
  changed text;
BEGIN
  SELECT * INTO under_way FROM hl_shards.move;
  IF NOT FOUND OR hl_shards.move_form(under_way.relations) IS NOT DISTINCT FROM under_way.form THEN
    RETURN;
  END IF;
  IF TG_EVENT = 'sql_drop' THEN
    SELECT o.object_identity INTO changed FROM pg_event_trigger_dropped_objects() AS o WHERE o.original LIMIT 1;
  ELSE
    SELECT c.object_identity INTO changed FROM pg_event_trigger_ddl_commands() AS c LIMIT 1;
  END IF;
  PERFORM hl_shards.refuse_change(coalesce(changed, TG_TAG));
END $guard$;
`

/** The functions; before those that make the triggers. */
export const guardSql = `${form}${guard}`
