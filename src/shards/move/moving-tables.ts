// The tables whose rows move, and the SQL that picks the rows of some groups: of built-in immutable functions only, so
// that one text serves for copies, deletes, comparisons and the row filter of a publication. Not here: what is done
// with it.
import pg, {type QueryResultRow} from 'pg'
import {slotSql} from '../keys/slot.ts'
import {keyTypeOf, type KeyType} from '../keys/key-type.ts'
import {ShardError} from '../shard-error.ts'
import type {MoveSession} from './move-session.ts'

/** A sharded table. */
export interface MovingTable {
  /** Quoted, with its schema. */
  readonly name: string
  /** Quoted. */
  readonly key: string
  readonly keyType: KeyType
  /** Quoted, without those that are generated. */
  readonly columns: readonly string[]
  /** Of its primary key, as they are called; null: it has none. */
  readonly primaryKey: readonly string[] | null
  /** Itself, or its partitions: what has rows of its own. */
  readonly leaves: readonly Leaf[]
}

/** What has rows of its own. */
export interface Leaf {
  /** Quoted, with its schema. */
  readonly name: string
  /** Blocks of 8 kB, as of now. */
  readonly pages: number
}

const tablesText = `
SELECT format('%I.%I', t.schema_name, t.table_name) AS name, quote_ident(t.key_column) AS key, t.key_type AS type,
  (SELECT json_agg(quote_ident(a.attname) ORDER BY a.attnum) FROM pg_attribute AS a
    WHERE a.attrelid = root.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '')::text AS columns,
  (SELECT json_agg(a.attname ORDER BY place.at) FROM pg_index AS i
    CROSS JOIN LATERAL unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) WITH ORDINALITY AS place(attnum, at)
    JOIN pg_attribute AS a ON a.attrelid = root.oid AND a.attnum = place.attnum
    WHERE i.indrelid = root.oid AND i.indisprimary)::text AS "primaryKey",
  (SELECT json_agg(json_build_object('name', format('%I.%I', n.nspname, c.relname),
      'pages', pg_relation_size(c.oid) / current_setting('block_size')::int8) ORDER BY n.nspname, c.relname)
    FROM (SELECT relid FROM pg_partition_tree(root.oid) UNION SELECT root.oid) AS member
    JOIN pg_class AS c ON c.oid = member.relid AND c.relkind = 'r' JOIN pg_namespace AS n ON n.oid = c.relnamespace
  )::text AS leaves
FROM hl_shards.sharded_table AS t
JOIN pg_namespace AS space ON space.nspname = t.schema_name
JOIN pg_class AS root ON root.relnamespace = space.oid AND root.relname = t.table_name
WHERE t.kind = 'sharded' ORDER BY 1`

interface Found {
  readonly name: string
  readonly key: string
  readonly type: string
  readonly columns: string
  readonly primaryKey: string | null
  readonly leaves: string | null
}

/** In the order of their names. Rejects with SHARD_FAILED for an answer of no sense. */
export async function readMovingTables(session: MoveSession): Promise<readonly MovingTable[]> {
  const rows = await session.rows<Found & QueryResultRow>(tablesText)
  return rows.map(({name, key, type, columns, primaryKey, leaves}) => {
    const keyType = keyTypeOf(type)
    if (keyType === null)
      throw new ShardError('SHARD_FAILED', `${name} is sharded by a ${type}, which is no key`, {shard: session.server})
    return {
      name,
      key,
      keyType,
      columns: JSON.parse(columns) as readonly string[],
      primaryKey: primaryKey === null ? null : (JSON.parse(primaryKey) as readonly string[]),
      leaves: leaves === null ? [] : (JSON.parse(leaves) as readonly Leaf[]),
    }
  })
}

/** SQL: is the row in one of these groups? */
export function inGroups({key, keyType}: Pick<MovingTable, 'key' | 'keyType'>, groups: readonly number[]): string {
  return `((${slotSql(keyType, key)} >> 6) = ANY ('{${groups.map(Number).join(',')}}'::pg_catalog.int8[]))`
}

/** SQL of the slot. */
export function slotOfRow({key, keyType}: Pick<MovingTable, 'key' | 'keyType'>): string {
  return slotSql(keyType, key)
}

export const literal = (text: string): string => pg.escapeLiteral(text)
export const identifier = (name: string): string => pg.escapeIdentifier(name)
