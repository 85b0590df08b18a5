// What hl shards verify finds, and what it cannot say.
import {describe, expect, it} from 'vitest'
import {firstMap, ShardError, withOwner} from '../shards/index.ts'
import {contentVerdict, leftoverCheck, mapAsShards, ownedOnce, rowsCheck, type RowsSeen} from './verify-shards.ts'

const upTo = (from: number, to: number): readonly number[] => Array.from({length: to - from}, (_, at) => from + at)
const s1: RowsSeen = {shard: 's1', rows: [{group: 3, table: 'app.orders', rows: 7}], owned: upTo(0, 32), between: []}
const s2: RowsSeen = {shard: 's2', rows: [{group: 40, table: 'app.orders', rows: 5}], owned: upTo(32, 64), between: []}
const silent: RowsSeen = {...s2, rows: new Error('connection refused'), owned: []}
type Moves = Parameters<typeof ownedOnce>[1][number]
const move = {id: 'a1', groups: [3], from: 's1', to: 's2', runner: {pid: 7, application: 'hl-move-a1'}}

describe('rows on their owner', () => {
  it.each<readonly [string, RowsSeen, readonly (typeof move)[], string, RegExp]>([
    ['each row is where it belongs', s1, [], 'pass', /7 rows of 32 groups/],
    [
      'a row was left behind',
      {...s1, rows: [{group: 40, table: 'app.orders', rows: 1}]},
      [],
      'fail',
      /1 in app\.orders, of groups 40/,
    ],
    [
      'a row of a group that moves here',
      {...s2, rows: [{group: 3, table: 't', rows: 1}]},
      [move],
      'pass',
      /3 are moving/,
    ],
    [
      'a row of a group that moves elsewhere',
      {...s2, shard: 's3', rows: [{group: 3, table: 't', rows: 1}]},
      [move],
      'fail',
      /1 in t/,
    ],
    ['a shard that is away', silent, [], 'unknown', /connection refused/],
  ])('%s', (_what, seen, moves, verdict, detail) => {
    const check = rowsCheck(seen, moves)
    expect(check.verdict).toBe(verdict)
    expect(check.detail).toMatch(detail)
  })
})

describe('groups owned once', () => {
  it.each<readonly [string, readonly RowsSeen[], readonly Moves[], string, RegExp]>([
    ['each by one', [s1, s2], [], 'pass', /64 groups/],
    ['one by two', [s1, {...s2, owned: [3, ...s2.owned]}], [], 'fail', /3 on s1 and s2/],
    ['one by two, whoever is away', [s1, {...s2, owned: [3]}, silent], [], 'fail', /3 on s1 and s2/],
    ['one by none', [{...s1, owned: upTo(1, 32)}, s2], [], 'fail', /no shard owns group 0/],
    ['one by none, which moves', [{...s1, owned: s1.owned.filter(group => group !== 3)}, s2], [move], 'pass', /64/],
    [
      'one by none, whose move nobody is at work on',
      [{...s1, owned: s1.owned.filter(group => group !== 3)}, s2],
      [{...move, runner: null}],
      'fail',
      /no shard owns group 3/,
    ],
    ['one that a move has left on its way', [s1, {...s2, between: [3]}], [], 'fail', /by no move: group 3 on s2/],
    ['one that is on its way', [s1, {...s2, between: [3]}], [move], 'pass', /64/],
    ['a shard that is away', [s1, silent], [], 'unknown', /s2 could not be asked/],
  ])('%s', (_what, seen, moves, verdict, detail) => {
    const check = ownedOnce(seen, moves)
    expect(check.verdict).toBe(verdict)
    expect(check.detail).toMatch(detail)
  })
})

describe('the map that is kept for all', () => {
  const map = firstMap(['s1', 's2'])
  it.each<readonly [string, readonly RowsSeen[], typeof map, readonly (typeof move)[], string, RegExp]>([
    ['says what the shards say', [s1, s2], map, [], 'pass', /says/],
    ['has not heard of a move', [s1, s2], withOwner(map, 3, 's2'), [], 'fail', /not heard that s1 owns group 3/],
    ['need not have heard of one that is under way', [s1, s2], withOwner(map, 3, 's2'), [move], 'pass', /says/],
    ['is not known where a shard is away', [s1, silent], map, [], 'unknown', /s2 could not be asked/],
  ])('%s', (_what, seen, known, moves, verdict, detail) => {
    const check = mapAsShards(seen, known, moves)
    expect(check.verdict).toBe(verdict)
    expect(check.detail).toMatch(detail)
  })
})

describe('what moves have left', () => {
  it.each<readonly [string, readonly string[], readonly string[], string, RegExp]>([
    ['nothing', [], [], 'pass', /none/],
    ['what is of a move that is under way', ['slot hl_move_a1', 'origin hl_move_a1_copy_0'], [], 'pass', /2 of a move/],
    ['a slot of a move that is gone', ['slot hl_move_b2_back'], [], 'fail', /b2_back: no shard knows/],
    ['one whose id only begins alike', ['publication hl_move_a11'], [], 'fail', /a11/],
    ['one whose move may be where nobody could look', ['slot hl_move_b2'], ['s2'], 'unknown', /s2 could not be asked/],
  ])('%s', (_what, found, notAsked, verdict, detail) => {
    const check = leftoverCheck('s1-pg1', found, {moves: [move], notAsked})
    expect(check.verdict).toBe(verdict)
    expect(check.detail).toMatch(detail)
  })
})

describe('the sides of a move', () => {
  it.each<readonly [string, unknown, string]>([
    ['differ', new ShardError('MOVE_STOPPED', 't differs in 1 rows', {detail: {table: 't'}}), 'fail'],
    [
      'were written too fast',
      new ShardError('MOVE_STOPPED', 'was written too fast', {detail: {table: 't'}}),
      'unknown',
    ],
    ['were not asked', new Error('no connection'), 'unknown'],
  ])('%s', (_what, error, verdict) => expect(contentVerdict(error).verdict).toBe(verdict))
})
