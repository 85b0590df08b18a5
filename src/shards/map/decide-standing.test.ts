// May a shard serve? A table of what it may say of itself.
import {describe, expect, it} from 'vitest'
import {decideStanding, standingError} from './decide-standing.ts'
import type {GroupState, ShardState} from './read-state.ts'
import {firstMap, placementsOf, withOwner, type ShardMap} from './shard-map.ts'

const mapId = '11111111-1111-1111-1111-111111111111'
/** a had group 3, b has it now, epoch 2. */
const map = withOwner(firstMap(['a', 'b']), 3, 'b')

const groupsOf = (shard: string, of: ShardMap): GroupState[] =>
  placementsOf(of).map(({group, shard: owner, epoch}) => ({
    group,
    state: owner === shard ? 'o' : 'r',
    epoch,
    owner,
  }))
const stateOf = (
  shard: string,
  groups: readonly GroupState[] = groupsOf(shard, map),
  change: Partial<ShardState> = {},
): ShardState => ({
  server: {system: '7', database: 'shop', startedAt: shard},
  self: {shard, mapId},
  groups,
  isMoving: false,
  ...change,
})
const changed = (shard: string, group: number, change: Partial<GroupState>): GroupState[] =>
  groupsOf(shard, map).map(state => (state.group === group ? {...state, ...change} : state))
const standingOf = (name: string, ...states: readonly ShardState[]) =>
  decideStanding(name, new Map(states.map((state, index) => [['a', 'b', 'c'][index] ?? '', state])), {mapId, map})

describe('a shard', () => {
  it.each<[string, readonly GroupState[]]>([
    ['says what the map says', groupsOf('a', map)],
    ['is ahead: a group is going', changed('a', 5, {state: 'm', epoch: 2, owner: 'b'})],
    ['is ahead: a group has gone', changed('a', 5, {state: 'r', epoch: 2, owner: 'b'})],
    ['is ahead: a group has come', changed('a', 40, {state: 'o', epoch: 2, owner: 'a'})],
    ['takes a group that is still elsewhere', changed('a', 40, {state: 'i', epoch: 1, owner: 'b'})],
    ['knows nothing newer of groups that are elsewhere for both', changed('a', 3, {epoch: 1, owner: 'c'})],
    ['was about to take a group that another owns since', changed('a', 3, {state: 'i', epoch: 1, owner: 'b'})],
    ['has let a group go', changed('a', 3, {state: 'm', epoch: 2, owner: 'b'})],
  ])('that %s serves', (_, groups) => expect(standingOf('a', stateOf('a', groups)).kind).toBe('serving'))

  it.each<[string, string, readonly GroupState[], readonly number[]]>([
    ['claims a group that has gone since', 'a', changed('a', 3, {state: 'o', epoch: 1, owner: 'a'}), [3]],
    ['lacks a group that has come', 'b', changed('b', 3, {state: 'r', epoch: 1, owner: 'a'}), [3]],
    ['was still taking a group that has come', 'b', changed('b', 3, {state: 'i', epoch: 1, owner: 'a'}), [3]],
    ['owns its group in an epoch before', 'b', changed('b', 3, {epoch: 1}), [3]],
    ['has a group that another has in the same epoch', 'a', changed('a', 40, {state: 'o', owner: 'a'}), [40]],
    ['gave away a group in the same epoch', 'a', changed('a', 5, {state: 'r', owner: 'b'}), [5]],
    ['knows nothing of a group of its own', 'a', groupsOf('a', map).filter(({group}) => group !== 7), [7]],
  ])('that %s is quarantined', (_, name, groups, behind) => {
    const states = name === 'a' ? [stateOf('a', groups)] : [stateOf('a'), stateOf('b', groups)]
    const standing = standingOf(name, ...states)
    expect(standing).toMatchObject({kind: 'behind', groups: behind})
    expect(standingError(name, standing)).toMatchObject({code: 'QUARANTINED', shard: name, detail: {groups: behind}})
  })

  it.each<[string, ShardState, string]>([
    ['holds no map', stateOf('a', [], {self: null}), 'holds no map'],
    ['is of another cluster', stateOf('a', groupsOf('a', map), {self: {shard: 'a', mapId: 'other'}}), 'another map'],
    ['is another shard', stateOf('b'), 'is the shard b'],
  ])('that %s is the wrong one', (_, state, reason) => {
    const standing = standingOf('a', state)
    expect(standing).toMatchObject({kind: 'wrong', reason: expect.stringContaining(reason)})
    expect(standingError('a', standing)).toMatchObject({code: 'WRONG_SHARD', shard: 'a'})
  })

  it('that is one database with another is the wrong one, and a copy of a cluster is not', () => {
    const twin = stateOf('a')
    expect(standingOf('b', stateOf('a'), twin).reason).toContain('the shards b and a are one database')
    // The one whose name it has serves.
    expect(standingOf('a', stateOf('a'), twin).kind).toBe('serving')
    const empty = stateOf('a', [], {self: null})
    expect(standingOf('a', empty, empty).reason).toContain('the shards a and b are one database')
    const copy = stateOf('b', groupsOf('b', map), {server: {system: '7', database: 'shop', startedAt: 'later'}})
    expect(standingOf('b', stateOf('a'), copy).kind).toBe('serving')
  })

  it('that has not answered is not known', () => {
    const standing = standingOf('b', stateOf('a'))
    expect(standing.kind).toBe('unknown')
    expect(standingError('b', standing)).toMatchObject({code: 'SHARD_FAILED', shard: 'b'})
    expect(standingError('a', standingOf('a', stateOf('a')))).toBeNull()
  })

  it('that is new and not in the map yet serves nothing wrong', () => {
    const fresh = groupsOf('c', map)
    expect(standingOf('c', stateOf('a'), stateOf('b'), stateOf('c', fresh)).kind).toBe('serving')
    expect(standingOf('c', stateOf('a'), stateOf('b'), stateOf('c', changed('c', 1, {state: 'o'}))).kind).toBe('behind')
  })
})
