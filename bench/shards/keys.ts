// Which users live where: the bench's own first map. PURE. Not here: the rows (set-up-sql.ts).
import {slotOf} from '../../src/shards/keys/slot.ts'
import {firstMap} from '../../src/shards/map/shard-map.ts'

export const shardNames = ['s1', 's2'] as const
export type ShardName = (typeof shardNames)[number]

export const map = firstMap(shardNames)

/** The first `most` users, of 1 to `users`, that live on the shard. */
export function usersOf(shard: ShardName, users: number, most: number): readonly number[] {
  const found: number[] = []
  for (let user = 1; user <= users && found.length < most; user++)
    if (map.ownerOf(slotOf('int8', user)) === shard) found.push(user)
  return found
}
