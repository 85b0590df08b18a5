// May a shard serve? By what it says of itself and what the map says. Invariants: a server that was set back, to before
// a group came or went, serves nothing, since it would take writes that belong elsewhere or lack rows that were moved
// to it; a server that is another shard, or a part of another cluster, serves nothing. A shard that is ahead of the map
// serves: maps are written to the shards first. Pure. Not here: reading (read-state.ts).
import {ShardError} from '../shard-error.ts'
import type {CatalogMap, GroupState, ShardState} from './read-state.ts'
import type {ShardMap} from './shard-map.ts'

/**
 * serving: as it must be. unknown: not heard of yet. behind: set back behind the map; QUARANTINED. wrong: another shard
 * or cluster, no shard at all, or the same database as another shard; WRONG_SHARD.
 */
export interface Standing {
  /** See above. */
  readonly kind: 'serving' | 'unknown' | 'behind' | 'wrong'
  /** For people: cause and way out; empty while serving. */
  readonly reason: string
  /** Those that it is behind in. */
  readonly groups: readonly number[]
}

export const serving: Standing = {kind: 'serving', reason: '', groups: []}

/** Of a shard that has not answered, or of which nothing can be said without a map. */
export function notHeardOf(name: string): Standing {
  return {kind: 'unknown', reason: `shard ${name} has not answered yet, or there is no map`, groups: []}
}

/**
 * `states` of all shards that are known, by name, since two may be one database; `name`'s own decides the rest. The map
 * is one that was known before the shard was asked: what it says may be older than a newer one.
 */
export function decideStanding(
  name: string,
  states: ReadonlyMap<string, ShardState>,
  {mapId, map}: CatalogMap,
): Standing {
  const state = states.get(name)
  if (state === undefined) return notHeardOf(name)
  // The one whose name it has is right; the other's address is not.
  const twin = state.self?.shard === name ? undefined : twinOf(name, state, states)
  if (twin !== undefined)
    return wrong(
      `the shards ${name} and ${twin} are one database, ${state.server.database}: give each the address of its own`,
    )
  if (state.self === null)
    return wrong(
      `the database that is configured as shard ${name} holds no map: write the map to it (writeMap), or correct ` +
        'its address',
    )
  if (state.self.mapId !== mapId)
    return wrong(
      `the database that is configured as shard ${name} belongs to another map, ${state.self.mapId}, not ` +
        `${mapId}: correct its address`,
    )
  if (state.self.shard !== name)
    return wrong(
      `the database that is configured as shard ${name} is the shard ${state.self.shard}: correct the addresses`,
    )
  const own = new Map(state.groups.map(group => [group.group, group]))
  const behind = groupsBehind(own, map.groupsOf(name), map)
  if (behind.length === 0) return serving
  return {
    kind: 'behind',
    groups: behind,
    reason:
      `shard ${name} was set back: it is behind the map in group ${behind.join(', ')}, as after a restore or a ` +
      'failover that lost commits. Bring back what it lost, or let its groups be moved again, before it serves',
  }
}

/** QUARANTINED or WRONG_SHARD; SHARD_FAILED for one that has not answered. null while it serves. */
export function standingError(name: string, {kind, reason, groups}: Standing): ShardError | null {
  switch (kind) {
    case 'serving':
      return null
    case 'behind':
      return new ShardError('QUARANTINED', reason, {shard: name, detail: {groups}})
    case 'wrong':
      return new ShardError('WRONG_SHARD', reason, {shard: name})
    case 'unknown':
      return new ShardError('SHARD_FAILED', reason, {shard: name})
  }
}

/** One that answers as the same database. */
function twinOf(name: string, state: ShardState, states: ReadonlyMap<string, ShardState>): string | undefined {
  return [...states].find(
    ([other, {server}]) =>
      other !== name &&
      server.system === state.server.system &&
      server.database === state.server.database &&
      server.startedAt === state.server.startedAt,
  )?.[0]
}

/**
 * Groups in which the shard claims what the map has gone past, or does not own what the map gives it. What it says of
 * groups that are elsewhere for both, or that it was about to take or to let go, may be old: nobody asks it for them.
 */
function groupsBehind(
  own: ReadonlyMap<number, GroupState>,
  given: readonly number[],
  map: ShardMap,
): readonly number[] {
  const claimed = [...own.values()].filter(({state}) => state === 'o').map(({group}) => group)
  return [...new Set([...given, ...claimed])]
    .filter(group => {
      const mine = own.get(group)
      if (mine === undefined || mine.epoch < map.epochOf(group)) return true
      return mine.epoch === map.epochOf(group) && (mine.state === 'o') !== given.includes(group)
    })
    .sort((one, other) => one - other)
}

function wrong(reason: string): Standing {
  return {kind: 'wrong', reason, groups: []}
}
