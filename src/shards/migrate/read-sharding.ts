// Reads the declared tables as they are, in the transaction that may have made them. Not here: what is right
// (sharding-rules.ts).
import type {MigrationSession} from './migration-session.ts'
import type {DeclaredTable} from './sharding-rules.ts'

/** None where the schema hl_shards is not there. */
export async function readSharding(session: MigrationSession): Promise<readonly DeclaredTable[]> {
  const [there] = await session.rows<{has: boolean}>(`SELECT to_regclass('hl_shards.sharded_table') IS NOT NULL AS has`)
  if (there?.has !== true) return []
  return session.rows<DeclaredTable & Record<string, unknown>>(declaredTables)
}

const qualified = (oid: string): string =>
  `(SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace ` +
  `WHERE c.oid = ${oid})`
const columnNames = (table: string, numbers: string): string =>
  `(SELECT jsonb_agg(a.attname ORDER BY numbered.at) FROM unnest(${numbers}) WITH ORDINALITY AS numbered(number, at)
     LEFT JOIN pg_attribute a ON a.attrelid = ${table} AND a.attnum = numbered.number)`

const declaredTables = `
WITH declared AS (
  SELECT schema_name::text, table_name::text, kind::text, key_column::text, key_type::text,
         to_regclass(format('%I.%I', schema_name, table_name))::oid AS oid
    FROM hl_shards.sharded_table
)
SELECT format('%I.%I', d.schema_name, d.table_name) AS "table", d.kind, d.key_column AS "keyColumn",
       d.key_type AS "keyType", d.oid IS NOT NULL AS "exists",
       (SELECT jsonb_build_object('type', t.typname, 'notNull', a.attnotnull)
          FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
         WHERE a.attrelid = d.oid AND a.attname = d.key_column AND a.attnum > 0 AND NOT a.attisdropped) AS key,
       coalesce((SELECT jsonb_agg(jsonb_build_object('index', ${qualified('x.indexrelid')},
                   'isConstraint', EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid
                     AND k.contype IN ('p', 'u', 'x')),
                   'columns', ${columnNames('x.indrelid', '(x.indkey::int2[])[0:x.indnkeyatts - 1]')})
                     ORDER BY x.indexrelid)
          FROM pg_index x
         WHERE (x.indisunique OR x.indisexclusion)
           AND (x.indrelid = d.oid OR x.indrelid IN (SELECT relid FROM pg_partition_tree(d.oid)))),
             '[]') AS "uniqueKeys",
       coalesce((SELECT jsonb_agg(jsonb_build_object('name', k.conname, 'target', ${qualified('k.confrelid')},
                   'columns', ${columnNames('k.conrelid', 'k.conkey')},
                   'targetColumns', ${columnNames('k.confrelid', 'k.confkey')}) ORDER BY k.conname)
          FROM pg_constraint k WHERE k.conrelid = d.oid AND k.contype = 'f' AND k.conparentid = 0),
            '[]') AS "foreignKeys",
       (SELECT count(*)::int FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid
         WHERE g.tgrelid = d.oid AND NOT g.tgisinternal AND g.tgtype::int & 1 = 1
           AND p.pronamespace = to_regnamespace('hl_shards')) AS fences
  FROM declared d
 ORDER BY 1`
