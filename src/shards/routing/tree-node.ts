// Looking into a parse tree that nobody vouches for: libpg-query gives JSON, in which fields that are false, zero or
// empty are left out. Invariant: whatever is not there or of another type reads as empty; nothing throws, nothing is
// changed in place. Not here: what the nodes mean.

export type Node = Readonly<Record<string, unknown>>

const empty: Node = {}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function nodeIn(node: Node, field: string): Node {
  const value = node[field]
  return isNode(value) ? value : empty
}

export function listIn(node: Node, field: string): readonly unknown[] {
  const value = node[field]
  return Array.isArray(value) ? value : []
}

export function textIn(node: Node, field: string): string {
  const value = node[field]
  return typeof value === 'string' ? value : ''
}

/** The body of a node that wraps another, {SelectStmt: {…}}, when it is of that type; null otherwise. */
export function bodyOf(value: unknown, type: string): Node | null {
  if (!isNode(value)) return null
  const body = value[type]
  return isNode(body) ? body : null
}

/** The type of a node that wraps another; empty for everything else. */
export function typeOfNode(value: unknown): string {
  if (!isNode(value)) return ''
  const [type, ...others] = Object.keys(value)
  return type === undefined || others.length > 0 ? '' : type
}

/** Values of a list of String nodes: the parts of a name. */
export function namesOf(list: readonly unknown[]): readonly string[] {
  return list.map(part => textIn(bodyOf(part, 'String') ?? empty, 'sval'))
}

/** The last part of the name in a field, and whether a schema other than pg_catalog stands before it. */
export function nameIn(node: Node, field: string): {readonly name: string; readonly foreign: boolean} {
  const parts = namesOf(listIn(node, field))
  return {name: parts.at(-1) ?? '', foreign: parts.length > 1 && parts.at(-2) !== 'pg_catalog'}
}

/** A copy without some of its fields. */
export function without(node: Node, ...fields: readonly string[]): Node {
  return Object.fromEntries(Object.entries(node).filter(([field]) => !fields.includes(field)))
}

const places: ReadonlySet<string> = new Set([
  'location',
  'stmt_location',
  'stmt_len',
  'list_start',
  'list_end',
  'rexpr_list_start',
  'rexpr_list_end',
  'query_location',
])

/** The tree as text without the places where its parts stood: equal for equal meaning. */
export function withoutPlaces(tree: unknown): string {
  return JSON.stringify(tree, (field, value: unknown) => (places.has(field) ? undefined : inOrder(value)))
}

/** Fields in the order of their names: a node that we made has another order than one that was read. */
function inOrder(value: unknown): unknown {
  if (!isNode(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/**
 * A copy in which `change` has the first word on every node: what it returns stands there, null goes on inside. Parts
 * that do not change are shared with the original.
 */
export function mapTree(tree: unknown, change: (node: Node) => unknown): unknown {
  if (Array.isArray(tree)) return mapList(tree, change)
  if (!isNode(tree)) return tree
  const changed = change(tree)
  if (changed !== null) return changed
  let copy: Record<string, unknown> | null = null
  for (const [field, value] of Object.entries(tree)) {
    if (typeof value !== 'object' || value === null) continue
    const mapped = mapTree(value, change)
    if (mapped !== value) copy = {...(copy ?? tree), [field]: mapped}
  }
  return copy ?? tree
}

/** Every node inside, the root first; `see` returns false to keep out of a node. */
export function visit(tree: unknown, see: (node: Node) => boolean): void {
  if (Array.isArray(tree)) {
    for (const inner of tree) visit(inner, see)
    return
  }
  if (!isNode(tree) || !see(tree)) return
  for (const value of Object.values(tree)) if (typeof value === 'object' && value !== null) visit(value, see)
}

/** Conditions that must all hold: an AND and the ANDs inside it, flat. */
export function conjunctsOf(condition: unknown): readonly unknown[] {
  if (condition === undefined || condition === null) return []
  const bool = bodyOf(condition, 'BoolExpr')
  if (bool !== null && bool['boolop'] === 'AND_EXPR') return listIn(bool, 'args').flatMap(conjunctsOf)
  return [condition]
}

function mapList(list: readonly unknown[], change: (node: Node) => unknown): readonly unknown[] {
  const mapped = list.map(inner => mapTree(inner, change))
  return mapped.some((inner, index) => inner !== list[index]) ? mapped : list
}
