// The type and collation of an expression, where that is sure. Invariant: null rather than a guess, since an order or
// an array of a wrong type would be a wrong answer. Not here: functions (function-type.ts), names (scope.ts).
import {isAggregate} from './calls.ts'
import {collated, numberType, type Typed} from './typed.ts'
import {aggregateType, functionType, windowType} from './function-type.ts'
import type {Scope} from './scope.ts'
import type {Tables} from './table-facts.ts'
import {bodyOf, isNode, listIn, nameIn, namesOf, nodeIn, textIn, typeOfNode, type Node} from './tree-node.ts'

const bool: Typed = {type: 'bool', collation: null}

export function expressionType(expression: unknown, scope: Scope, tables: Tables): Typed | null {
  const type = typeOfNode(expression)
  const body = bodyOf(expression, type) ?? {}
  const of = (inner: unknown): Typed | null => expressionType(inner, scope, tables)
  switch (type) {
    case 'ColumnRef': {
      const found = scope.resolve(expression)
      return found?.column.type == null ? null : {type: found.column.type, collation: found.column.collation}
    }
    case 'A_Const':
      return ofConstant(body)
    case 'TypeCast':
      return ofCast(body, of)
    case 'CollateClause':
      return ofCollate(body, of)
    case 'A_Expr':
      return ofOperator(body, of)
    case 'BoolExpr':
    case 'NullTest':
    case 'BooleanTest':
      return bool
    case 'SubLink':
      return ['EXISTS_SUBLINK', 'ANY_SUBLINK', 'ALL_SUBLINK'].includes(textIn(body, 'subLinkType')) ? bool : null
    case 'CoalesceExpr':
    case 'MinMaxExpr':
      return common(listIn(body, 'args'), of)
    case 'CaseExpr':
      return common([...listIn(body, 'args').map(when => bodyOf(when, 'CaseWhen')?.['result']), ...rest(body)], of)
    case 'SQLValueFunction':
      return ofClock(body)
    case 'FuncCall':
      return ofCall(body, of)
    default:
      return null
  }
}

function rest(body: Node): readonly unknown[] {
  return body['defresult'] === undefined ? [] : [body['defresult']]
}

function ofConstant(body: Node): Typed | null {
  if (isNode(body['ival'])) return {type: 'int4', collation: null}
  if (isNode(body['boolval'])) return bool
  if (isNode(body['sval'])) return {type: 'text', collation: 'default'}
  if (!isNode(body['fval'])) return null
  const text = textIn(nodeIn(body, 'fval'), 'fval')
  if (!/^\d+$/.test(text)) return {type: 'numeric', collation: null}
  return {type: BigInt(text) < 2n ** 63n ? 'int8' : 'numeric', collation: null}
}

function ofCast(body: Node, of: (inner: unknown) => Typed | null): Typed | null {
  const type = nodeIn(body, 'typeName')
  const {name, foreign} = nameIn(type, 'names')
  if (foreign || listIn(type, 'arrayBounds').length > 0 || type['setof'] === true) return null
  const known = numberType(name) ?? (otherTypes.has(name) ? name : null)
  if (known === null) return null
  if (!textTypes.has(known)) return {type: known, collation: null}
  const inner = of(body['arg'])
  return {type: known, collation: inner !== null && textTypes.has(inner.type) ? inner.collation : 'default'}
}

const textTypes: ReadonlySet<string> = new Set(['text', 'varchar', 'bpchar', 'name'])
const otherTypes: ReadonlySet<string> = new Set([
  ...['bool', 'text', 'varchar', 'bpchar', 'bytea', 'uuid', 'timestamp', 'timestamptz', 'date', 'time', 'timetz'],
  ...['interval', 'json', 'jsonb'],
])

function ofCollate(body: Node, of: (inner: unknown) => Typed | null): Typed | null {
  const inner = of(body['arg'])
  const names = namesOf(listIn(body, 'collname'))
  return inner === null ? null : {type: inner.type, collation: names.at(-1) ?? null}
}

const comparisons: ReadonlySet<string> = new Set(['=', '<>', '!=', '<', '<=', '>', '>=', '~~', '!~~', '~', '!~'])
const predicates: ReadonlySet<string> = new Set(
  (
    'AEXPR_IN AEXPR_LIKE AEXPR_ILIKE AEXPR_SIMILAR AEXPR_BETWEEN AEXPR_NOT_BETWEEN AEXPR_BETWEEN_SYM ' +
    'AEXPR_NOT_BETWEEN_SYM AEXPR_DISTINCT AEXPR_NOT_DISTINCT AEXPR_OP_ANY AEXPR_OP_ALL'
  ).split(' '),
)

function ofOperator(body: Node, of: (inner: unknown) => Typed | null): Typed | null {
  const kind = textIn(body, 'kind')
  if (predicates.has(kind)) return bool
  if (kind === 'AEXPR_NULLIF') return of(body['lexpr'])
  const {name, foreign} = nameIn(body, 'name')
  if (kind !== 'AEXPR_OP' || foreign) return null
  if (comparisons.has(name)) return bool
  const right = of(body['rexpr'])
  if (body['lexpr'] === undefined) return name === '-' || name === '+' ? numeric(right) : null
  return arithmetic(name, of(body['lexpr']), right, [body['lexpr'], body['rexpr']])
}

function numeric(typed: Typed | null): Typed | null {
  return typed !== null && rank(typed.type) >= 0 ? typed : null
}

const ranks = ['int2', 'int4', 'int8', 'numeric', 'float4', 'float8']
const rank = (type: string): number => ranks.indexOf(type)

function arithmetic(name: string, a: Typed | null, b: Typed | null, sides: readonly unknown[]): Typed | null {
  if (name === '||') return a !== null && b !== null && isText(a) && isText(b) ? collated('text', [a, b]) : null
  if (a === null || b === null || !['+', '-', '*', '/', '%'].includes(name)) return null
  // A quoted constant takes the type of the other side.
  if (sides.some(isQuoted)) return null
  if (a.type === 'date' && b.type === 'date') return name === '-' ? {type: 'int4', collation: null} : null
  if (a.type === 'date') return ['int2', 'int4'].includes(b.type) ? a : null
  if (a.type.startsWith('timestamp') && b.type === 'interval') return a
  if (rank(a.type) < 0 || rank(b.type) < 0) return null
  const higher = rank(a.type) >= rank(b.type) ? a.type : b.type
  const lower = higher === a.type ? b.type : a.type
  return {type: higher === 'float4' && lower !== 'float4' ? 'float8' : higher, collation: null}
}

const isText = ({type}: Typed): boolean => type === 'text' || type === 'varchar'
const isQuoted = (expression: unknown): boolean => isNode(bodyOf(expression, 'A_Const')?.['sval'])
const isNull = (expression: unknown): boolean => bodyOf(expression, 'A_Const')?.['isnull'] === true

/** One type for all that are not null or quoted constants. */
function common(expressions: readonly unknown[], of: (inner: unknown) => Typed | null): Typed | null {
  const telling = expressions.filter(expression => !isNull(expression) && !isQuoted(expression))
  if (telling.length === 0) return expressions.some(isQuoted) ? {type: 'text', collation: 'default'} : null
  const types = telling.map(of)
  const known = types.filter(type => type !== null)
  const [first] = known
  if (first === undefined || known.length < types.length) return null
  if (known.every(type => type.type === first.type)) return collated(first.type, known)
  const numbers = known.map(({type}) => rank(type))
  if (numbers.some(one => one < 0)) return null
  const highest = Math.max(...numbers)
  return {type: ranks[highest] ?? '', collation: null}
}

function ofClock(body: Node): Typed | null {
  const op = textIn(body, 'op').replace('SVFOP_', '').replace(/_N$/, '')
  const types: Readonly<Partial<Record<string, string>>> = {
    CURRENT_DATE: 'date',
    CURRENT_TIMESTAMP: 'timestamptz',
    LOCALTIME: 'time',
    LOCALTIMESTAMP: 'timestamp',
  }
  const type = types[op]
  return type === undefined ? null : {type, collation: null}
}

function ofCall(call: Node, of: (inner: unknown) => Typed | null): Typed | null {
  const {name, foreign} = nameIn(call, 'funcname')
  if (foreign) return null
  const args = listIn(call, 'args').map(of)
  if (isNode(call['over'])) return windowType(name) ?? aggregateType(name, args)
  return isAggregate(call) ? aggregateType(name, args) : functionType(name, args)
}
