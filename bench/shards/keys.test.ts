import {expect, it} from 'vitest'
import {slotOf} from '../../src/shards/keys/slot.ts'
import {map, shardNames, usersOf} from './keys.ts'

it('each user lives on one shard, about half on each', () => {
  const all = shardNames.map(shard => usersOf(shard, 1_000, 1_000))
  expect(all.flat().toSorted((a, b) => a - b)).toEqual(Array.from({length: 1_000}, (_, index) => index + 1))
  for (const users of all) expect(users.length).toBeGreaterThan(400)
})

it('so many at most, and only its own', () => {
  const users = usersOf('s2', 1_000, 7)
  expect(users).toHaveLength(7)
  expect(new Set(users.map(user => map.ownerOf(slotOf('int8', user))))).toEqual(new Set(['s2']))
})
