import {describe, expect, it} from 'vitest'
import {firstMap, withOwner, type GroupState, type ShardState} from '../shards/index.ts'
import {listed, type Heard} from './look-at-shards.ts'

const first = firstMap(['s1', 's2'])
const catalog = {mapId: 'm', map: first}

function state(shard: string, change: Partial<GroupState> & {group: number} = {group: -1}): ShardState {
  const groups = Array.from({length: 64}, (_, group): GroupState => {
    const owner = first.ownerOf(group * 64)
    const is: GroupState = {group, owner, state: owner === shard ? 'o' : 'r', epoch: 1}
    return group === change.group ? {...is, ...change} : is
  })
  return {
    server: {system: shard, database: 'hl', startedAt: 'then'},
    self: {shard, mapId: 'm'},
    groups,
    isMoving: false,
  }
}

const heard = (shard: string, said: Heard['said']): Heard => ({
  shard,
  said,
  members: [`${shard}-pg1`],
  primary: said instanceof Error ? null : `${shard}-pg1`,
})

describe('shards against their map', () => {
  it('serve when all is as it must be', () =>
    expect(listed([heard('s1', state('s1')), heard('s2', state('s2'))], catalog)).toMatchObject([
      {shard: 's1', primary: 's1-pg1', groupsOwned: 32, groups: [{from: 0, to: 31}], standing: 'serving', reason: ''},
      {shard: 's2', groups: [{from: 32, to: 63}], standing: 'serving'},
    ]))

  it('that move a group own it no more, and say so', () => {
    const leaving = state('s1', {group: 7, state: 'm', owner: 's2', epoch: 2})
    expect(listed([heard('s1', leaving)], catalog)).toMatchObject([
      {
        groupsOwned: 31,
        groups: [
          {from: 0, to: 6},
          {from: 8, to: 31},
        ],
        leaving: [{from: 7, to: 7}],
      },
    ])
  })

  it('that were set back are behind', () =>
    expect(listed([heard('s1', state('s1'))], {...catalog, map: withOwner(first, 7, 's2')})[0]).toMatchObject({
      standing: 'behind',
      reason: expect.stringContaining('behind the map in group 7') as string,
    }))

  it('that hold no map are wrong', () =>
    expect(listed([heard('s1', {...state('s1'), self: null, groups: []})], catalog)[0]).toMatchObject({
      groupsOwned: 0,
      groups: [],
      standing: 'wrong',
    }))

  it('that do not answer are unknown, and have what the map gives them', () =>
    expect(listed([heard('s2', new Error('NO_PRIMARY'))], catalog)[0]).toMatchObject({
      primary: null,
      groupsOwned: 32,
      standing: 'unknown',
      reason: 'its primary does not answer: NO_PRIMARY',
    }))

  it('are unknown without the map, and own what they say', () =>
    expect(listed([heard('s2', state('s2'))], null)[0]).toMatchObject({groupsOwned: 32, standing: 'unknown'}))
})
