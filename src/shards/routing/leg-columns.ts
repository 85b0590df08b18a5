// Columns of a leg that a combining statement reads: $1, $2, … as arrays, called c1, c2, … Invariant: each has a type
// that an array of it has too, and the same expression is one column. Not here: what is made of them (combine-
// items.ts).
import {cast, call, collate, column, parameter} from './build-nodes.ts'
import {canonical} from './canonical.ts'
import {isC} from './orders.ts'
import {unsupported} from './refusal.ts'
import type {Scope} from './scope.ts'
import type {Typed} from './typed.ts'
import type {Node} from './tree-node.ts'

const combinedName = 'p'

export interface LegColumn {
  readonly node: unknown
  readonly typed: Typed
}

export class LegColumns {
  readonly #columns: LegColumn[] = []
  readonly #known = new Map<string, number>()
  readonly #scope: Scope
  readonly #defaultIsC: boolean

  constructor(scope: Scope, defaultIsC: boolean) {
    this.#scope = scope
    this.#defaultIsC = defaultIsC
  }

  /** The index of the expression's column, which is added if it is not there. Throws UNSUPPORTED without a type. */
  add(node: unknown, typed: Typed | null): number {
    if (typed === null)
      throw unsupported('an aggregate over several shards of an expression of unknown type', 'cast it: (…)::numeric')
    const key = canonical(node, this.#scope)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const index = this.#columns.push({node, typed}) - 1
    this.#known.set(key, index)
    return index
  }

  get all(): readonly LegColumn[] {
    return this.#columns
  }

  /** How the combining statement names it; text that is ordered by its bytes says so, since an array forgets it. */
  reference(index: number): Node {
    const bare = column(combinedName, nameOf(index))
    const collation = this.#columns[index]?.typed.collation ?? null
    return collation !== null && collation !== 'default' && isC(collation, this.#defaultIsC) ? collate(bare, 'C') : bare
  }

  /** FROM unnest($1::…[], …) AS p(c1, …). */
  from(): Node {
    const arrays = this.#columns.map(({typed}, index) => cast(parameter(index + 1), typed.type, true))
    return {
      RangeFunction: {
        functions: [{List: {items: [call('unnest', arrays), {}]}}],
        alias: {aliasname: combinedName, colnames: this.#columns.map((_, index) => ({String: {sval: nameOf(index)}}))},
      },
    }
  }
}

export function nameOf(index: number): string {
  return `c${index + 1}`
}
