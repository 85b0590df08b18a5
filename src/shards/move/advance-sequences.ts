// Sequences of sharded tables are each shard's own, and are not replicated: the one that takes a group must not give
// out what the other has given to its rows. Invariant: after the fence, so nothing is given out for these groups any
// more; a sequence only goes on. Not here: when (move-cutover.ts).
import type {MoveSide} from './move-context.ts'

/** Identity and serial columns: sequences that belong to a column of a sharded table. */
const sequencesText = `
SELECT name, last FROM (
  SELECT format('%I.%I', n.nspname, s.relname) AS name,
    CASE s.relkind WHEN 'S' THEN pg_sequence_last_value(s.oid)::text END AS last
  FROM hl_shards.sharded_table AS t
  JOIN pg_namespace AS space ON space.nspname = t.schema_name
  JOIN pg_class AS root ON root.relnamespace = space.oid AND root.relname = t.table_name
  JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = root.oid
    AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
  JOIN pg_class AS s ON s.oid = d.objid
  JOIN pg_namespace AS n ON n.oid = s.relnamespace
  WHERE t.kind = 'sharded'
) AS sequence WHERE last IS NOT NULL`

const advanceText = `
SELECT setval(own.name::regclass, CASE WHEN seqincrement > 0
    THEN greatest(own.last::int8, pg_sequence_last_value(seqrelid)) ELSE least(own.last::int8, pg_sequence_last_value(seqrelid)) END)
FROM unnest($1::text[], $2::text[]) AS own(name, last) JOIN pg_sequence ON seqrelid = own.name::regclass`

/** `to` goes on from where `from` is, where that is further. */
export async function advanceSequences(from: MoveSide, to: MoveSide): Promise<void> {
  const given = await from.session.rows<{name: string; last: string}>(sequencesText)
  if (given.length > 0) await to.session.rows(advanceText, [given.map(({name}) => name), given.map(({last}) => last)])
}
