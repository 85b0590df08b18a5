// Looking into a parse tree that nobody vouches for: libpg-query gives JSON, in which fields that are false, zero or
// empty are left out. Invariant: whatever is not there or of another type reads as empty; nothing throws. Not here:
// what the nodes mean (classify-tree.ts, judge-node.ts).

export type Node = Readonly<Record<string, unknown>>

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

/** The single field of a node that wraps another: {SelectStmt: {…}} is of type SelectStmt. Null for everything else. */
export function unwrapped(value: unknown): {readonly type: string; readonly body: Node} | null {
  if (!isNode(value)) return null
  const [type, ...others] = Object.keys(value)
  return type === undefined || others.length > 0 ? null : {type, body: nodeIn(value, type)}
}

/** The parts of a name that may be qualified: `pg_catalog.now` is two. A part that is no name reads as empty. */
export function nameParts(node: Node, field: string): readonly string[] {
  return listIn(node, field).map(part => (isNode(part) ? textIn(nodeIn(part, 'String'), 'sval') : ''))
}

/** Is the value the constant that SQL writes as true? */
export function isTrue(value: unknown): boolean {
  return isNode(value) && nodeIn(nodeIn(value, 'A_Const'), 'boolval')['boolval'] === true
}

const empty: Node = {}
