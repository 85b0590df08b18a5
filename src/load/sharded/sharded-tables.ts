// The sharded tables of a server, as hl_shards has them. PURE. Invariant: names come quoted by the server.
import type {Statement} from '../access-paths/access-path.ts'
import type {Row} from '../parse-final.ts'

export interface ShardedTable {
  /** For people, within a literal. */
  readonly name: string
  readonly sql: string
  readonly key: string
  /** int8 for all whole numbers: they hash alike. */
  readonly type: 'int8' | 'uuid' | 'text'
}

export const tablesStatement: Statement = {
  text: `SELECT coalesce(json_agg(json_build_object('name', replace(table_name, '''', ''''''),
      'sql', format('%I.%I', schema_name, table_name), 'key', quote_ident(key_column), 'type', key_type)
      ORDER BY schema_name, table_name), '[]') AS tables
    FROM hl_shards.sharded_table WHERE kind = 'sharded'`,
  values: [],
}

/** null when it is not what was asked for, and where no table is sharded. */
export function parseTables(row: Row): readonly ShardedTable[] | null {
  const tables: unknown = row?.['tables']
  if (!Array.isArray(tables) || tables.length === 0) return null
  return tables.map((table: unknown) => {
    const field = (name: string): string => String(Reflect.get(table as object, name))
    const type = field('type')
    return {
      name: field('name'),
      sql: field('sql'),
      key: field('key'),
      type: type === 'uuid' || type === 'text' ? type : 'int8',
    }
  })
}
