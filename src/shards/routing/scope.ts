// Names to columns, as PostgreSQL resolves them: innermost query first, merged columns of USING before those that they
// hide, two columns of one name are none. Invariant: a name that is not surely one column resolves to null, and null
// proves nothing. Not here: what relations there are (from-items.ts).
import {bodyOf, isNode, listIn, namesOf} from './tree-node.ts'

export interface Column {
  readonly name: string
  /** pg_type.typname; null: not known. */
  readonly type: string | null
  readonly collation: string | null
  readonly notNull: boolean
  /** In the key graph. */
  readonly node: number
  /** The relation that it belongs to; -1: merged of two. */
  readonly relation: number
  /** How it is written here. */
  readonly path: readonly string[]
}

export interface Relation {
  readonly id: number
  readonly schema: string | null
  readonly name: string
  readonly columns: readonly Column[]
  /** Are these all of its columns? */
  readonly closed: boolean
  /** Unique keys by column names; a reference table's own. */
  readonly uniqueKeys: readonly (readonly string[])[]
}

export interface Found {
  readonly column: Column
  /** 0: of this query; more: of one around it. */
  readonly depth: number
  /** Never null in the rows of that query: neither in the table nor by an outer join. */
  readonly surelyNotNull: boolean
}

export class Scope {
  readonly parent: Scope | null
  readonly relations: Relation[] = []
  /** Relations whose columns outer joins fill with nulls; known when the joins are tied. */
  nullable: ReadonlySet<number> = new Set()
  readonly #merged: Column[] = []
  /** Columns that a merged one hides. */
  readonly #hidden = new Set<Column>()

  constructor(parent: Scope | null) {
    this.parent = parent
  }

  add(relation: Relation): void {
    this.relations.push(relation)
  }

  /** A column of USING stands for those that it hides. */
  merge(column: Column, hidden: readonly Column[]): void {
    for (const one of hidden) this.#hidden.add(one)
    const before = this.#merged.findIndex(other => hidden.includes(other))
    if (before >= 0) this.#merged.splice(before, 1)
    this.#merged.push(column)
  }

  /** The column that a ColumnRef names; null when that is not sure. */
  resolve(expression: unknown): Found | null {
    const reference = bodyOf(expression, 'ColumnRef')
    if (reference === null) return null
    const fields = listIn(reference, 'fields')
    if (fields.some(field => isNode(field) && bodyOf(field, 'A_Star') !== null)) return null
    return this.#find(namesOf(fields), 0)
  }

  #find(path: readonly string[], depth: number): Found | null {
    const column = path.length === 1 ? this.#bare(path[0] ?? '') : this.#qualified(path)
    if (column === 'unsure') return null
    if (column !== null) {
      const {notNull, relation} = column
      return {column, depth, surelyNotNull: notNull && relation >= 0 && !this.nullable.has(relation)}
    }
    return this.parent === null ? null : this.parent.#find(path, depth + 1)
  }

  #bare(name: string): Column | 'unsure' | null {
    const merged = this.#merged.filter(column => column.name === name)
    const plain = this.relations
      .flatMap(relation => relation.columns)
      .filter(column => column.name === name && !this.#hidden.has(column))
    const all = [...merged, ...plain]
    if (all.length > 1) return 'unsure'
    if (all[0] !== undefined) return all[0]
    return this.relations.some(relation => !relation.closed) ? 'unsure' : null
  }

  #qualified(path: readonly string[]): Column | 'unsure' | null {
    const relation = this.relationOf(path.slice(0, -1))
    if (relation === null) return null
    const named = relation.columns.filter(column => column.name === path.at(-1))
    return named.length === 1 && named[0] !== undefined ? named[0] : 'unsure'
  }

  /** By its name, or schema and name. */
  relationOf(path: readonly string[]): Relation | null {
    const [schema, name] = path.length > 1 ? [path.at(-2), path.at(-1)] : [undefined, path[0]]
    const found = this.relations.filter(
      relation => relation.name === name && (schema === undefined || relation.schema === schema),
    )
    return found.length === 1 ? (found[0] ?? null) : null
  }
}
