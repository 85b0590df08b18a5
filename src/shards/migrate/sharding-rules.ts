// PURE: may a table be sharded as it was declared? A shard can only keep unique what it has all of, so the key column
// is in every primary and unique key, and a foreign key stays on its shard. Invariant: every way in which a table
// breaks its declaration is told. Not here: reading the tables (read-sharding.ts).

export interface UniqueKey {
  /** Of the index, quoted, with its schema. */
  readonly index: string
  /** Does a constraint own it? */
  readonly isConstraint: boolean
  /** null: an expression. */
  readonly columns: readonly (string | null)[]
}

export interface ForeignKey {
  readonly name: string
  readonly columns: readonly string[]
  /** Quoted, with its schema. */
  readonly target: string
  readonly targetColumns: readonly string[]
}

/** A declared table as it is. */
export interface DeclaredTable {
  /** Quoted, with its schema. */
  readonly table: string
  readonly kind: string
  readonly keyColumn: string | null
  readonly keyType: string | null
  readonly exists: boolean
  /** What the key column is; null: there is no such column. `type` is pg_type's name. */
  readonly key: {readonly type: string; readonly notNull: boolean} | null
  /** Also those of its partitions, and exclusion constraints. */
  readonly uniqueKeys: readonly UniqueKey[]
  readonly foreignKeys: readonly ForeignKey[]
  /** Row triggers of hl_shards. */
  readonly fences: number
}

export interface ShardingViolation {
  readonly table: string
  /** What is wrong and what would be right. */
  readonly message: string
  /** A unique index without a constraint that is to blame, quoted; else null. */
  readonly index: string | null
}

/** All violations of all declared tables, in the order of the tables. */
export function shardingViolations(tables: readonly DeclaredTable[]): readonly ShardingViolation[] {
  const declared = new Map(tables.map(table => [table.table, table]))
  return tables.flatMap(table => {
    const tell = (message: string, index: string | null = null): ShardingViolation => ({
      table: table.table,
      message: `${table.table} ${message}`,
      index,
    })
    if (!table.exists) return [tell('is declared in hl_shards.sharded_table and does not exist')]
    if (table.kind === 'reference') return referenceProblems(table, declared).map(message => tell(message))
    if (table.kind !== 'sharded') return [tell(`is declared as ${table.kind}: say sharded or reference`)]
    return [
      ...keyProblems(table).map(message => tell(message)),
      ...table.uniqueKeys
        .filter(({columns}) => !columns.includes(table.keyColumn))
        .map(({index, columns, isConstraint}) =>
          tell(
            `has the unique key ${index} (${columns.map(column => column ?? 'an expression').join(', ')}) without ` +
              `its key column ${table.keyColumn}: no shard can keep it unique over all; add the column to it`,
            isConstraint ? null : index,
          ),
        ),
      ...table.foreignKeys.flatMap(foreign => foreignProblem(table, foreign, declared)).map(message => tell(message)),
    ]
  })
}

function keyProblems({keyColumn, keyType, key, fences}: DeclaredTable): readonly string[] {
  if (keyColumn === null || keyType === null) return ['is declared as sharded without key_column and key_type']
  if (key === null) return [`has no column ${keyColumn}, which is declared as its key`]
  const type = key.type === 'varchar' ? 'text' : key.type
  return [
    ...(key.notNull ? [] : [`allows NULL in its key column ${keyColumn}: say NOT NULL`]),
    ...(type === keyType ? [] : [`has a key column ${keyColumn} of type ${key.type} and is declared with ${keyType}`]),
    ...(fences > 0 ? [] : [`has no fence: SELECT hl_shards.fence('…', '${keyColumn}') in the migration that makes it`]),
  ]
}

function foreignProblem(
  table: DeclaredTable,
  {name, columns, target, targetColumns}: ForeignKey,
  declared: ReadonlyMap<string, DeclaredTable>,
): readonly string[] {
  const other = declared.get(target)
  if (other?.kind === 'reference') return []
  if (other === undefined)
    return [`has the foreign key ${name} to ${target}, which is declared as neither sharded nor a reference table`]
  const at = columns.indexOf(table.keyColumn ?? '')
  if (at >= 0 && targetColumns[at] === other.keyColumn) return []
  return [
    `has the foreign key ${name} to ${target} that does not pair ${table.keyColumn} with ${other.keyColumn}: the ` +
      'row may be on another shard',
  ]
}

function referenceProblems(
  {foreignKeys}: DeclaredTable,
  declared: ReadonlyMap<string, DeclaredTable>,
): readonly string[] {
  return foreignKeys
    .filter(({target}) => declared.get(target)?.kind !== 'reference')
    .map(({name, target}) => `is a reference table and has the foreign key ${name} to ${target}, which is none`)
}
