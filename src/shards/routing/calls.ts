// Calls in expressions: aggregates, windows, and functions by how volatile they are. Invariants: a function that
// nobody knows counts as volatile; a call inside of a subquery belongs to that subquery, volatility apart. Not here:
// how an aggregate is put together from parts (aggregates.ts).
import type {Tables} from './table-facts.ts'
import {bodyOf, isNode, listIn, nameIn, visit, type Node} from './tree-node.ts'

/** Aggregates of PostgreSQL. All others look like functions: Tables calls them volatile. */
const aggregates: ReadonlySet<string> = new Set(
  (
    'any_value array_agg avg bit_and bit_or bit_xor bool_and bool_or corr count covar_pop covar_samp cume_dist ' +
    'dense_rank every json_agg json_agg_strict json_object_agg json_object_agg_strict json_object_agg_unique ' +
    'jsonb_agg jsonb_agg_strict jsonb_object_agg jsonb_object_agg_strict max min mode percent_rank percentile_cont ' +
    'percentile_disc range_agg range_intersect_agg rank regr_avgx regr_avgy regr_count regr_intercept regr_r2 ' +
    'regr_slope regr_sxx regr_sxy regr_syy stddev stddev_pop stddev_samp string_agg sum var_pop var_samp variance ' +
    'xmlagg'
  ).split(' '),
)

export function isAggregate(call: Node): boolean {
  if (isNode(call['over'])) return false
  if (call['agg_star'] === true || call['agg_within_group'] === true || call['agg_filter'] !== undefined) return true
  const {name, foreign} = nameIn(call, 'funcname')
  return !foreign && aggregates.has(name)
}

/** Aggregate calls of this query level. */
export function aggregatesIn(expressions: unknown): readonly Node[] {
  const found: Node[] = []
  visit(expressions, node => {
    if (node['SubLink'] !== undefined) return false
    const call = bodyOf(node, 'FuncCall') ?? bodyOf(node, 'JsonArrayAgg') ?? bodyOf(node, 'JsonObjectAgg')
    if (call === null || (node['FuncCall'] !== undefined && !isAggregate(call))) return true
    found.push(call)
    return false
  })
  return found
}

/** Definitions of all windows that a SELECT uses; a named one stands for what its name says. */
export function windowsIn(select: Node): readonly Node[] {
  const named = new Map(
    listIn(select, 'windowClause').map(one => {
      const body = bodyOf(one, 'WindowDef') ?? {}
      return [body['name'], body] as const
    }),
  )
  const found: Node[] = []
  visit([select['targetList'], select['sortClause']], node => {
    if (node['SubLink'] !== undefined) return false
    const over = bodyOf(node, 'FuncCall')?.['over']
    if (isNode(over)) found.push(definition(over, named))
    return true
  })
  return found
}

function definition(over: Node, named: ReadonlyMap<unknown, Node>): Node {
  const base = named.get(over['name'] ?? over['refname'])
  return base === undefined ? over : listIn(over, 'partitionClause').length > 0 ? over : definition(base, new Map())
}

/** VOLATILE, and still the same to a reader: chance and clocks. */
const harmless: ReadonlySet<string> = new Set([
  'clock_timestamp',
  'gen_random_uuid',
  'pg_sleep',
  'random',
  'timeofday',
  'uuidv4',
  'uuidv7',
])

export interface Volatility {
  /** Names of functions that are volatile or not known. */
  readonly volatile: readonly string[]
  /** Of those, all but chance and clocks. */
  readonly harmful: readonly string[]
  /** Names of functions and clocks whose answer depends on the moment or the server. */
  readonly stable: readonly string[]
}

export function volatilityIn(tree: unknown, tables: Tables): Volatility {
  const volatile: string[] = []
  const stable: string[] = []
  visit(tree, node => {
    if (node['SQLValueFunction'] !== undefined) stable.push('the clock or the user')
    const call = bodyOf(node, 'FuncCall')
    if (call === null || isAggregate({...call, over: undefined})) return true
    const {name} = nameIn(call, 'funcname')
    const kind = tables.volatilityOf(name)
    if (kind === 's') stable.push(name)
    else if (kind !== 'i') volatile.push(name)
    return true
  })
  return {volatile, harmful: volatile.filter(name => !harmless.has(name)), stable}
}

/** Are rows locked, here or in a subquery? */
export function isLocking(tree: unknown): boolean {
  let found = false
  visit(tree, node => {
    found ||= listIn(node, 'lockingClause').length > 0
    return !found
  })
  return found
}

export function argumentsOf(call: Node): readonly unknown[] {
  return listIn(call, 'args')
}
