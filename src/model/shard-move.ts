// Moves of slot groups between shards, as scenarios say them. Plain data. Not here: what a move does (src/shards/move).

/** Which groups go where; shares are by the number of groups, so that a run repeats another. */
export type ShardMove =
  | {readonly what: 'groups'; readonly groups: readonly number[]; readonly to: string}
  | {readonly what: 'rebalance'; readonly weights: Readonly<Record<string, number>>}
  | {readonly what: 'add' | 'drain'; readonly shard: string}
  | {readonly what: 'isolate'; readonly group: number; readonly shard: string}

/** Effects before which a move can be held: in the copy, caught up, before its switch, after it. */
export const moveStops = ['copy', 'verify', 'fence', 'tell-catalog'] as const
export type MoveStop = (typeof moveStops)[number]

/** What is done about a move. `go-on`: it was held. `second`: somebody else tries the same, and must be refused. */
export type MoveStep =
  | {readonly kind: 'move'; readonly do: 'begin'; readonly move: ShardMove; readonly stopBefore?: MoveStop}
  | {readonly kind: 'move'; readonly do: 'go-on'; readonly stopBefore?: MoveStop}
  | {readonly kind: 'move'; readonly do: 'second' | 'finish' | 'abort' | 'rollback'}

/** A client of its own is frozen with the map that it has, and wakes when groups have moved. */
export interface StaleClientStep {
  readonly kind: 'stale-client'
  readonly do: 'freeze' | 'wake'
}

/** For people. */
export function shardMoveWords(move: ShardMove): string {
  switch (move.what) {
    case 'groups':
      return `groups ${move.groups.join(', ')} to ${move.to}`
    case 'rebalance':
      return `the groups by weights ${Object.entries(move.weights)
        .map(([shard, weight]) => `${shard}=${weight}`)
        .join(', ')}`
    case 'add':
      return `its share to ${move.shard}, which has none`
    case 'drain':
      return `all groups off ${move.shard}`
    case 'isolate':
      return `group ${move.group} to ${move.shard}, for itself`
  }
}
