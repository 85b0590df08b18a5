// A SELECT with aggregates as two statements: what each leg gives, and what a server makes of it. Invariants: each
// aggregate is put together first, expressions are computed once after; a column that is neither grouped by nor tied
// to what is grouped is refused as PostgreSQL does. Not here: aggregates (aggregates.ts), order and limit (plan-
// select.ts).
import {aggregatesIn, isAggregate} from './calls.ts'
import {canonical} from './canonical.ts'
import {fromRows, fromStates, isPartial, type TypeOf} from './aggregates.ts'
import {LegColumns} from './leg-columns.ts'
import {groupOrder, isC} from './orders.ts'
import {unsupported} from './refusal.ts'
import type {Scope} from './scope.ts'
import type {Typed} from './typed.ts'
import {bodyOf, mapTree, typeOfNode, type Node} from './tree-node.ts'

export class CombineItems {
  readonly columns: LegColumns
  /** Keys of the groups: indexes of the first columns of the legs. */
  readonly groups: number[] = []
  /** Do the legs give rows, or a state per group? */
  readonly byRows: boolean
  readonly #scope: Scope
  readonly #typeOf: TypeOf
  readonly #defaultIsC: boolean
  readonly #groupOf = new Map<string, number>()

  constructor(expressions: readonly unknown[], groups: readonly unknown[], surroundings: CombineSurroundings) {
    const {scope, typeOf, defaultIsC} = surroundings
    this.#scope = scope
    this.#typeOf = typeOf
    this.#defaultIsC = defaultIsC
    this.columns = new LegColumns(scope, defaultIsC)
    this.byRows = !aggregatesIn(expressions).every(isPartial)
    for (const group of groups) this.#group(group)
    // Columns that depend on a grouped key group with it: they stand before the states.
    for (const expression of expressions) this.#groupDependent(expression)
  }

  /** The expression over the columns of the legs. */
  combined(expression: unknown): unknown {
    const bare = this.#groupOf.get(canonical(expression, this.#scope))
    if (bare !== undefined) return this.columns.reference(bare)
    return mapTree(expression, node => this.#part(node))
  }

  #part(node: Node): unknown {
    const type = typeOfNode(node)
    if (type === '') return null
    if (type === 'SubLink') throw unsupported('a subquery beside an aggregate over several shards', 'run it on its own')
    const group = this.#groupOf.get(canonical(node, this.#scope))
    if (group !== undefined) return this.#comparable(group)
    const call = bodyOf(node, 'FuncCall')
    if (call !== null && isAggregate(call)) {
      const make = this.byRows ? fromRows : fromStates
      return make(call, this.columns, this.#typeOf, this.#defaultIsC)
    }
    if (type === 'ColumnRef') throw this.#notGrouped(node)
    return null
  }

  /** Inside of an expression the collation may matter, and an array has forgotten it. */
  #comparable(index: number): Node {
    const typed = this.columns.all[index]?.typed
    const forgotten =
      typed?.collation != null && typed.collation !== 'default' && !isC(typed.collation, this.#defaultIsC)
    if (forgotten)
      throw unsupported(`an expression over a grouped text of the collation ${typed.collation}`, 'add COLLATE "C"')
    return this.columns.reference(index)
  }

  #group(expression: unknown): void {
    const key = canonical(expression, this.#scope)
    if (this.#groupOf.has(key)) return
    const typed = this.#typeOf(expression)
    groupOrder(typed, 'GROUP BY')
    const index = this.columns.add(expression, typed)
    this.#groupOf.set(key, index)
    this.groups.push(index)
  }

  #groupDependent(expression: unknown): void {
    mapTree(expression, node => {
      const type = typeOfNode(node)
      const call = bodyOf(node, 'FuncCall')
      if (type === 'SubLink' || (call !== null && isAggregate(call))) return node
      if (type !== '' && this.#groupOf.has(canonical(node, this.#scope))) return node
      if (type === 'ColumnRef' && this.#isDependent(node)) this.#group(node)
      return null
    })
  }

  /** Is a whole unique key of its table grouped by? Of a table of the catalogue; null for others. */
  #isDependent(node: Node): boolean {
    const found = this.#scope.resolve(node)
    const relation = this.#scope.relations.find(({id}) => id === found?.column.relation)
    if (found?.depth !== 0 || relation === undefined) return false
    return relation.uniqueKeys.some(key =>
      key.every(name => {
        const column = relation.columns.find(one => one.name === name)
        return (
          column?.notNull === true &&
          this.#groupOf.has(canonical({ColumnRef: {fields: path(column.path)}}, this.#scope))
        )
      }),
    )
  }

  #notGrouped(node: Node): Error {
    const found = this.#scope.resolve(node)
    const name = found?.column.path.join('.') ?? 'a column'
    return unsupported(`${name} outside of GROUP BY and aggregates`, 'group by it, or put it into an aggregate')
  }

  typedGroups(): readonly (Typed | undefined)[] {
    return this.groups.map(index => this.columns.all[index]?.typed)
  }
}

export interface CombineSurroundings {
  readonly scope: Scope
  readonly typeOf: TypeOf
  readonly defaultIsC: boolean
}

function path(names: readonly string[]): readonly Node[] {
  return names.map(sval => ({String: {sval}}))
}
