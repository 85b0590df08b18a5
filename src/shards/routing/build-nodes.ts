// Nodes of a parse tree for what the planner writes itself, in the forms that libpg-query gives for the same text: a
// text that is made of them is parsed again and compared (render.ts).
import type {Node} from './tree-node.ts'

export function stringNode(sval: string): Node {
  return {String: {sval}}
}

export function column(...path: readonly string[]): Node {
  return {ColumnRef: {fields: path.map(stringNode)}}
}

export function parameter(number: number): Node {
  return {ParamRef: {number}}
}

export function integer(value: number): Node {
  if (value === 0) return {A_Const: {ival: {}}}
  return value < 2 ** 31 ? {A_Const: {ival: {ival: value}}} : {A_Const: {fval: {fval: String(value)}}}
}

/** Names that the grammar reads as keywords are of pg_catalog. */
const keywords: ReadonlySet<string> = new Set(
  'int2 int4 int8 numeric float4 float8 bool varchar bpchar timestamp timestamptz time timetz interval'.split(' '),
)

/** `arg::type`, or `arg::type[]`. */
export function cast(arg: unknown, type: string, array = false): Node {
  const names = keywords.has(type) ? ['pg_catalog', type] : [type]
  const typeName = {
    names: names.map(stringNode),
    typemod: -1,
    ...(array ? {arrayBounds: [{Integer: {ival: -1}}]} : {}),
  }
  return {TypeCast: {arg, typeName}}
}

export function call(name: string, args: readonly unknown[], more: Node = {}): Node {
  return {
    FuncCall: {
      funcname: [stringNode(name)],
      ...(args.length > 0 ? {args} : {}),
      ...more,
      funcformat: 'COERCE_EXPLICIT_CALL',
    },
  }
}

export function operator(name: string, lexpr: unknown, rexpr: unknown): Node {
  return {A_Expr: {kind: 'AEXPR_OP', name: [stringNode(name)], lexpr, rexpr}}
}

export function nullIf(lexpr: unknown, rexpr: unknown): Node {
  return {A_Expr: {kind: 'AEXPR_NULLIF', name: [stringNode('=')], lexpr, rexpr}}
}

export function coalesce(...args: readonly unknown[]): Node {
  return {CoalesceExpr: {args}}
}

export function collate(arg: unknown, name: string): Node {
  return {CollateClause: {arg, collname: [stringNode(name)]}}
}

export function target(val: unknown, name?: string): Node {
  return {ResTarget: name === undefined ? {val} : {name, val}}
}

export function sortBy(node: unknown, descending = false, nullsFirst: boolean | null = null): Node {
  return {
    SortBy: {
      node,
      sortby_dir: descending ? 'SORTBY_DESC' : 'SORTBY_DEFAULT',
      sortby_nulls:
        nullsFirst === null ? 'SORTBY_NULLS_DEFAULT' : nullsFirst ? 'SORTBY_NULLS_FIRST' : 'SORTBY_NULLS_LAST',
      location: -1,
    },
  }
}

/** `lexpr = ANY (rexpr)`. */
export function equalsAny(lexpr: unknown, rexpr: unknown): Node {
  return {A_Expr: {kind: 'AEXPR_OP_ANY', name: [stringNode('=')], lexpr, rexpr}}
}

const noLimit = {limitOption: 'LIMIT_OPTION_DEFAULT', op: 'SETOP_NONE'}

export function select(fields: Node): Node {
  return {...noLimit, ...fields}
}

/** `(query) AS name (columns)` in FROM. */
export function subselect(query: Node, name: string, columns: readonly string[]): Node {
  return {
    RangeSubselect: {
      subquery: {SelectStmt: query},
      alias: {aliasname: name, colnames: columns.map(stringNode)},
    },
  }
}
