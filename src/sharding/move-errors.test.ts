// Bad input and moves that stop, as a person meets them: each has its code, its exit code and the command that is next.
import {describe, expect, it} from 'vitest'
import {HlError} from '../model/errors.ts'
import {buildMap, planMoves, ShardError, stepsAhead, type GroupSize, type MoveRequest} from '../shards/index.ts'
import {chosenMove, requireUnopposed} from './carry-out-moves.ts'
import {requireCluster, requireEmpty} from './join-shard.ts'
import {conninfo, moveCluster} from './lab-moves.ts'
import {groupOfKey, groupsFrom, loadsFrom, oneOf, weightsFrom} from './move-request.ts'
import {requireShards} from './plan-over-shards.ts'
import {hlErrorOf} from './shard-errors.ts'

const errorOf = (work: () => unknown): HlError => {
  try {
    work()
  } catch (error) {
    const told = hlErrorOf(error)
    if (told instanceof HlError) return told
    throw error
  }
  throw new Error('it was not refused')
}

const placements = Array.from({length: 64}, (_, group) => ({group, shard: group < 32 ? 's1' : 's2', epoch: 1}))
const map = buildMap(['s1', 's2'], placements)
const sizes = Array.from({length: 64}, (_, group): GroupSize => ({group, rows: 10, bytes: 1_000, load: 0}))

describe('what cannot be planned', () => {
  it.each<readonly [string, MoveRequest, string, string, string]>([
    [
      'a shard that is added twice',
      {kind: 'add', shard: 's2', by: 'rows'},
      'MOVE_INVALID',
      'rebalance instead',
      'hl shards rebalance',
    ],
    ['a move to itself', {kind: 'move', groups: [3], to: 's1'}, 'MOVE_INVALID', 'is on s1 already', 'hl shards map'],
    [
      'a split onto itself',
      {kind: 'split', shard: 's1', to: 's1', by: 'rows'},
      'MOVE_INVALID',
      'onto itself',
      'hl shards map',
    ],
    [
      'weights that are all nothing',
      {kind: 'rebalance', by: 'rows', weights: {s1: 0, s2: 0}},
      'MOVE_INVALID',
      'all weights are 0',
      'hl shards plan',
    ],
    [
      'a weight of nobody',
      {kind: 'rebalance', by: 'rows', weights: {s9: 1}},
      'SHARD_UNKNOWN',
      'no shard s9',
      'hl shards map',
    ],
    [
      'a load that nobody told',
      {kind: 'rebalance', by: 'load'},
      'MOVE_INVALID',
      'nothing is known of the load',
      'hl shards plan',
    ],
    ['an unknown shard', {kind: 'drain', shard: 's9', by: 'rows'}, 'SHARD_UNKNOWN', 'no shard s9', 'hl shards map'],
    [
      'an unknown group',
      {kind: 'isolate', group: 64, shard: 's2', by: 'rows'},
      'MOVE_INVALID',
      'no group 64',
      'hl shards map',
    ],
  ])('%s', (_what, request, code, says, next) => {
    const error = errorOf(() => planMoves(map, sizes, request))
    expect([error.code, error.exitCode]).toEqual([code, 2])
    expect(error.message).toContain(says)
    expect(error.message).toContain('nothing was changed')
    expect(error.next[0]).toContain(next)
  })
  it('the only shard, which is drained', () => {
    const one = buildMap(
      ['s1'],
      placements.map(placement => ({...placement, shard: 's1'})),
    )
    const error = errorOf(() => planMoves(one, sizes, {kind: 'drain', shard: 's1', by: 'rows'}))
    expect([error.code, error.next[0]]).toEqual(['MOVE_INVALID', expect.stringContaining('hl up --add-shard')])
  })
  it('a cluster that the lab has not', () => {
    const lab = {shards: [{name: 's1'}, {name: 's2'}]}
    const added = errorOf(() => requireShards(lab, map, {kind: 'add', shard: 's3', by: 'rows'}))
    expect([added.code, added.next[0]]).toEqual(['SHARD_UNKNOWN', expect.stringContaining('hl up --add-shard')])
    expect(
      errorOf(() => requireShards({shards: [{name: 's1'}]}, map, {kind: 'rebalance', by: 'rows'})).message,
    ).toContain('s2')
  })
})

describe('a shard that is to be added', () => {
  const lab = {
    cluster: {lab: 'shop'},
    clusters: [{cluster: {name: 's1'}}, {cluster: {name: 's3'}}],
  } as unknown as Parameters<typeof requireCluster>[0]
  it('must be up', () => {
    expect(() => requireCluster(lab, 's3')).not.toThrow()
    const error = errorOf(() => requireCluster(lab, 's4'))
    expect([error.code, error.next[0]]).toEqual(['SHARD_UNKNOWN', expect.stringContaining('--add-shard')])
  })
  it('owns nothing yet', () => {
    expect(() => requireEmpty(map, 's3')).not.toThrow()
    const error = errorOf(() => requireEmpty(map, 's2'))
    expect([error.code, error.next[0]]).toEqual(['MOVE_INVALID', expect.stringContaining('hl shards rebalance')])
  })
})

describe('what preflight finds', () => {
  it.each([
    ['ROWS_THERE', 's2 has rows of these groups already'],
    ['DISK', 's2 has 3 MB free, and needs about 80 MB'],
    ['MOVE_UNDER_WAY', 's1 is a part of the move a1'],
  ] as const)('%s refuses the whole plan, before anything is begun', (reason, message) => {
    const move = {
      from: 's1',
      to: 's2',
      groups: [3],
      rows: 1,
      bytes: 1,
      estimatedMs: 1,
      warnings: [],
      refusals: [{reason, message}],
    }
    const error = errorOf(() => requireUnopposed({moves: [{...move, refusals: []}, move]}))
    expect([error.code, error.exitCode, error.message]).toEqual(['MOVE_REFUSED', 4, `${message}; nothing was changed`])
    expect(() => requireUnopposed({moves: [{...move, refusals: []}]})).not.toThrow()
  })
})

describe('a move that is asked for something', () => {
  it.each([
    ['an abort after the switch', 'settled', 'abort', 'hl shards rollback'],
    ['a rollback after it was begun to be finished', 'closed', 'rollback', 'hl shards finish'],
    ['a finish before the switch', 'copied', 'finish', 'hl shards resume'],
  ] as const)('%s is refused with what can be had', (_what, phase, goal, next) => {
    const error = errorOf(() => stepsAhead(phase, goal))
    expect([error.code, error.exitCode]).toEqual(['MOVE_REFUSED', 4])
    expect(error.next[0]).toContain(next)
  })
  it('that is run by somebody else is refused, with how to take it over', () => {
    const error = errorOf(() => {
      throw new ShardError('MOVE_REFUSED', 'somebody else runs a move', {detail: {reason: 'RUNNING', id: 'a1'}})
    })
    expect(error.next).toEqual([
      expect.stringContaining('hl shards status'),
      expect.stringContaining('hl shards resume a1 --take-over'),
    ])
  })
  it.each([
    ['copied', ['hl shards resume a1', 'hl shards abort a1', 'hl shards status']],
    ['told', ['hl shards resume a1', 'hl shards rollback a1', 'hl shards status']],
    ['settled', ['hl shards rollback a1', 'hl shards finish a1', 'hl shards status']],
    ['closed', ['hl shards resume a1', 'hl shards status']],
    ['returning', ['hl shards resume a1', 'hl shards finish a1', 'hl shards status']],
    ['undoing', ['hl shards resume a1', 'hl shards status']],
  ])('that stops in %s says how it goes on, and back', (phase, next) => {
    for (const code of ['MOVE_STOPPED', 'ABORTED'] as const) {
      const error = errorOf(() => {
        throw new ShardError(code, 'it stands', {detail: {id: 'a1', phase}})
      })
      expect(error.code).toBe(code === 'ABORTED' ? 'INTERRUPTED' : 'MOVE_STOPPED')
      expect(error.next).toEqual(next.map((one): unknown => expect.stringContaining(one)))
    }
  })
  it.each([
    [true, ['hl shards abort a1', 'hl shards verify']],
    [false, ['hl shards verify', 'hl psql']],
  ])('whose shard was set back is aborted where that can be had: %s', (canAbort, next) => {
    const error = errorOf(() => {
      throw new ShardError('MOVE_STOPPED', 'set back', {
        detail: {id: 'a1', phase: 'announced', reason: 'SET_BACK', canAbort},
      })
    })
    expect(error.next).toEqual(next.map((one): unknown => expect.stringContaining(one)))
  })
  it('of another hl is left to that', () => {
    const error = errorOf(() => {
      throw new ShardError('MOVE_REFUSED', 'another version', {detail: {reason: 'OTHER_VERSION', id: 'a1'}})
    })
    expect([error.code, error.next]).toEqual(['MOVE_REFUSED', ['use the version of hl that began it']])
  })
  it('is the only one, or is named', () => {
    const move = {id: 'a1'} as Parameters<typeof chosenMove>[0]['moves'][number]
    expect(chosenMove({moves: [move], notAsked: []}, undefined)).toBe(move)
    expect(chosenMove({moves: [move, {...move, id: 'b2'}], notAsked: []}, 'a1')).toBe(move)
    for (const [moves, id, says] of [
      [[], undefined, 'no move is under way'],
      [[move], 'x', 'no move x is under way: there is a1'],
      [[move, {...move, id: 'b2'}], undefined, 'several moves are under way, name one: there is a1, b2'],
    ] as const) {
      const error = errorOf(() => chosenMove({moves, notAsked: []}, id))
      expect([error.code, error.exitCode]).toEqual(['MOVE_UNKNOWN', 2])
      expect(error.message).toContain(says)
    }
    expect(errorOf(() => chosenMove({moves: [], notAsked: ['s2']}, undefined)).message).toContain(
      's2 could not be asked',
    )
  })
})

describe('what a person types', () => {
  it.each([
    ['3', [3]],
    ['4,3', [3, 4]],
    ['17-19, 2', [2, 17, 18, 19]],
    ['0-63', Array.from({length: 64}, (_, group) => group)],
  ])('groups %s', (text, groups) => expect(groupsFrom(text)).toEqual(groups))
  it.each(['', '64', '-1', '5-3', 'all', '3,,4', '3-64', '3,3', '1-4,2'])('no groups: %s', text =>
    expect(errorOf(() => groupsFrom(text)).code).toBe('MOVE_INVALID'),
  )
  it('weights and loads', () => {
    expect(weightsFrom(['s1=2', 's2=0.5'])).toEqual({s1: 2, s2: 0.5})
    expect([...loadsFrom(['17=120', '3=0'])]).toEqual([
      [17, 120],
      [3, 0],
    ])
  })
  it.each([['s1'], ['s1='], ['=2'], ['s1=-1'], ['s1=x']])('no weight: %s', word =>
    expect(errorOf(() => weightsFrom([word])).code).toBe('USAGE'),
  )
  it('nothing twice', () => {
    expect(errorOf(() => weightsFrom(['s1=1', 's1=2'])).message).toContain('two things of s1')
    expect(errorOf(() => loadsFrom(['64=1'])).code).toBe('USAGE')
  })
  it('a group, or a key that is in it', () => {
    expect(oneOf({group: 0})).toEqual({group: 0, key: null})
    for (const both of [{}, {group: 1, key: '2'}]) expect(errorOf(() => oneOf(both)).code).toBe('USAGE')
    expect(groupOfKey('int8', '42')).toBe(groupOfKey('int8', '0042'))
    expect(errorOf(() => groupOfKey('uuid', 'nobody')).code).toBe('MOVE_INVALID')
  })
})

describe('a lab that an earlier hl made', () => {
  it('is told that it cannot carry moves', () => {
    const lab = {cluster: {lab: 'old'}, clusters: [{cluster: {name: 's1'}}], secrets: {mover: null}, description: {}}
    const error = errorOf(() => moveCluster(lab as unknown as Parameters<typeof moveCluster>[0]))
    expect([error.code, error.exitCode]).toEqual(['MOVE_REFUSED', 4])
  })
  it('and servers reach each other at fixed addresses of all members', () =>
    expect(conninfo(['10.0.0.1', '10.0.0.2'], 'p')).toMatch(
      /^host=10\.0\.0\.1,10\.0\.0\.2 .*password=p .*target_session_attrs=read-write/,
    ))
})
