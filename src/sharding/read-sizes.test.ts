import {describe, expect, it} from 'vitest'
import {sizesOf} from './read-sizes.ts'

const orders = (rows: string | null) => ({
  schema: 'public',
  table: 'orders',
  kind: 'sharded',
  bytes: '8192',
  rows,
  writes: '12',
})
const seen = {schema: 'audit', table: 'seen', kind: 'reference', bytes: '1000', rows: '5', writes: '5'}
const common = (group: number, share: string) => ({
  schema: 'public',
  table: 'orders',
  slot_group: group,
  share,
  keys: 1,
})

describe('sizes', () => {
  it('are told for each table and shard, and summed for each shard', () => {
    const {tables, shards} = sizesOf([
      {shard: 's1', sizes: [orders('100'), seen], commonKeys: []},
      {shard: 's2', sizes: [orders('50')], commonKeys: []},
    ])
    expect(tables.map(({table, shard, rowsEstimated}) => [table, shard, rowsEstimated])).toEqual([
      ['audit.seen', 's1', 5],
      ['orders', 's1', 100],
      ['orders', 's2', 50],
    ])
    expect(tables[1]).toMatchObject({kind: 'sharded', bytes: 8_192, rowsWritten: 12})
    expect(shards).toEqual([
      {shard: 's1', bytes: 9_192, rowsEstimated: 105},
      {shard: 's2', bytes: 8_192, rowsEstimated: 50},
    ])
  })

  it('that were never analysed are not known, nor is their sum', () => {
    const {tables, shards} = sizesOf([{shard: 's1', sizes: [orders(null), seen], commonKeys: []}])
    expect(tables.find(({table}) => table === 'orders')?.rowsEstimated).toBeNull()
    expect(shards).toEqual([{shard: 's1', bytes: 9_192, rowsEstimated: null}])
  })

  it('name the hottest groups first, by rows and not by share', () => {
    const {hotGroups} = sizesOf([
      {shard: 's1', sizes: [orders('100')], commonKeys: [common(3, '0.1'), common(4, '0.5')]},
      {shard: 's2', sizes: [orders('1000')], commonKeys: [common(40, '0.2')]},
    ])
    expect(hotGroups.map(({shard, group, rowsEstimated}) => [shard, group, rowsEstimated])).toEqual([
      ['s2', 40, 200],
      ['s1', 4, 50],
      ['s1', 3, 10],
    ])
  })

  it('name at most ten hot groups', () =>
    expect(
      sizesOf([
        {
          shard: 's1',
          sizes: [orders('100')],
          commonKeys: Array.from({length: 30}, (_, group) => common(group, '0.01')),
        },
      ]).hotGroups,
    ).toHaveLength(10))
})
