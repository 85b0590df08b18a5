import {expect, it} from 'vitest'
import type {ShardsAnswer} from '../../sharding/look-at-shards.ts'
import {shardSamples} from './shard-samples.ts'

const shard: ShardsAnswer['shards'][number] = {
  shard: 's1',
  primary: 's1-pg1',
  members: ['s1-pg1'],
  groupsOwned: 32,
  groups: [],
  leaving: [{from: 3, to: 4}],
  coming: [{from: 9, to: 9}],
  standing: 'serving',
  reason: '',
}
const told = (answer: Partial<ShardsAnswer>): readonly string[] =>
  shardSamples({lab: 'lab', map: {id: 'm', epoch: 64, catalog: 's1'}, shards: [shard], ...answer}).map(
    ({name, labels, value}) =>
      [name, labels['cluster'], labels['standing'], value].filter(one => one !== undefined).join(' '),
  )

it('a shard tells what it owns, what is moving, and how it stands', () =>
  expect(told({})).toEqual([
    'hl_shard_map_epoch 64',
    'hl_shard_groups s1 32',
    'hl_shard_groups_moving s1 3',
    'hl_shard_standing s1 serving 1',
    'hl_shard_standing s1 behind 0',
    'hl_shard_standing s1 wrong 0',
    'hl_shard_standing s1 unknown 0',
  ]))

it('what the map says in the place of a shard that is silent is not its own word', () => {
  const lines = told({map: null, shards: [{...shard, primary: null, standing: 'unknown'}]})
  expect(lines.filter(line => !line.startsWith('hl_shard_standing'))).toEqual([])
  expect(lines).toContain('hl_shard_standing s1 unknown 1')
})
