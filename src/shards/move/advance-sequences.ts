// Sequences of sharded tables are each shard's own, and are not replicated: the one that takes a group must not give
// out what the other has given to its rows. Invariants: after the fence, so nothing is given out for these groups any
// more; a sequence only goes on, whoever takes numbers from it at the same time. Not here: when (move-cutover.ts).
import type {MoveSide} from './move-context.ts'

/** Sequences that belong to a column of a sharded table, as of identity and serial, or that its default names. */
const sequencesText = `
WITH attribute AS (
  SELECT root.oid AS relation, a.attnum FROM hl_shards.sharded_table AS t
  JOIN pg_namespace AS space ON space.nspname = t.schema_name
  JOIN pg_class AS root ON root.relnamespace = space.oid AND root.relname = t.table_name
  JOIN pg_attribute AS a ON a.attrelid = root.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE t.kind = 'sharded'
), used AS (
  SELECT d.objid AS oid FROM attribute JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass
    AND d.refobjid = relation AND d.refobjsubid = attnum AND d.classid = 'pg_class'::regclass
    AND d.deptype IN ('a', 'i')
  UNION SELECT d.refobjid FROM attribute JOIN pg_attrdef AS def ON def.adrelid = relation AND def.adnum = attnum
    JOIN pg_depend AS d ON d.classid = 'pg_attrdef'::regclass AND d.objid = def.oid
      AND d.refclassid = 'pg_class'::regclass
)
SELECT name, last FROM (
  SELECT format('%I.%I', n.nspname, s.relname) AS name,
    CASE s.relkind WHEN 'S' THEN pg_sequence_last_value(s.oid)::text END AS last
  FROM used JOIN pg_class AS s ON s.oid = used.oid JOIN pg_namespace AS n ON n.oid = s.relnamespace
) AS sequence WHERE last IS NOT NULL`

/** Gaps that are gone through one by one: what somebody else takes meanwhile is never given out again. */
const stepsMost = 1_000

/** `missing`: numbers that the other side is ahead. A jump is taken only where it is too far for anybody to pass it. */
const advanceText = `
SELECT CASE WHEN missing > ${stepsMost} THEN setval(name::regclass, last)
  ELSE (
    SELECT max(taken) FROM (SELECT nextval(name::regclass) AS taken FROM generate_series(1, missing)) AS numbers
  ) END
FROM (
  SELECT own.name, own.last::int8 AS last, ceil((own.last::numeric
    - coalesce(pg_sequence_last_value(seqrelid), seqstart - seqincrement)) / seqincrement)::int8 AS missing
  FROM unnest($1::text[], $2::text[]) AS own(name, last) JOIN pg_sequence ON seqrelid = own.name::regclass
) AS behind WHERE missing > 0`

/** `to` goes on from where `from` is, where that is further. */
export async function advanceSequences(from: MoveSide, to: MoveSide): Promise<void> {
  const given = await from.session.rows<{name: string; last: string}>(sequencesText)
  if (given.length > 0) await to.session.rows(advanceText, [given.map(({name}) => name), given.map(({last}) => last)])
}
