// A route with the values of a call: which shards, with which text and values, and how their answers become one.
// Invariants: pure; one shard is enough only when every sharded table is bound to it; a value that is no key is
// refused. Not here: the plan (plan-statement.ts), running it.
import {boundSplit} from './bind-split.ts'
import {keysOf, slotsOf, valueOf, type SlotOf} from './bind-values.ts'
import type {BoundRoute, Leg} from './bound-route.ts'
import {boundGather} from './gather-template.ts'
import type {KeySource, Literal} from './key-source.ts'
import type {LegText} from './render.ts'
import {unsupported} from './refusal.ts'
import {ShardError} from '../shard-error.ts'
import type {ListSource, Scatter, StatementRoute, UseRoute} from './statement-route.ts'

/** What of a shard map binding needs. */
export interface Owners {
  readonly shards: readonly string[]
  ownerOf(slot: number): string
  groupsOf(shard: string): readonly number[]
}

/**
 * `turn` chooses the shard of what any shard can answer; `isMoving`: shards may have rows of groups that they do not
 * own. Throws ShardError KEY_INVALID for values that are no keys, UNSUPPORTED when they are on several shards and the
 * statement cannot be run there.
 */
export function bindRoute(
  route: StatementRoute,
  values: readonly unknown[],
  map: Owners,
  slotOf: SlotOf,
  turn = 0,
  isMoving = false,
): BoundRoute {
  if (route.place === 'anywhere') return alone(route, values, anyShard(map, turn), 'no sharded table: any one shard')
  if (route.place === 'everywhere') {
    const legs = map.shards.map(shard => ({shard, text: route.text, values}))
    return {kind: 'write', reason: 'a reference table: the same on every shard', legs, merge: {kind: 'same'}}
  }
  const owner = ownerOfKey(route, values, map, slotOf)
  if (owner !== null) return alone(route, values, owner, reasonOf(route.uses))
  const slots = route.uses.map(use => slotsOf(use, values, slotOf))
  const [only, ...others] = soleShards(route.uses, slots, map)
  if (only !== undefined && others.length === 0) return alone(route, values, only, reasonOf(route.uses))
  if (only === undefined && slots.every(some => some !== null))
    return alone(route, values, anyShard(map, turn), 'no row can have such a key: any one shard')
  if (route.scatter instanceof ShardError) throw refusalOf(route, route.scatter)
  return scattered(route, isMoving ? guarded(route.scatter) : route.scatter, values, slots, map, slotOf, turn)
}

/** The usual statement, of one table and one key, without the sets of the general way. null: another one. */
function ownerOfKey({uses}: StatementRoute, values: readonly unknown[], map: Owners, slotOf: SlotOf): string | null {
  const [use, another] = uses
  const source = use?.sources[0]
  if (use === undefined || another !== undefined || source === undefined || use.sources.length > 1) return null
  const literal = soleLiteral(source)
  const key = literal === null ? null : valueOf(literal, values)
  return key === null || key === undefined ? null : map.ownerOf(slotOf(use.keyType, key))
}

function soleLiteral(source: KeySource): Literal | null {
  if (source.kind === 'value') return source.literal
  return source.kind === 'rows' && source.items.length === 1 ? (source.items[0] ?? null) : null
}

/** Shards by name when every table is bound; the same slot, or a list that happens to be on one shard. */
function soleShards(
  uses: readonly UseRoute[],
  slots: readonly (ReadonlySet<number> | null)[],
  map: Owners,
): readonly string[] {
  if (slots.includes(null)) return []
  const all = new Set(slots.flatMap(some => [...(some ?? [])]))
  const shards = new Set([...all].map(slot => map.ownerOf(slot)))
  const lists = uses.some(use => use.sources.some(source => source.kind !== 'value'))
  // Two keys that are on one shard today may be on two tomorrow.
  return shards.size === 1 && all.size > 1 && !lists ? [...shards, ''] : [...shards]
}

function refusalOf({uses}: StatementRoute, refusal: ShardError): ShardError {
  const values = uses.every(use => use.sources.some(source => source.kind === 'value'))
  return values && uses.length > 1
    ? unsupported('a statement with several keys of different shards', 'run one statement for each key')
    : refusal
}

function alone({kind, text}: StatementRoute, values: readonly unknown[], shard: string, reason: string): BoundRoute {
  return {kind, reason, legs: [{shard, text, values}], merge: {kind: 'alone'}}
}

function reasonOf(uses: readonly UseRoute[]): string {
  const [first] = uses
  return `${first?.table ?? ''}.${first?.column ?? ''} is known: one shard`
}

function anyShard({shards}: Owners, turn: number): string {
  const shard = shards[turn % shards.length]
  if (shard === undefined) throw new ShardError('MAP_INVALID', 'the map has no shard: load it first')
  return shard
}

/** Each leg for the rows of the groups that its shard owns. */
function guarded(scatter: Scatter): Scatter {
  if (scatter.kind === 'split') return scatter
  if (scatter.guarded instanceof ShardError) throw scatter.guarded
  return {...scatter, leg: scatter.guarded}
}

function scattered(
  route: StatementRoute,
  scatter: Scatter,
  values: readonly unknown[],
  slots: readonly (ReadonlySet<number> | null)[],
  map: Owners,
  slotOf: SlotOf,
  turn: number,
): BoundRoute {
  if (scatter.kind === 'split') return boundSplit(scatter.split, values, slot => map.ownerOf(slot), slotOf)
  const pruned = !slots.includes(null)
  const shards = pruned
    ? [...new Set(slots.flatMap(some => [...(some ?? [])].map(slot => map.ownerOf(slot))))]
    : map.shards.filter(shard => map.groupsOf(shard).length > 0)
  const [only] = shards
  if (shards.length === 0) return alone(route, values, anyShard(map, turn), 'no shard has a slot')
  const where = pruned ? `the keys are on ${shards.length} shards` : `no key for ${unbound(route.uses)}: all shards`
  if (shards.length === 1 && only !== undefined) return alone(route, values, only, where)
  const lists = scatter.list === null ? null : listByShard(scatter.list, route, values, map, slotOf)
  if (scatter.kind === 'change') {
    const legs = shards.map(shard => legOf(shard, scatter.leg, values, null, lists, map))
    return {kind: route.kind, reason: where, legs, merge: {kind: scatter.returning ? 'appended' : 'counts'}}
  }
  const {plan, limits} = boundGather(scatter.gather, values)
  const legs = shards.map(shard => legOf(shard, scatter.leg, values, limits.leg, lists, map))
  return {kind: route.kind, reason: where, legs, merge: {kind: 'gather', plan}}
}

function unbound(uses: readonly UseRoute[]): string {
  return [...new Set(uses.filter(use => use.sources.length === 0).map(use => `${use.table}.${use.column}`))].join(', ')
}

/** The keys of the list that each shard has, as texts, which every type of a key is read from. */
function listByShard(
  list: ListSource,
  {uses}: StatementRoute,
  values: readonly unknown[],
  map: Owners,
  slotOf: SlotOf,
): ReadonlyMap<string, readonly string[]> {
  const keyType = uses.find(use =>
    use.sources.some(source => source.kind === list.kind && source.place === list.place),
  )?.keyType
  const found = new Map<string, string[]>()
  for (const key of keysOf(list, values)) {
    const shard = map.ownerOf(slotOf(keyType ?? 'text', key))
    const keys = found.get(shard)
    if (keys === undefined) found.set(shard, [String(key)])
    else keys.push(String(key))
  }
  return found
}

function legOf(
  shard: string,
  {text, fillings}: LegText,
  values: readonly unknown[],
  limit: number | null,
  lists: ReadonlyMap<string, readonly string[]> | null,
  map: Owners,
): Leg {
  if (fillings === null) return {shard, text, values}
  const filled = fillings.map(filling => {
    if (filling.kind === 'limit') return limit
    if (filling.kind === 'list') return lists?.get(shard) ?? []
    if (filling.kind === 'groups') return map.groupsOf(shard)
    return values[filling.number - 1] ?? null
  })
  return {shard, text, values: filled}
}
