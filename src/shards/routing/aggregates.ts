// Aggregates over several shards: those that are put together from a state of each shard, and those that a server
// must compute over the rows. Invariant: what is put together is what PostgreSQL itself computes: counts and sums are
// added, an average is the exact sum by the exact count (numeric_div, as numeric_avg does); a variance is never put
// together.
import {call, cast, coalesce, integer, nullIf, operator} from './build-nodes.ts'
import {argumentsOf} from './calls.ts'
import type {LegColumns} from './leg-columns.ts'
import {isC, orderOfType} from './orders.ts'
import {unsupported} from './refusal.ts'
import type {Typed} from './typed.ts'
import {bodyOf, listIn, nameIn, type Node} from './tree-node.ts'

export type TypeOf = (expression: unknown) => Typed | null

const partial: ReadonlySet<string> = new Set(['count', 'sum', 'avg', 'min', 'max', 'bool_and', 'bool_or', 'every'])

/** Can it be put together from a state of each shard? */
export function isPartial(aggregate: Node): boolean {
  const {name, foreign} = nameIn(aggregate, 'funcname')
  return (
    !foreign && partial.has(name) && aggregate['agg_distinct'] !== true && listIn(aggregate, 'agg_order').length === 0
  )
}

/** The expression over states that gives the aggregate; its states become columns of the legs. */
export function fromStates(aggregate: Node, columns: LegColumns, typeOf: TypeOf, defaultIsC: boolean): Node {
  const {name} = nameIn(aggregate, 'funcname')
  const [arg] = argumentsOf(aggregate)
  const own = {FuncCall: aggregate}
  const state = (node: unknown, type: Typed | null): Node => columns.reference(columns.add(node, type))
  const typed = arg === undefined ? null : typeOf(arg)
  switch (name) {
    case 'count':
      return counted(state(own, int8))
    case 'sum':
      return summed(state(own, typeOf(own)), typeOf(own))
    case 'avg':
      return average(aggregate, typed, state)
    case 'min':
    case 'max':
      checkOrder(name, typed, defaultIsC)
      return call(name, [state(own, typeOf(own))])
    default:
      return call(name, [state(own, {type: 'bool', collation: null})])
  }
}

const int8: Typed = {type: 'int8', collation: null}

function counted(state: Node): Node {
  return cast(coalesce(call('sum', [state]), integer(0)), 'int8')
}

function summed(state: Node, typed: Typed | null): Node {
  return typed?.type === 'int8' ? cast(call('sum', [state]), 'int8') : call('sum', [state])
}

function average(aggregate: Node, typed: Typed | null, state: (node: unknown, type: Typed | null) => Node): Node {
  const float = typed?.type === 'float4' || typed?.type === 'float8'
  const [arg] = argumentsOf(aggregate)
  const args = typed?.type === 'float4' ? [cast(arg, 'float8')] : [arg]
  const sum = {FuncCall: {...aggregate, ...named('sum'), args}}
  const count = {FuncCall: {...aggregate, ...named('count')}}
  const small = typed?.type === 'int2' || typed?.type === 'int4'
  const sumType = typed === null ? null : {type: float ? 'float8' : small ? 'int8' : 'numeric', collation: null}
  const total = call('sum', [state(sum, sumType)])
  const rows = nullIf(call('sum', [state(count, int8)]), integer(0))
  return operator('/', total, float ? cast(rows, 'float8') : rows)
}

function named(name: string): Node {
  return {funcname: [{String: {sval: name}}]}
}

function checkOrder(name: string, typed: Typed | null, defaultIsC: boolean): void {
  if (typed === null) throw unsupported(`${name}() over several shards of an unknown type`, 'cast what is in it')
  const order = orderOfType(typed.type)
  if (order === null) throw unsupported(`${name}() over several shards of the type ${typed.type}`, 'cast what is in it')
  if (order === 'text-c' && !isC(typed.collation, defaultIsC))
    throw unsupported(`${name}() of text over several shards under its collation`, 'add COLLATE "C"')
}

const overRows: ReadonlySet<string> = new Set(
  (
    'array_agg avg bit_and bit_or bool_and bool_or count every max min stddev stddev_pop stddev_samp string_agg sum ' +
    'var_pop var_samp variance'
  ).split(' '),
)

/** The aggregate itself over rows of all shards: what it reads becomes columns of the legs. */
export function fromRows(aggregate: Node, columns: LegColumns, typeOf: TypeOf, defaultIsC: boolean): Node {
  const {name, foreign} = nameIn(aggregate, 'funcname')
  if (foreign || !overRows.has(name) || aggregate['agg_within_group'] === true)
    throw unsupported(`the aggregate ${name} over several shards`, 'compute it from rows, or give the key')
  const ordered = listIn(aggregate, 'agg_order')
  const distinct = aggregate['agg_distinct'] === true
  if ((name === 'array_agg' || name === 'string_agg') && ordered.length === 0 && !distinct)
    throw unsupported(`${name} over several shards without ORDER BY`, `write ${name}(… ORDER BY …)`)
  const column = (expression: unknown): Node => columns.reference(columns.add(expression, typeOf(expression)))
  const sorts = name === 'min' || name === 'max' || (distinct && name !== 'count')
  const args = argumentsOf(aggregate).map((arg, index) => {
    if (index > 0 && isFixed(arg)) return arg
    if (sorts && index === 0) checkOrder(name, typeOf(arg), defaultIsC)
    return column(arg)
  })
  const keys = ordered.map(one => {
    const body = bodyOf(one, 'SortBy') ?? {}
    if (body['sortby_dir'] === 'SORTBY_USING') throw unsupported('ORDER BY … USING over several shards')
    checkOrder(`ORDER BY in ${name}`, typeOf(body['node']), defaultIsC)
    return {SortBy: {...body, node: column(body['node'])}}
  })
  const filter = aggregate['agg_filter']
  return {
    FuncCall: {
      ...aggregate,
      ...(args.length > 0 ? {args} : {}),
      ...(keys.length > 0 ? {agg_order: keys} : {}),
      ...(filter === undefined
        ? {}
        : {agg_filter: columns.reference(columns.add(filter, {type: 'bool', collation: null}))}),
    },
  }
}

function isFixed(arg: unknown): boolean {
  return bodyOf(arg, 'A_Const') !== null || bodyOf(arg, 'ParamRef') !== null
}
