import {describe, expect, it} from 'vitest'
import {firstMap, planMoves, withOwner} from '../shards/index.ts'
import {movesBack, requestOf, verbToEnd} from './move-back.ts'

describe('what brings groups back', () => {
  it('is one move for each pair of shards, and nothing where nothing changed', () => {
    const was = new Map([
      [1, 's1'],
      [2, 's1'],
      [3, 's2'],
      [4, 's2'],
    ])
    const is = new Map([
      [1, 's2'],
      [2, 's2'],
      [3, 's1'],
      [4, 's2'],
    ])
    expect(movesBack(was, is)).toEqual([
      {groups: [1, 2], from: 's2', to: 's1'},
      {groups: [3], from: 's1', to: 's2'},
    ])
    expect(movesBack(was, was)).toEqual([])
  })
  it.each([
    ['copied', 'abort'],
    ['fenced', 'abort'],
    ['switched', 'rollback'],
    ['settled', 'rollback'],
    ['closed', 'finish'],
    ['told-back', 'abort'],
    ['undoing', 'abort'],
  ] as const)('ends a move in phase %s by %s', (phase, verb) => expect(verbToEnd(phase)).toBe(verb))
})

it('a move of a scenario is shared out by the number of groups', () =>
  expect(requestOf({what: 'drain', shard: 's2'})).toEqual({kind: 'drain', shard: 's2', by: 'groups'}))

it('and brings as many groups back as it took', () => {
  const sizes = Array.from({length: 64}, (_, group) => ({group, rows: 1, bytes: 1, load: 0}))
  const share = (s1: number, s2: number) => requestOf({what: 'rebalance', weights: {s1, s2}})
  const [there] = planMoves(firstMap(['s1', 's2']), sizes, share(1, 3)).moves
  const moved = (there?.groups ?? []).reduce((map, group) => withOwner(map, group, 's2'), firstMap(['s1', 's2']))
  expect([there?.groups.length, planMoves(moved, sizes, share(1, 1)).moves[0]?.groups.length]).toEqual([16, 16])
})
