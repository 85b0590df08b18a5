// The users of a load over shards: as many on each, and where they live by the map. Invariant: they are the same in
// every run of a lab, far above the ids that people give theirs. Not here: their rows (sharded-operations.ts).
import type {Random} from '../../model/ports.ts'
import {draw} from '../client-sessions.ts'

/** Where a user lives. */
export interface UserPlace {
  readonly shard: string
  readonly group: number
}

export interface LoadUser extends UserPlace {
  readonly userId: number
}

/** Users begin above this. */
export const firstUserId = 7_000_000_000
const usersPerShard = 12
/** A map in which a shard owns so little that none of these is its own is no map for a load. */
const triedMax = 20_000

/** Users in turn of the shards, so that the load is the same for each; fewer of a shard that owns next to nothing. */
export function chooseUsers(shards: readonly string[], placeOf: (userId: number) => UserPlace): readonly LoadUser[] {
  const found = new Map(shards.map(shard => [shard, [] as LoadUser[]]))
  for (let userId = firstUserId; userId < firstUserId + triedMax; userId++) {
    const place = placeOf(userId)
    const here = found.get(place.shard)
    if (here !== undefined && here.length < usersPerShard) here.push({userId, ...place})
    if ([...found.values()].every(({length}) => length === usersPerShard)) break
  }
  return Array.from({length: usersPerShard}, (_none, index) => index).flatMap(index =>
    [...found.values()].flatMap(users => users[index] ?? []),
  )
}

/** Two users of two shards. Of one shard alone there are none: then of two users of it. */
export function drawPair(users: readonly LoadUser[], random: Random): readonly [LoadUser, LoadUser] {
  const from = users[draw(random, users.length)]
  const elsewhere = users.filter(({shard}) => shard !== from?.shard)
  const others = elsewhere.length > 0 ? elsewhere : users.filter(user => user !== from)
  const to = others[draw(random, others.length)]
  if (from === undefined || to === undefined) throw new Error('a load over shards has two users at least')
  return [from, to]
}
