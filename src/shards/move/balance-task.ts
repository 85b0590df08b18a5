// What is asked of a plan, and what that means for each group and each shard: where it may be, how much it should
// carry. Invariant: what cannot be had is refused before anything is searched for. Pure. Not here: the search
// (balance-groups.ts), what a plan shows (plan-moves.ts).
import {ShardError} from '../shard-error.ts'
import type {BalancedGroup, Bounds} from './balance-groups.ts'

/** A group as it is now; measured or estimated. */
export interface GroupSize {
  /** 0 to 63. */
  readonly group: number
  /** Of all sharded tables. */
  readonly rows: number
  /** With indexes and TOAST. */
  readonly bytes: number
  /** Statements per second, or whatever else tells load; 0 where it is not known. */
  readonly load: number
}

/** By what shards are made alike; groups: by their number. */
export type BalanceBy = 'rows' | 'bytes' | 'load' | 'groups'

/** What is wanted. */
export type MoveRequest =
  | {
      /** Each shard has its share. */
      readonly kind: 'rebalance'
      /** What is shared. */
      readonly by: BalanceBy
      /** By shard, 1 where none is given; 0 leaves a shard empty. */
      readonly weights?: Readonly<Record<string, number>>
      /** Of a shard's share, 0 to 1; default 0.05. */
      readonly tolerance?: number
    }
  | {
      /** As rebalance, with a shard that has nothing yet. */
      readonly kind: 'add'
      /** The new one. */
      readonly shard: string
      /** What is shared. */
      readonly by: BalanceBy
      /** Of a shard's share, 0 to 1; default 0.05. */
      readonly tolerance?: number
    }
  | {
      /** All groups of a shard go to the others. */
      readonly kind: 'drain'
      /** The one that becomes empty. */
      readonly shard: string
      /** What is shared. */
      readonly by: BalanceBy
    }
  | {
      /** Half of what a shard has goes to another one. */
      readonly kind: 'split'
      /** The one that has it. */
      readonly shard: string
      /** The one that gets it. */
      readonly to: string
      /** What is halved. */
      readonly by: BalanceBy
    }
  | {
      /** A group has a shard for itself. */
      readonly kind: 'isolate'
      /** 0 to 63. */
      readonly group: number
      /** Its own. */
      readonly shard: string
      /** What is told of the shards. */
      readonly by: BalanceBy
    }
  | {
      /** These groups, wherever they are. */
      readonly kind: 'move'
      /** 0 to 63. */
      readonly groups: readonly number[]
      /** By name. */
      readonly to: string
    }

/** The map with sizes, as a task is made of it. */
export interface Planning {
  readonly shards: readonly string[]
  readonly groups: readonly BalancedGroup[]
  readonly by: BalanceBy
}

/** What is searched for. */
export interface Task {
  readonly groups: readonly BalancedGroup[]
  readonly bounds: readonly Bounds[]
}

const anything: Bounds = {least: 0, most: Infinity}

/** MOVE_REFUSED, see planMoves(). */
export function taskOf(planning: Planning, request: Exclude<MoveRequest, {kind: 'move'}>): Task {
  const {groups, shards} = planning
  switch (request.kind) {
    case 'rebalance':
      return evenly(planning, weightsOf(shards, request.weights ?? {}), request.tolerance)
    case 'add':
      return evenly(
        planning,
        shards.map(() => 1),
        request.tolerance,
      )
    case 'drain': {
      const at = shardAt(planning, request.shard)
      if (shards.length < 2) throw refused('LAST_SHARD', `${request.shard} is the only shard: add another one first`)
      return evenly(
        planning,
        shards.map((_, shard) => (shard === at ? 0 : 1)),
        undefined,
      )
    }
    case 'split': {
      const [at, to] = [shardAt(planning, request.shard), shardAt(planning, request.to)]
      if (at === to) throw refused('SAME_SHARD', `${request.shard} cannot be split onto itself`)
      const halves = groups.map(one => ({...one, allowed: one.at === at ? [at, to] : [one.at]}))
      const half = loadOf(groups, at) / 2
      const has = loadOf(groups, to)
      const bounds = shards.map((_, shard) =>
        shard === to ? within(half + has, half * 0.05) : shard === at ? within(half, half * 0.05) : anything,
      )
      return {groups: halves, bounds}
    }
    case 'isolate': {
      const at = shardAt(planning, request.shard)
      groupAt(planning, request.group)
      if (shards.length < 2) throw refused('LAST_SHARD', `${request.shard} is the only shard: add another one first`)
      const others = shards.map((_, shard) => shard).filter(shard => shard !== at)
      const apart = groups.map(one => ({
        ...one,
        // Who is elsewhere stays there: only what must leave is moved.
        allowed: one.group === request.group ? [at] : one.at === at ? others : [one.at],
      }))
      return {groups: apart, bounds: shards.map((_, shard) => (shard === at ? anything : {least: 0, most: 0}))}
    }
  }
}

function evenly({groups}: Planning, weights: readonly number[], tolerance = 0.05): Task {
  if (!(tolerance >= 0 && tolerance < 1)) throw refused('WEIGHTS', `the tolerance ${tolerance} is not between 0 and 1`)
  const total = groups.reduce((sum, {measure}) => sum + measure, 0)
  const sum = weights.reduce((all, weight) => all + weight, 0)
  const mayStay = weights.flatMap((weight, shard) => (weight > 0 ? [shard] : []))
  return {
    groups: groups.map(one => ({...one, allowed: mayStay})),
    bounds: weights.map(weight => within((total * weight) / sum, ((total * weight) / sum) * tolerance)),
  }
}

function weightsOf(shards: readonly string[], given: Readonly<Record<string, number>>): readonly number[] {
  const strangers = Object.keys(given).filter(shard => !shards.includes(shard))
  if (strangers.length > 0)
    throw refused('SHARD_UNKNOWN', `there is no shard ${strangers.join(', ')}: the map has ${shards.join(', ')}`)
  const weights = shards.map(shard => given[shard] ?? 1)
  const bad = shards.filter((_, at) => !(Number.isFinite(weights[at]) && (weights[at] ?? -1) >= 0))
  if (bad.length > 0) throw refused('WEIGHTS', `the weight of ${bad.join(', ')} is no number from 0 on`)
  if (weights.every(weight => weight === 0)) throw refused('WEIGHTS', 'all weights are 0: the groups must be somewhere')
  return weights
}

const within = (share: number, room: number): Bounds => ({least: share - room, most: share + room})

const loadOf = (groups: readonly BalancedGroup[], at: number): number =>
  groups.reduce((sum, one) => sum + (one.at === at ? one.measure : 0), 0)

export function shardAt({shards}: Planning, shard: string): number {
  const at = shards.indexOf(shard)
  if (at < 0) throw refused('SHARD_UNKNOWN', `there is no shard ${shard}: the map has ${shards.join(', ')}`)
  return at
}

export function groupAt({groups}: Planning, group: number): BalancedGroup {
  const found = groups.find(one => one.group === group)
  if (found === undefined)
    throw refused('GROUP_UNKNOWN', `there is no group ${group}: groups are 0 to ${groups.length - 1}`)
  return found
}

/** MOVE_REFUSED. */
export function refused(reason: string, message: string): ShardError {
  return new ShardError('MOVE_REFUSED', `${message}; nothing was changed`, {detail: {reason}})
}
