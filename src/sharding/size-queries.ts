// The questions about sizes, for one shard. Rows are the planner's estimate (estimate_rel_size in plancat.c: the
// density that the last ANALYZE or VACUUM saw, over the pages of now), never counted. Not here: what is made of them
// (read-sizes.ts).

/**
 * One row for each declared table: rows is null where a part with data was never looked at. Bytes are those of the
 * table, its indexes and its TOAST, over all partitions; writes are counted since the statistics were reset.
 */
export const sizesText = `
SELECT t.schema_name::text AS schema, t.table_name::text AS table, t.kind, sum(part.bytes)::text AS bytes,
  CASE WHEN bool_and(part.rows IS NOT NULL) THEN round(sum(part.rows))::text END AS rows,
  sum(part.writes)::text AS writes
FROM hl_shards.sharded_table AS t
JOIN pg_catalog.pg_namespace AS n ON n.nspname = t.schema_name
JOIN pg_catalog.pg_class AS root ON root.relnamespace = n.oid AND root.relname = t.table_name
CROSS JOIN LATERAL (
  SELECT pg_catalog.pg_total_relation_size(c.oid) AS bytes,
    CASE WHEN size.pages = 0 THEN 0 WHEN c.reltuples < 0 THEN NULL WHEN c.relpages = 0 THEN c.reltuples::float8
      ELSE c.reltuples::float8 / c.relpages * size.pages END AS rows,
    coalesce(pg_catalog.pg_stat_get_tuples_inserted(c.oid) + pg_catalog.pg_stat_get_tuples_updated(c.oid)
      + pg_catalog.pg_stat_get_tuples_deleted(c.oid), 0) AS writes
  FROM (SELECT relid FROM pg_catalog.pg_partition_tree(root.oid) UNION SELECT root.oid) AS member
  JOIN pg_catalog.pg_class AS c ON c.oid = member.relid AND c.relkind = 'r'
  CROSS JOIN LATERAL (
    SELECT pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::int8 AS pages
  ) AS size
) AS part
GROUP BY 1, 2, 3 ORDER BY 1, 2`

/**
 * The share of a table's rows that its most common keys have, by group, as pg_stats tells it: ANALYZE keeps at most a
 * hundred of them, of a sample. A table whose key is unique has none.
 */
export const commonKeysText = `
SELECT t.schema_name::text AS schema, t.table_name::text AS table, slot.slot / 64 AS slot_group,
  sum(common.freq)::float8::text AS share, count(*)::int4 AS keys
FROM hl_shards.sharded_table AS t
JOIN pg_catalog.pg_namespace AS n ON n.nspname = t.schema_name
JOIN pg_catalog.pg_class AS root ON root.relnamespace = n.oid AND root.relname = t.table_name
JOIN pg_catalog.pg_stats AS s ON s.schemaname = t.schema_name AND s.tablename = t.table_name
  AND s.attname = t.key_column AND s.inherited = (root.relkind = 'p')
CROSS JOIN LATERAL unnest(s.most_common_vals::text::text[], s.most_common_freqs) AS common(key, freq)
CROSS JOIN LATERAL (
  SELECT CASE t.key_type WHEN 'uuid' THEN hl_shards.slot(common.key::uuid) WHEN 'text' THEN hl_shards.slot(common.key)
    ELSE hl_shards.slot(common.key::int8) END AS slot
) AS slot
WHERE t.kind = 'sharded'
GROUP BY 1, 2, 3`
