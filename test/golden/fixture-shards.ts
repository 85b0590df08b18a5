// Answers of `hl shards list`, `map`, `sizes` and `hl tx list` for the golden screens. Invariant: every standing and
// every verdict is there once.
import type {InDoubtAnswer} from '../../src/sharding/in-doubt.ts'
import type {MapAnswer, ListedShard, ShardsAnswer} from '../../src/sharding/look-at-shards.ts'
import type {SizesAnswer} from '../../src/sharding/read-sizes.ts'

const id = '6f1f0a4e-3f0e-4a53-9f5c-0d8a5c1f7e11'

const shard = (name: string, from: number, change: Partial<ListedShard> = {}): ListedShard => ({
  shard: name,
  primary: `${name}-pg1`,
  members: [`${name}-pg1`, `${name}-pg2`],
  groupsOwned: 16,
  groups: [{from, to: from + 15}],
  leaving: [],
  coming: [],
  standing: 'serving',
  reason: '',
  ...change,
})

export const listedShards: ShardsAnswer = {
  lab: 'shop',
  map: {id, epoch: 66, catalog: 's1'},
  shards: [
    shard('s1', 0, {groupsOwned: 15, groups: [{from: 1, to: 15}], leaving: [{from: 0, to: 0}]}),
    shard('s2', 16, {standing: 'behind', reason: 'shard s2 was set back: it is behind the map in group 17'}),
    shard('s3', 32, {primary: null, standing: 'unknown', reason: 'its primary does not answer: NO_PRIMARY'}),
    shard('s4', 48, {coming: [{from: 0, to: 0}], standing: 'wrong', reason: 'it is the shard s5: correct its address'}),
  ],
}

export const shardMapAnswer: MapAnswer = {
  lab: 'shop',
  id,
  epoch: 66,
  catalog: 's1',
  shards: [
    {shard: 's1', groupsOwned: 31},
    {shard: 's2', groupsOwned: 33},
  ],
  ranges: [
    {from: 0, to: 6, shard: 's1', epoch: 1},
    {from: 7, to: 7, shard: 's2', epoch: 3},
    {from: 8, to: 31, shard: 's1', epoch: 1},
    {from: 32, to: 63, shard: 's2', epoch: 1},
  ],
}

export const sizes: SizesAnswer = {
  lab: 'shop',
  tables: [
    {table: 'currencies', shard: 's1', kind: 'reference', rowsEstimated: 6, bytes: 32_768, rowsWritten: 6},
    {table: 'orders', shard: 's1', kind: 'sharded', rowsEstimated: 48_210, bytes: 9_437_184, rowsWritten: 51_002},
    {table: 'orders', shard: 's2', kind: 'sharded', rowsEstimated: null, bytes: 8_912_896, rowsWritten: 47_310},
  ],
  shards: [
    {shard: 's1', bytes: 9_469_952, rowsEstimated: 48_216},
    {shard: 's2', bytes: 8_912_896, rowsEstimated: null},
  ],
  hotGroups: [
    {shard: 's1', table: 'orders', group: 12, shareEstimated: 0.31, rowsEstimated: 14_945, keys: 1},
    {shard: 's2', table: 'orders', group: 40, shareEstimated: 0.05, rowsEstimated: null, keys: 3},
  ],
  notAsked: [{shard: 's3', reason: 'no node is the primary'}],
}

const part = (number: number, verdict: InDoubtAnswer['parts'][number]['do'], why: string) => ({
  gid: `hl:${id}:s1:0d8a5c1f-0000-4000-8000-6f1f0a4e3f0e:${number}.1:s2`,
  id: `hl:${id}:s1:0d8a5c1f-0000-4000-8000-6f1f0a4e3f0e:${number}.1`,
  shard: 's2',
  coordinator: 's1',
  preparedAt: new Date(Date.UTC(2026, 0, 2, 3, 4, number)),
  owner: 'hl_app',
  do: verdict,
  why,
  preparedOn: ['s2'],
  committedOn: [],
  notAsked: [],
})

export const preparedParts: InDoubtAnswer = {
  lab: 'shop',
  mapId: id,
  parts: [
    part(1, 'commit', 'the coordinator shard has committed it'),
    part(2, 'roll-back', 'its transaction is over on the coordinator shard, without a decision'),
    part(3, 'in-doubt', 'the coordinator shard, which knows the decision, cannot be asked'),
    part(4, 'wait', 'its transaction is still running on the coordinator shard'),
  ],
  notAsked: ['s3'],
}
