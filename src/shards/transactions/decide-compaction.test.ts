import {describe, expect, it} from 'vitest'
import {decideCompaction, type Seen} from './decide-compaction.ts'

const seen: Seen = {
  shards: [
    {
      shard: 'a',
      rows: [
        {id: '1', participants: ['b']},
        {id: '2', participants: ['b', 'c']},
      ],
    },
    {shard: 'b', rows: [{id: '1', participants: []}]},
  ],
  prepared: new Set(),
  notAsked: new Set(),
  asked: new Set(['a', 'b', 'c']),
}

describe('decisions are made into numbers', () => {
  it('when nothing of them is prepared, the coordinator last', () =>
    expect(decideCompaction(seen)).toEqual([
      {shard: 'b', ids: ['1']},
      {shard: 'a', ids: ['1', '2']},
    ]))

  it('not while a part is prepared', () =>
    expect(decideCompaction({...seen, prepared: new Set(['1'])})).toEqual([{shard: 'a', ids: ['2']}]))

  it('not while a participant cannot be asked', () =>
    expect(decideCompaction({...seen, notAsked: new Set(['c']), asked: new Set(['a', 'b'])})).toEqual([
      {shard: 'a', ids: ['1']},
    ]))

  it('not when a participant is no shard any more', () =>
    expect(decideCompaction({...seen, asked: new Set(['a', 'b'])})).toEqual([
      {shard: 'b', ids: ['1']},
      {shard: 'a', ids: ['1']},
    ]))
})
