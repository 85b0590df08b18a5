// Which column is tied to which key. A node is a column of one relation in one place of a statement. "Bound to v"
// says: of the rows that can have an influence on the answer, each has v or null in that column. A rule says that
// when its nodes are bound to a value, another one is bound to it too; a source is a value or list that a node is
// bound to. Invariant: only columns of types whose equality is that of their bytes have rules (families). Pure. Not
// here: which clause makes which rule (conditions.ts, join-tree.ts).
import type {Family} from './family.ts'
import type {KeySource} from './key-source.ts'

interface Rule {
  readonly when: readonly number[]
  readonly then: number
}

export class KeyGraph {
  readonly #families: (Family | null)[] = []
  readonly #rules: Rule[] = []
  readonly #sources: {readonly node: number; readonly source: KeySource}[] = []

  newNode(family: Family | null): number {
    return this.#families.push(family) - 1
  }

  familyOf(node: number): Family | null {
    return this.#families[node] ?? null
  }

  /** When all of `when` are bound to a value, so is `then`. */
  rule(when: readonly number[], then: number): void {
    const family = this.familyOf(then)
    if (family !== null && when.every(node => this.familyOf(node) === family)) this.#rules.push({when, then})
  }

  bind(node: number, source: KeySource): void {
    if (this.familyOf(node) !== null) this.#sources.push({node, source})
  }

  /** All nodes that are bound to a value when `start` is. */
  reach(start: number): ReadonlySet<number> {
    const reached = new Set([start])
    for (let grown = true; grown;) {
      grown = false
      for (const {when, then} of this.#rules) {
        if (reached.has(then) || !when.every(node => reached.has(node))) continue
        reached.add(then)
        grown = true
      }
    }
    return reached
  }

  /** What each of the nodes is bound to. */
  sourcesOf(nodes: readonly number[]): ReadonlyMap<number, readonly KeySource[]> {
    const found = new Map<number, KeySource[]>(nodes.map(node => [node, []]))
    for (const {node, source} of this.#sources) {
      const reached = this.reach(node)
      for (const [wanted, sources] of found) if (reached.has(wanted)) sources.push(source)
    }
    return found
  }
}
