// What is moved where, before anything is touched: rebalance, add, drain, split, isolate, move. Invariants: pure; each
// group is moved at most once; what cannot be had is refused, and what cannot be had well is told (`isBalanced`). Times
// follow from rates that were measured, and say nothing of a server that is busier. Not here: the search
// (balance-groups.ts), what a request means (balance-task.ts), carrying it out (moves.ts).
import {placementsOf, type ShardMap} from '../map/shard-map.ts'
import {balanceGroups, type BalancedGroup} from './balance-groups.ts'
import {groupAt, refused, shardAt, taskOf, type GroupSize, type MoveRequest, type Planning} from './balance-task.ts'

/** Bytes per second, as they were measured between such servers. */
export interface MoveRates {
  /** From one server into the other, with the indexes that are there. */
  readonly copyBytesPerSecond: number
  /** Of one side; both are read at the same time. */
  readonly verifyBytesPerSecond: number
}

/**
 * COPY over one connection into a table with its primary key, and hashing of rows on one core, between two servers on
 * one host of two cores.
 */
export const assumedRates: MoveRates = {copyBytesPerSecond: 26_600_000, verifyBytesPerSecond: 158_000_000}

/** What a shard carries. */
export interface ShardShare {
  /** By name. */
  readonly shard: string
  /** How many. */
  readonly groups: number
  /** Of its groups. */
  readonly rows: number
  /** Of its groups. */
  readonly bytes: number
  /** Of its groups. */
  readonly load: number
  /** Of the whole, by what is balanced; 0 to 1. */
  readonly share: number
}

/** Groups that go from one shard to another, together. */
export interface PlannedMove {
  /** By name. */
  readonly from: string
  /** By name. */
  readonly to: string
  /** Ascending. */
  readonly groups: readonly number[]
  /** That are copied. */
  readonly rows: number
  /** Also what the destination needs on its disk, and its WAL about as much again. */
  readonly bytes: number
  /** Copy and verification, estimated; leases and catching up come on top. */
  readonly estimatedMs: number
}

/** What would be done. */
export interface MovePlan {
  /** In the order in which they are done. */
  readonly moves: readonly PlannedMove[]
  /** Each shard as it is. */
  readonly before: readonly ShardShare[]
  /** Each shard as it would be. */
  readonly after: readonly ShardShare[]
  /** Of all moves. */
  readonly bytes: number
  /** Of all moves, one after the other. */
  readonly estimatedMs: number
  /** Each shard is within the tolerance of its share, or as near as whole groups allow: see `note`. */
  readonly isBalanced: boolean
  /** For people; empty where there is nothing to say. */
  readonly note: string
}

interface Sized extends Planning {
  readonly sizes: readonly GroupSize[]
  readonly rates: MoveRates
}

/**
 * `sizes` of all groups of the map. MOVE_REFUSED with `detail.reason`: SHARD_UNKNOWN, SHARD_KNOWN (added twice),
 * GROUP_UNKNOWN, SIZES (of some group nothing is known), SAME_SHARD (a move to itself), WEIGHTS (cannot be met),
 * LAST_SHARD, LOAD_UNKNOWN (to be balanced by load, and none is known).
 */
export function planMoves(
  map: ShardMap,
  sizes: readonly GroupSize[],
  request: MoveRequest,
  rates: MoveRates = assumedRates,
): MovePlan {
  const placements = placementsOf(map)
  const bySize = new Map(sizes.map(size => [size.group, size]))
  const missing = placements.filter(({group}) => !isSize(bySize.get(group))).map(({group}) => group)
  if (missing.length > 0) throw refused('SIZES', `nothing is known of the size of group ${missing.join(', ')}`)
  if (request.kind !== 'move' && request.by === 'load' && sizes.every(({load}) => load === 0))
    throw refused('LOAD_UNKNOWN', 'nothing is known of the load of any group: tell it, or balance by rows or bytes')
  if (request.kind === 'add' && map.groupsOf(request.shard).length > 0)
    throw refused('SHARD_KNOWN', `${request.shard} has groups already: rebalance instead`)
  const shards = map.shards.includes(addedBy(request) ?? '')
    ? map.shards
    : [...map.shards, ...(addedBy(request) === null ? [] : [addedBy(request) ?? ''])]
  const by = request.kind === 'move' ? 'bytes' : request.by
  const ordered = placements.flatMap(({group}) => bySize.get(group) ?? [])
  const groups = placements.map(({group, shard}, index): BalancedGroup => {
    const size = ordered[index]
    const measure = size === undefined || by === 'groups' ? 1 : size[by]
    const allowed = shards.map((_, at) => at)
    return {group, at: shards.indexOf(shard), measure, bytes: size?.bytes ?? 0, allowed}
  })
  const planning = {shards, sizes: ordered, groups, by, rates}
  return request.kind === 'move' ? explicit(planning, request.groups, request.to) : balanced(planning, request)
}

const addedBy = (request: MoveRequest): string | null => (request.kind === 'add' ? request.shard : null)

function isSize(size: GroupSize | undefined): boolean {
  return size !== undefined && [size.rows, size.bytes, size.load].every(value => Number.isFinite(value) && value >= 0)
}

function explicit(planning: Sized, wanted: readonly number[], to: string): MovePlan {
  const at = shardAt(planning, to)
  for (const group of wanted) {
    const known = groupAt(planning, group)
    if (known.at === at) throw refused('SAME_SHARD', `group ${group} is on ${to} already: nothing would be moved`)
  }
  if (wanted.length === 0) throw refused('GROUP_UNKNOWN', 'no group is named: name at least one')
  return shown(
    planning,
    planning.groups.map(one => (wanted.includes(one.group) ? at : one.at)),
    true,
    '',
  )
}

function balanced(planning: Sized, request: Exclude<MoveRequest, {kind: 'move'}>): MovePlan {
  const {shards} = planning
  const {groups, bounds} = taskOf(planning, request)
  const {to, excess} = balanceGroups(groups, bounds)
  const heaviest = [...groups].sort((one, other) => other.measure - one.measure)[0]
  const total = groups.reduce((sum, {measure}) => sum + measure, 0)
  const isBalanced = excess <= 1e-9 * Math.max(1, total)
  const note = isBalanced
    ? ''
    : `whole groups cannot be spread more evenly over ${shards.length} shards; the heaviest, group ` +
      `${heaviest?.group ?? 0}, has ${percent((heaviest?.measure ?? 0) / total)} of all ${planning.by}`
  return shown(planning, to, isBalanced, note)
}

function shown(planning: Sized, to: readonly number[], isBalanced: boolean, note: string): MovePlan {
  const {groups, rates, shards, sizes} = planning
  const pairs = new Map<string, number[]>()
  for (const [index, {at}] of groups.entries()) {
    const target = to[index] ?? at
    if (target === at) continue
    const key = `${at} ${target}`
    pairs.set(key, [...(pairs.get(key) ?? []), index])
  }
  const moves = [...pairs].map(([key, indexes]): PlannedMove => {
    const [from = 0, target = 0] = key.split(' ').map(Number)
    const some = indexes.flatMap(index => sizes[index] ?? [])
    const bytes = sumOf(some, 'bytes')
    return {
      from: shards[from] ?? '',
      to: shards[target] ?? '',
      groups: some.map(({group}) => group),
      rows: sumOf(some, 'rows'),
      bytes,
      estimatedMs: Math.ceil((bytes / rates.copyBytesPerSecond + bytes / rates.verifyBytesPerSecond) * 1_000),
    }
  })
  return {
    moves,
    before: sharesOf(
      planning,
      groups.map(({at}) => at),
    ),
    after: sharesOf(planning, to),
    bytes: moves.reduce((sum, {bytes}) => sum + bytes, 0),
    estimatedMs: moves.reduce((sum, {estimatedMs}) => sum + estimatedMs, 0),
    isBalanced,
    note,
  }
}

function sharesOf({shards, sizes, groups}: Sized, to: readonly number[]): readonly ShardShare[] {
  const total = groups.reduce((sum, {measure}) => sum + measure, 0)
  return shards.map((shard, at) => {
    const here = groups.map((_, index) => index).filter(index => to[index] === at)
    const own = here.flatMap(index => sizes[index] ?? [])
    const measure = here.reduce((sum, index) => sum + (groups[index]?.measure ?? 0), 0)
    return {
      shard,
      groups: own.length,
      rows: sumOf(own, 'rows'),
      bytes: sumOf(own, 'bytes'),
      load: sumOf(own, 'load'),
      share: total === 0 ? 0 : measure / total,
    }
  })
}

const sumOf = (sizes: readonly GroupSize[], field: 'rows' | 'bytes' | 'load'): number =>
  sizes.reduce((sum, size) => sum + size[field], 0)

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`
