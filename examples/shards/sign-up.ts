// New users for the other examples. One INSERT of several rows: each row goes to the shard of its key, all in one
// transaction, and RETURNING has them in the order of VALUES.
import {timeIds, type ShardedPool} from '../../src/shards/index.ts' // in an application: 'pg-highload-lab/shards'

const nextId = timeIds({node: 0, nowMs: Date.now})

/** Their ids; the key comes from the application, since no sequence is shared. */
export async function signUp(shop: ShardedPool, count: number): Promise<readonly number[]> {
  const ids = Array.from({length: count}, nextId)
  const rows = ids.map((_, row) => `($${2 * row + 1}, $${2 * row + 2})`)
  await shop.query(
    `INSERT INTO users (user_id, email) VALUES ${rows.join(', ')}`,
    ids.flatMap(id => [id, `user-${id}@example.com`]),
  )
  return ids
}

/** Two new users that do not live on the same shard. */
export async function signUpApart(shop: ShardedPool): Promise<readonly [number, number]> {
  for (;;) {
    const [one = 0, other = 0] = await signUp(shop, 2)
    const [here, there] = [await shop.forKey(one).place(), await shop.forKey(other).place()]
    if (here.shard !== there.shard) return [one, other]
  }
}
