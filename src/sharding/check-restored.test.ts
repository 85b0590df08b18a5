// What is said of shards that were restored together.
import {describe, expect, it} from 'vitest'
import type {Barrier, GroupState} from '../shards/index.ts'
import {endedCheck, mapCheck, wholeCheck} from './check-restored.ts'

const part = {id: 'hl:m:s1:x:1.1', shard: 's2', why: 'in doubt', error: null}

describe('transactions that were prepared', () => {
  it.each<readonly [string, Parameters<typeof endedCheck>[0], string, RegExp]>([
    ['none', [], 'pass', /^nothing was prepared$/],
    [
      'ended as decided',
      [
        {...part, done: 'committed'},
        {...part, done: 'rolled-back'},
      ],
      'pass',
      /^of 2 parts that were prepared 1 are committed, and 1 rolled back/,
    ],
    ['left', [{...part, done: 'left'}], 'fail', /^1 part still prepared: hl:m:s1:x:1\.1 on s2 \(in doubt\)$/],
    ['that failed', [{...part, done: 'left', error: 'refused'}], 'fail', /\(refused\)$/],
  ])('%s', (_what, parts, verdict, detail) => {
    expect(endedCheck(parts)).toEqual({verdict, detail: expect.stringMatching(detail) as string})
  })
})

describe('halves', () => {
  it('fail, and are named with who lacks them', () => {
    expect(wholeCheck({halves: 0, named: []}).verdict).toBe('pass')
    const named = [
      {id: 's1:x:1', on: 's1', lackedBy: 's2'},
      {id: 's1:x:2', on: 's1', lackedBy: null},
    ]
    expect(wholeCheck({halves: 3, named})).toEqual({
      verdict: 'fail',
      detail: '3 transactions on one shard alone: s1:x:1 on s1, not on s2; s1:x:2 on s1, not on any other …',
    })
  })
})

describe('the map', () => {
  const group = (number: number, state: GroupState['state'], epoch: number): GroupState => ({
    group: number,
    state,
    epoch,
    owner: 's1',
  })
  const at: Pick<Barrier, 'positions'> = {
    positions: [{shard: 's1', system: '7', timeline: 1, lsn: '0/1', point: 'b', groups: {1: 1, 2: 4}, moves: []}],
  }
  it.each<readonly [string, readonly GroupState[], string]>([
    ['as it was', [group(1, 'o', 1), group(2, 'o', 4), group(3, 'r', 9)], 'pass'],
    ['with a group that is let go', [group(1, 'o', 1), group(2, 'm', 4)], 'fail'],
    ['with another epoch', [group(1, 'o', 1), group(2, 'o', 5)], 'fail'],
    ['with a group too many', [group(1, 'o', 1), group(2, 'o', 4), group(3, 'o', 1)], 'fail'],
    ['that is empty', [], 'fail'],
  ])('%s', (_what, groups, verdict) => {
    expect(mapCheck(new Map([['s1', groups]]), at).verdict).toBe(verdict)
  })
})
