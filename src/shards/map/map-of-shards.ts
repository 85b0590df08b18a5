// The map as the shards themselves tell it, for a client that starts while the catalog is away. Invariant: there is one
// only when all shards of one map have answered and each group is owned by exactly one of them; while a group moves
// nobody owns it, so such a client waits. Pure. Not here: asking (map-watch.ts).
import type {CatalogMap, ShardState} from './read-state.ts'
import {buildMap} from './shard-map.ts'
import {groupCount} from '../keys/slot.ts'

/** `states` by the names that the shards are configured under. null: they do not tell a whole map. */
export function mapOfShards(shards: readonly string[], states: ReadonlyMap<string, ShardState>): CatalogMap | null {
  const placements = []
  let mapId: string | null = null
  for (const name of shards) {
    const {self, groups} = states.get(name) ?? {self: null, groups: []}
    if (self?.shard !== name || (mapId !== null && self.mapId !== mapId)) return null
    mapId = self.mapId
    for (const {group, state, epoch, owner} of groups)
      if (state === 'o' && owner === name) placements.push({group, shard: name, epoch})
  }
  const owned = new Set(placements.map(({group}) => group))
  if (mapId === null || owned.size !== groupCount || placements.length !== groupCount) return null
  return {mapId, map: buildMap(shards, placements)}
}
