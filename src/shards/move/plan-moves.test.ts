import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {firstMap, type ShardMap} from '../map/shard-map.ts'
import {ShardError} from '../shard-error.ts'
import type {GroupSize, MoveRequest} from './balance-task.ts'
import {planMoves, type MovePlan} from './plan-moves.ts'

const map = firstMap(['s1', 's2'])
const alike: readonly GroupSize[] = Array.from({length: 64}, (_, group) => ({group, rows: 100, bytes: 1_000, load: 1}))
const uneven = alike.map(one => (one.group === 3 ? {...one, bytes: 500_000, rows: 50_000} : one))

/** Who has which group after the plan. */
const ownersAfter = (before: ShardMap, {moves}: MovePlan): readonly string[] =>
  alike.map(({group}) => moves.find(({groups}) => groups.includes(group))?.to ?? before.ownerOf(group * 64))

const reasonOf = (plan: () => unknown): unknown => {
  try {
    plan()
  } catch (error) {
    return error instanceof ShardError ? [error.code, error.detail['reason']] : error
  }
  return null
}

describe('planMoves', () => {
  it('adds a shard with a third of the groups, and moves nothing else', () => {
    const plan = planMoves(map, alike, {kind: 'add', shard: 's3', by: 'bytes'})
    expect(plan.moves.every(({to}) => to === 's3')).toBe(true)
    expect(plan.isBalanced).toBe(true)
    expect(plan.after.map(({groups}) => groups).reduce((sum, groups) => sum + groups, 0)).toBe(64)
    // The fewest that is within 5 % of a third: 20.27 groups, rounded up.
    expect(plan.bytes).toBe(21 * 1_000)
    expect(plan.before.map(({shard, groups}) => [shard, groups])).toEqual([
      ['s1', 32],
      ['s2', 32],
      ['s3', 0],
    ])
  })

  it('moves nothing where all is as it should be', () => {
    const plan = planMoves(map, alike, {kind: 'rebalance', by: 'rows'})
    expect([plan.moves, plan.bytes, plan.estimatedMs, plan.isBalanced]).toEqual([[], 0, 0, true])
  })

  it('says what keeps it from being even', () => {
    const {isBalanced, note, bytes} = planMoves(map, uneven, {kind: 'rebalance', by: 'bytes'})
    expect(isBalanced).toBe(false)
    expect(note).toContain('group 3')
    // All others leave the shard of the large one: nothing is nearer to even.
    expect(bytes).toBe(31 * 1_000)
  })

  it('gives shards what their weights say, and nothing to weight 0', () => {
    const plan = planMoves(map, alike, {kind: 'rebalance', by: 'groups', weights: {s1: 3, s2: 1}})
    expect(plan.after.map(({groups}) => groups)).toEqual([48, 16])
    const drained = planMoves(firstMap(['s1', 's2', 's3']), alike, {kind: 'drain', shard: 's2', by: 'rows'})
    expect(drained.moves.every(({from}) => from === 's2')).toBe(true)
    expect(drained.after.find(({shard}) => shard === 's2')?.groups).toBe(0)
  })

  it('splits a shard in halves, and leaves the others alone', () => {
    const three = firstMap(['s1', 's2', 's3'])
    const plan = planMoves(three, alike, {kind: 'split', shard: 's1', to: 's3', by: 'rows'})
    expect(plan.moves.map(({from, to, groups}) => [from, to, groups.length])).toEqual([['s1', 's3', 11]])
  })

  it('gives a group a shard of its own: those on it leave, those elsewhere stay', () => {
    const plan = planMoves(map, alike, {kind: 'isolate', group: 3, shard: 's2', by: 'bytes'})
    const owners = ownersAfter(map, plan)
    expect(owners.map((owner, group) => (owner === 's2' ? group : -1)).filter(group => group >= 0)).toEqual([3])
    expect(plan.bytes).toBe(33 * 1_000)
  })

  it('tells bytes and time by the rates that it is given', () => {
    const plan = planMoves(
      map,
      alike,
      {kind: 'move', groups: [0, 5], to: 's2'},
      {copyBytesPerSecond: 1_000, verifyBytesPerSecond: 2_000},
    )
    expect(plan.moves).toEqual([{from: 's1', to: 's2', groups: [0, 5], rows: 200, bytes: 2_000, estimatedMs: 3_000}])
  })

  const refusals: readonly (readonly [string, MoveRequest, string])[] = [
    ['a shard that is not there', {kind: 'drain', shard: 's9', by: 'rows'}, 'SHARD_UNKNOWN'],
    ['a shard added twice', {kind: 'add', shard: 's2', by: 'rows'}, 'SHARD_KNOWN'],
    ['a move to itself', {kind: 'move', groups: [0], to: 's1'}, 'SAME_SHARD'],
    ['a split onto itself', {kind: 'split', shard: 's1', to: 's1', by: 'rows'}, 'SAME_SHARD'],
    ['a group that is not there', {kind: 'move', groups: [64], to: 's2'}, 'GROUP_UNKNOWN'],
    ['no group at all', {kind: 'move', groups: [], to: 's2'}, 'GROUP_UNKNOWN'],
    ['a weight of an unknown shard', {kind: 'rebalance', by: 'rows', weights: {s7: 1}}, 'SHARD_UNKNOWN'],
    ['a weight below 0', {kind: 'rebalance', by: 'rows', weights: {s1: -1}}, 'WEIGHTS'],
    ['a weight that is no number', {kind: 'rebalance', by: 'rows', weights: {s1: Number.NaN}}, 'WEIGHTS'],
    ['weights of nothing', {kind: 'rebalance', by: 'rows', weights: {s1: 0, s2: 0}}, 'WEIGHTS'],
    ['a tolerance of more than all', {kind: 'rebalance', by: 'rows', tolerance: 1}, 'WEIGHTS'],
  ]
  it.each(refusals)('refuses %s', (_what, request, reason) => {
    expect(reasonOf(() => planMoves(map, alike, request))).toEqual(['MOVE_REFUSED', reason])
  })

  it('refuses to drain the only shard, and sizes that lack a group', () => {
    expect(reasonOf(() => planMoves(firstMap(['s1']), alike, {kind: 'drain', shard: 's1', by: 'rows'}))).toEqual([
      'MOVE_REFUSED',
      'LAST_SHARD',
    ])
    expect(reasonOf(() => planMoves(map, alike.slice(1), {kind: 'rebalance', by: 'rows'}))).toEqual([
      'MOVE_REFUSED',
      'SIZES',
    ])
  })

  it('moves each group once, off the shard that has it, and counts all bytes', () => {
    const sizes = fc.array(fc.record({rows: fc.nat(1000), bytes: fc.nat(100_000), load: fc.nat(50)}), {
      minLength: 64,
      maxLength: 64,
    })
    fc.assert(
      fc.property(sizes, fc.constantFrom('rows', 'bytes', 'load', 'groups' as const), (some, by) => {
        const own = some.map((size, group) => ({group, ...size}))
        const plan = planMoves(map, own, {kind: 'add', shard: 's3', by})
        const moved = plan.moves.flatMap(({groups, from}) => groups.map(group => ({group, from})))
        expect(new Set(moved.map(({group}) => group)).size).toBe(moved.length)
        expect(moved.every(({group, from}) => map.ownerOf(group * 64) === from)).toBe(true)
        const bytes = moved.reduce((sum, {group}) => sum + (own[group]?.bytes ?? 0), 0)
        expect(plan.bytes).toBe(bytes)
        for (const field of ['groups', 'rows', 'bytes', 'load'] as const) {
          const sum = (shares: MovePlan['after']): number => shares.reduce((all, share) => all + share[field], 0)
          expect(sum(plan.after)).toBe(sum(plan.before))
        }
      }),
      {numRuns: 5},
    )
  })
})
