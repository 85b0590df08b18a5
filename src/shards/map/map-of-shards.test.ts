// The map as the shards tell it: a table of what they may say.
import {expect, it} from 'vitest'
import {mapOfShards} from './map-of-shards.ts'
import type {GroupState, ShardState} from './read-state.ts'
import {firstMap, placementsOf} from './shard-map.ts'

const mapId = '11111111-1111-1111-1111-111111111111'
const map = firstMap(['a', 'b'])
const groupsOf = (shard: string): readonly GroupState[] =>
  placementsOf(map).map(({group, shard: owner, epoch}) => ({group, state: owner === shard ? 'o' : 'r', epoch, owner}))
const stateOf = (shard: string, change: Partial<ShardState> = {}): ShardState => ({
  server: {system: '7', database: 'shop', startedAt: shard},
  self: {shard, mapId},
  groups: groupsOf(shard),
  isMoving: false,
  ...change,
})
const changed = (shard: string, group: number, change: Partial<GroupState>): readonly GroupState[] =>
  groupsOf(shard).map(state => (state.group === group ? {...state, ...change} : state))

it('is there when each group has one owner', () => {
  const told = mapOfShards(
    ['a', 'b'],
    new Map([
      ['a', stateOf('a')],
      ['b', stateOf('b')],
    ]),
  )
  expect(told?.mapId).toBe(mapId)
  expect(placementsOf(told?.map ?? firstMap(['x']))).toEqual(placementsOf(map))
})

it.each<[string, ShardState | null]>([
  ['one has not answered', null],
  ['one is no shard', stateOf('b', {self: null})],
  ['one is another shard', stateOf('b', {self: {shard: 'c', mapId}})],
  ['one is of another map', stateOf('b', {self: {shard: 'b', mapId: 'other'}})],
  ['a group is moving, so nobody owns it', stateOf('b', {groups: changed('b', 40, {state: 'm', owner: 'a'})})],
  ['two own a group', stateOf('b', {groups: changed('b', 3, {state: 'o', owner: 'b'})})],
  ['one says nothing of its groups', stateOf('b', {groups: []})],
])('is not there when %s', (_, b) => {
  const states = new Map([['a', stateOf('a')]])
  if (b !== null) states.set('b', b)
  expect(mapOfShards(['a', 'b'], states)).toBeNull()
})
