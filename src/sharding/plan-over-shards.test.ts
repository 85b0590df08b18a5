import {describe, expect, it} from 'vitest'
import {firstMap} from '../shards/index.ts'
import {withClaims} from './plan-over-shards.ts'

describe('the map that is planned by', () => {
  const map = firstMap(['s1', 's2'])
  const group = (number: number, state: 'o' | 'r', epoch: number, owner: string) => ({
    group: number,
    state,
    epoch,
    owner,
  })

  it('is what the catalog has, where the shards say the same', () => {
    const states = [{shard: 's1', groups: [group(3, 'o', 1, 's1'), group(40, 'r', 1, 's2')]}]
    expect(withClaims(map, states)).toBe(map)
  })

  it('has what a shard owns and the catalog has not heard of', () => {
    const states = [
      {shard: 's1', groups: [group(3, 'r', 4, 's2')]},
      {shard: 's2', groups: [group(3, 'o', 4, 's2')]},
    ]
    const newer = withClaims(map, states)
    expect([newer.groupsOf('s2').includes(3), newer.groupsOf('s1').includes(3), newer.epochOf(3)]).toEqual([
      true,
      false,
      4,
    ])
    expect(newer.groupsOf('s1')).toHaveLength(31)
  })

  it('takes nothing from a shard that was set back', () => {
    const heard = withClaims(map, [{shard: 's2', groups: [group(3, 'o', 4, 's2')]}])
    expect(withClaims(heard, [{shard: 's1', groups: [group(3, 'o', 1, 's1')]}])).toBe(heard)
  })
})
