// The name that PostgreSQL gives a column without AS (FigureColname in its parse_target.c). Pure.
import {bodyOf, isNode, listIn, namesOf, nodeIn, typeOfNode, type Node} from './tree-node.ts'

const unnamed = '?column?'

export function outputName(expression: unknown): string {
  return named(expression).name
}

interface Named {
  readonly name: string
  /** 2: a name of its own; 1: one that an outer expression may replace; 0: none. */
  readonly strength: 0 | 1 | 2
}

const none: Named = {name: unnamed, strength: 0}
const own = (name: string): Named => (name === '' ? none : {name, strength: 2})

const fixed: Readonly<Partial<Record<string, string>>> = {
  CoalesceExpr: 'coalesce',
  A_ArrayExpr: 'array',
  RowExpr: 'row',
  GroupingFunc: 'grouping',
  XmlSerialize: 'xmlserialize',
}

const clocks: Readonly<Partial<Record<string, string>>> = {
  SVFOP_CURRENT_DATE: 'current_date',
  SVFOP_CURRENT_TIME: 'current_time',
  SVFOP_CURRENT_TIME_N: 'current_time',
  SVFOP_CURRENT_TIMESTAMP: 'current_timestamp',
  SVFOP_CURRENT_TIMESTAMP_N: 'current_timestamp',
  SVFOP_LOCALTIME: 'localtime',
  SVFOP_LOCALTIME_N: 'localtime',
  SVFOP_LOCALTIMESTAMP: 'localtimestamp',
  SVFOP_LOCALTIMESTAMP_N: 'localtimestamp',
  SVFOP_CURRENT_ROLE: 'current_role',
  SVFOP_CURRENT_USER: 'current_user',
  SVFOP_USER: 'user',
  SVFOP_SESSION_USER: 'session_user',
  SVFOP_CURRENT_CATALOG: 'current_catalog',
  SVFOP_CURRENT_SCHEMA: 'current_schema',
}

function named(expression: unknown): Named {
  const type = typeOfNode(expression)
  const body: Node = bodyOf(expression, type) ?? {}
  const name = fixed[type]
  if (name !== undefined) return own(name)
  switch (type) {
    case 'ColumnRef':
      return own(namesOf(listIn(body, 'fields')).filter(Boolean).at(-1) ?? '')
    case 'FuncCall':
      return own(namesOf(listIn(body, 'funcname')).at(-1) ?? '')
    case 'A_Indirection':
      return ofIndirection(body)
    case 'TypeCast':
      return ofCast(body)
    case 'CollateClause':
      return named(body['arg'])
    case 'CaseExpr':
      return ofCase(body)
    case 'MinMaxExpr':
      return own(body['op'] === 'IS_LEAST' ? 'least' : 'greatest')
    case 'A_Expr':
      return body['kind'] === 'AEXPR_NULLIF' ? own('nullif') : none
    case 'SQLValueFunction':
      return own(clocks[String(body['op'])] ?? '')
    case 'SubLink':
      return ofSubLink(body)
    default:
      return none
  }
}

function ofIndirection(body: Node): Named {
  const field = namesOf(listIn(body, 'indirection')).filter(Boolean).at(-1)
  return field === undefined ? named(body['arg']) : own(field)
}

function ofCast(body: Node): Named {
  const inner = named(body['arg'])
  if (inner.strength === 2) return inner
  const type = namesOf(listIn(nodeIn(body, 'typeName'), 'names')).at(-1) ?? ''
  return type === '' ? inner : {name: type, strength: 1}
}

function ofCase(body: Node): Named {
  const otherwise = named(body['defresult'])
  return otherwise.strength === 2 ? otherwise : {name: 'case', strength: 1}
}

function ofSubLink(body: Node): Named {
  if (body['subLinkType'] === 'EXISTS_SUBLINK') return own('exists')
  if (body['subLinkType'] === 'ARRAY_SUBLINK') return own('array')
  if (body['subLinkType'] !== 'EXPR_SUBLINK') return none
  const [first] = listIn(bodyOf(body['subselect'], 'SelectStmt') ?? {}, 'targetList')
  const target = bodyOf(first, 'ResTarget')
  if (target === null || !isNode(target)) return none
  return typeof target['name'] === 'string' ? own(target['name']) : named(target['val'])
}
