// The SQL that reads a schema: each query gives rows of kind, name, facts. To be run with an empty search_path, so that
// names come with their schemas. PostgreSQL 14 and later; where a column of a catalog has come or gone since, the row
// is read as JSON.

const sorted = (acl: string): string =>
  `(SELECT string_agg(a::text, ', ' ORDER BY a::text COLLATE "C") FROM unnest(${acl}) AS a)`
const notMember = (catalog: string, oid: string): string =>
  `NOT EXISTS (SELECT FROM pg_depend m WHERE m.classid = '${catalog}'::regclass AND m.objid = ${oid} AND ` +
  `m.deptype = 'e')`

/** `$1`: schemas that hold what was detached; their tables are left out. */
export const schemaObjects = `
WITH space AS (
  SELECT * FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'hl_migrate')
), relation AS (
  SELECT c.*, format('%I.%I', s.nspname, c.relname) AS full_name
    FROM pg_class c JOIN space s ON s.oid = c.relnamespace
   WHERE NOT c.relispartition AND s.nspname <> ALL ($1::text[]) AND ${notMember('pg_class', 'c.oid')}
), found (kind, name, facts) AS (
  SELECT 'database', 'database', jsonb_build_object(
      'major version', current_setting('server_version_num')::int / 10000, 'encoding', pg_encoding_to_char(d.encoding),
      'locale provider', d.datlocprovider, 'locale',
        coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale'),
      'collate', d.datcollate, 'ctype', d.datctype, 'collation version', d.datcollversion,
      'collation version of the system', pg_database_collation_actual_version(d.oid))
    FROM pg_database d WHERE d.datname = current_database()
  UNION ALL
  SELECT 'extension', e.extname, jsonb_build_object('version', e.extversion, 'schema',
    e.extnamespace::regnamespace::text)
    FROM pg_extension e
  UNION ALL
  SELECT 'schema', s.nspname, jsonb_build_object('owner', pg_get_userbyid(s.nspowner), 'privileges',
    ${sorted('s.nspacl')})
    FROM space s WHERE ${notMember('pg_namespace', 's.oid')}
  UNION ALL
  SELECT 'collation', format('%I.%I', s.nspname, c.collname), jsonb_build_object(
      'provider', c.collprovider, 'collate', c.collcollate, 'ctype', c.collctype, 'deterministic',
        c.collisdeterministic,
      'locale', coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale'), 'version', c.collversion,
      'version of the system', pg_collation_actual_version(c.oid))
    FROM pg_collation c JOIN space s ON s.oid = c.collnamespace WHERE ${notMember('pg_collation', 'c.oid')}
  UNION ALL
  SELECT 'type', format('%I.%I', s.nspname, t.typname), jsonb_build_object(
      'kind', t.typtype, 'owner', pg_get_userbyid(t.typowner), 'privileges', ${sorted('t.typacl')},
      'labels', (SELECT string_agg(quote_literal(l.enumlabel), ', ' ORDER BY l.enumsortorder) FROM pg_enum l
        WHERE l.enumtypid = t.oid),
      'base type', format_type(nullif(t.typbasetype, 0), t.typtypmod), 'not null', t.typnotnull, 'default',
        t.typdefault,
      'checks', (SELECT string_agg(pg_get_constraintdef(k.oid), ', ' ORDER BY k.conname) FROM pg_constraint k
        WHERE k.contypid = t.oid),
      'subtype', (SELECT format_type(r.rngsubtype, NULL) FROM pg_range r WHERE r.rngtypid = t.oid))
    FROM pg_type t JOIN space s ON s.oid = t.typnamespace
   WHERE (t.typtype IN ('e', 'd', 'r') OR t.typtype = 'c'
     AND (SELECT c.relkind FROM pg_class c WHERE c.oid = t.typrelid) = 'c')
     AND ${notMember('pg_type', 't.oid')}
  UNION ALL
  SELECT 'sequence', r.full_name, jsonb_build_object(
      'type', format_type(q.seqtypid, NULL), 'start', q.seqstart, 'increment', q.seqincrement, 'minimum', q.seqmin,
      'maximum', q.seqmax, 'cache', q.seqcache, 'cycle', q.seqcycle, 'owner', pg_get_userbyid(r.relowner),
      'privileges', ${sorted('r.relacl')})
    FROM pg_sequence q JOIN relation r ON r.oid = q.seqrelid
  UNION ALL
  SELECT 'table', r.full_name, jsonb_build_object(
      'kind', r.relkind, 'persistence', r.relpersistence, 'owner', pg_get_userbyid(r.relowner),
      'privileges', ${sorted('r.relacl')}, 'options', array_to_string(r.reloptions, ', '),
      'row security', r.relrowsecurity, 'forced row security', r.relforcerowsecurity, 'replica identity',
        r.relreplident,
      'partitioned by', CASE r.relkind WHEN 'p' THEN pg_get_partkeydef(r.oid) END,
      'definition', CASE WHEN r.relkind IN ('v', 'm') THEN pg_get_viewdef(r.oid) END,
      'parents', (SELECT string_agg(h.inhparent::regclass::text, ', ' ORDER BY h.inhseqno) FROM pg_inherits h
        WHERE h.inhrelid = r.oid))
    FROM relation r WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f')
  UNION ALL
  SELECT 'column', format('%s.%I', r.full_name, a.attname), jsonb_build_object(
      'position', row_number() OVER (PARTITION BY r.oid ORDER BY a.attnum), 'type',
        format_type(a.atttypid, a.atttypmod),
      'not null', a.attnotnull, 'default', pg_get_expr(d.adbin, d.adrelid), 'generated', a.attgenerated,
      'identity', a.attidentity, 'privileges', ${sorted('a.attacl')},
      'collation', (SELECT format('%I.%I', n.nspname, k.collname) FROM pg_collation k JOIN pg_namespace n
        ON n.oid = k.collnamespace WHERE k.oid = a.attcollation))
    FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
  UNION ALL
  SELECT 'constraint', format('%s.%I', r.full_name, k.conname),
      jsonb_build_object('definition', pg_get_constraintdef(k.oid), 'validated', k.convalidated)
    FROM pg_constraint k JOIN relation r ON r.oid = k.conrelid WHERE k.conparentid = 0 AND k.contype <> 't'
  UNION ALL
  SELECT 'index', i.full_name,
      jsonb_build_object('definition', pg_get_indexdef(i.oid), 'valid', x.indisvalid, 'replica identity',
        x.indisreplident)
    FROM pg_index x JOIN relation i ON i.oid = x.indexrelid JOIN relation r ON r.oid = x.indrelid
  UNION ALL
  SELECT 'trigger', format('%s.%I', r.full_name, t.tgname),
      jsonb_build_object('definition', pg_get_triggerdef(t.oid), 'enabled', t.tgenabled)
    FROM pg_trigger t JOIN relation r ON r.oid = t.tgrelid WHERE NOT t.tgisinternal AND t.tgparentid = 0
  UNION ALL
  SELECT 'policy', format('%s.%I', r.full_name, p.polname), jsonb_build_object(
      'command', p.polcmd, 'permissive', p.polpermissive, 'using', pg_get_expr(p.polqual, p.polrelid),
      'with check', pg_get_expr(p.polwithcheck, p.polrelid),
      'roles', (SELECT string_agg(CASE o WHEN 0 THEN 'public' ELSE pg_get_userbyid(o) END, ', '
        ORDER BY pg_get_userbyid(o)) FROM unnest(p.polroles) o))
    FROM pg_policy p JOIN relation r ON r.oid = p.polrelid
  UNION ALL
  SELECT 'rule', format('%s.%I', r.full_name, w.rulename),
      jsonb_build_object('definition', pg_get_ruledef(w.oid), 'enabled', w.ev_enabled)
    FROM pg_rewrite w JOIN relation r ON r.oid = w.ev_class WHERE w.rulename <> '_RETURN'
  UNION ALL
  SELECT 'statistics', format('%I.%I', s.nspname, e.stxname),
    jsonb_build_object('definition', pg_get_statisticsobjdef(e.oid))
    FROM pg_statistic_ext e JOIN space s ON s.oid = e.stxnamespace JOIN relation r ON r.oid = e.stxrelid
  UNION ALL
  SELECT 'function', p.oid::regprocedure::text, jsonb_build_object(
      'definition', CASE p.prokind WHEN 'a' THEN pg_get_function_result(p.oid) ELSE pg_get_functiondef(p.oid) END,
      'owner', pg_get_userbyid(p.proowner), 'privileges', ${sorted('p.proacl')})
    FROM pg_proc p JOIN space s ON s.oid = p.pronamespace WHERE ${notMember('pg_proc', 'p.oid')}
)
SELECT kind, name, (SELECT coalesce(jsonb_object_agg(f.key, f.value), '{}') FROM jsonb_each_text(facts) f) AS facts FROM found`

/** How pg_partman makes and keeps partitions; which there are follows from when it ran. `schema`: quoted. */
export const partmanFacts = (schema: string): string => `
SELECT 'partitioning' AS kind, parent_table AS name,
       (SELECT jsonb_object_agg(f.key, f.value) FROM jsonb_each_text(to_jsonb(c)) f
         WHERE f.key = ANY ('{partition_type,partition_interval,control,epoch,premake,retention,retention_schema,retention_keep_table,retention_keep_index,automatic_maintenance,infinite_time_partitions,template_table,default_table,datetime_string,ignore_default_data,constraint_cols}')) AS facts
  FROM ${schema}.part_config c`

/** What the migrations declared of their tables. */
export const shardingFacts = `
SELECT 'sharding' AS kind, format('%I.%I', schema_name, table_name) AS name,
       jsonb_build_object('kind', kind::text, 'key column', key_column::text, 'key type', key_type::text) AS facts
  FROM hl_shards.sharded_table`
