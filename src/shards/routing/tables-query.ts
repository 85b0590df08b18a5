// What a shard is asked about its tables and functions, for PostgreSQL 14 to 18. Invariants: any role may ask that may
// read hl_shards; nothing in search_path stands in for what is meant; the answer is one row. Not here: what is made of
// it (read-tables.ts).

const columns = `
  SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
           'name', a.attname, 'type', t.typname, 'notNull', a.attnotnull,
           'default', CASE WHEN a.attgenerated <> '' THEN NULL
                           WHEN a.attidentity <> '' THEN 'identity'
                           ELSE pg_catalog.pg_get_expr(d.adbin, d.adrelid) END,
           'generated', a.attgenerated <> '',
           'collation', CASE WHEN NOT l.collisdeterministic THEN 'nondeterministic:' || l.collname ELSE l.collname END)
         ORDER BY a.attnum)
    FROM pg_catalog.pg_attribute AS a
    JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    LEFT JOIN pg_catalog.pg_collation AS l ON l.oid = a.attcollation
   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped`

/** Expression indexes are unique of something else than columns: null stands for that. Partial ones are apart. */
const uniqueKeys = `
  SELECT pg_catalog.jsonb_agg((
           SELECT pg_catalog.jsonb_agg(a.attname ORDER BY k.place)
             FROM pg_catalog.unnest(i.indkey::pg_catalog.int2[]) WITH ORDINALITY AS k (number, place)
             LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number
            WHERE k.place <= i.indnkeyatts))
    FROM pg_catalog.pg_index AS i
   WHERE i.indrelid = c.oid AND i.indisunique AND i.indpred IS NULL`

/** Partial unique indexes too must hold the key. */
const partialKeys = uniqueKeys.replace('i.indpred IS NULL', 'i.indpred IS NOT NULL')

/**
 * One row: `tables` [{schema, name, kind, keyColumn, keyType, visible, columns, uniqueKeys, partialKeys}], `functions`
 * {name: 'i' | 's' | 'v'}, the most volatile of each name, and `collation`, that of the database: with ICU datcollate
 * says nothing of it, and all of the built-in provider sort by code points, as C does (datlocprovider is of 15 and
 * later). A function of a user that is STABLE may read a table, so it counts as VOLATILE; so does an aggregate, since
 * those that the planner can put together are known to it by name (calls.ts).
 */
export const tablesQuery = `
SELECT (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                 'schema', n.nspname, 'name', c.relname, 'kind', s.kind, 'keyColumn', s.key_column,
                 'keyType', s.key_type, 'visible', pg_catalog.pg_table_is_visible(c.oid),
                 'columns', (${columns}), 'uniqueKeys', (${uniqueKeys}), 'partialKeys', (${partialKeys})))
          FROM hl_shards.sharded_table AS s
          JOIN pg_catalog.pg_namespace AS n ON n.nspname = s.schema_name
          JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = s.table_name) AS tables,
       (SELECT pg_catalog.jsonb_object_agg(f.name, f.volatility)
          FROM (SELECT p.proname AS name,
                       pg_catalog.max(CASE WHEN p.prokind = 'a' THEN 'v'
                                           WHEN p.provolatile = 's' AND g.lanname NOT IN ('internal', 'c') THEN 'v'
                                           ELSE p.provolatile::pg_catalog.text END) AS volatility
                  FROM pg_catalog.pg_proc AS p
                  JOIN pg_catalog.pg_language AS g ON g.oid = p.prolang
                 GROUP BY p.proname) AS f) AS functions,
       (SELECT CASE coalesce(pg_catalog.jsonb_extract_path_text(pg_catalog.to_jsonb(d), 'datlocprovider'), 'c')
                 WHEN 'c' THEN d.datcollate WHEN 'b' THEN 'C' ELSE 'icu' END FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()) AS collation`
