// What speaks against bringing a restored shard in line, and the way out that each has.
import {describe, expect, it} from 'vitest'
import {hintText} from '../model/command-hint.ts'
import type {RestoredShard} from '../shards/index.ts'
import type {InDoubtAnswer} from './in-doubt.ts'
import {answerOf, refusalsOf} from './reconcile-lab.ts'

const restored: RestoredShard = {
  shard: 's2',
  mapId: 'm',
  since: '2026-01-01T00:00:00.000Z',
  plan: {
    steps: [
      {kind: 'keep', group: 40, owner: 's2', epoch: 1},
      {kind: 'release', group: 41, owner: 's1', epoch: 2},
      {kind: 'know', group: 1, owner: 's1', epoch: 1},
    ],
    refusals: [],
  },
  staleMoves: [],
  openMoves: [],
}
const applied = (shard: string, ...names: readonly string[]) => ({shard, applied: names, begun: [], pending: []})
const well: Parameters<typeof refusalsOf>[0] = {
  restored,
  prepared: {parts: [], notAsked: []},
  lost: {halves: 0, named: []},
  schemas: {shards: [applied('s1', '0001'), applied('s2', '0001')], drift: null},
  acceptLost: false,
}
const half = {halves: 2, named: [{id: 's1:x:1', on: 's1', lackedBy: 's2'}]}
const part = (what: 'in-doubt' | 'commit') => ({do: what}) as InDoubtAnswer['parts'][number]
const refusing = (reason: 'CAME_LATER' | 'TWO_OWNERS' | 'NO_OWNER' | 'MOVING') => ({
  ...well,
  restored: {...restored, plan: {...restored.plan, refusals: [{reason, groups: [3, 4]}]}},
})

describe('a restored shard', () => {
  it('is brought in line where nothing speaks against it', () => {
    expect(refusalsOf(well)).toEqual([])
    expect(refusalsOf({...well, prepared: {parts: [part('commit')], notAsked: []}})).toEqual([])
    expect(refusalsOf({...well, lost: half, acceptLost: true})).toEqual([])
    expect(answerOf('lab', {restored, lost: half}, null)).toMatchObject({keep: [40], release: [41], done: null})
  })

  it.each<readonly [string, Parameters<typeof refusalsOf>[0], RegExp, string]>([
    [
      'lacks rows',
      refusing('CAME_LATER'),
      /^groups 3-4 came to it after that moment/,
      'hl restore --in-place --to latest --discard-copy --shard s2',
    ],
    ['has groups that two own', refusing('TWO_OWNERS'), /^groups 3-4 are owned by several/, 'hl shards verify'],
    ['has groups that nobody owns', refusing('NO_OWNER'), /^groups 3-4 are owned by nobody/, 'hl shards verify'],
    ['has groups that move', refusing('MOVING'), /^groups 3-4 are changing hands/, 'hl shards status'],
    [
      'is behind a move',
      {...well, restored: {...restored, openMoves: ['abc']}},
      /^the move abc is on record on another shard/,
      'hl restore --in-place --to latest --discard-copy --shard s2',
    ],
    [
      'lacks migrations',
      {...well, schemas: {shards: [applied('s1', '0001', '0002'), applied('s2', '0001')], drift: null}},
      /^it lacks the migrations 0002$/,
      'hl migrations apply',
    ],
    [
      'has what is in doubt',
      {...well, prepared: {parts: [part('in-doubt')], notAsked: []}},
      /^1 part of transactions/,
      'hl tx list',
    ],
    [
      'has a neighbour that is silent',
      {...well, prepared: {parts: [], notAsked: ['s1']}},
      /^s1 could not be asked/,
      'hl status',
    ],
    [
      'has lost its part of transactions',
      {...well, lost: half},
      /^2 transactions over shards would be on some of their shards alone, as s1:x:1 on s1$/,
      'hl restore --into <new lab> --to-barrier latest',
    ],
  ])('that %s is refused, with the way out', (_what, seen, why, next) => {
    const refusals = refusalsOf(seen)
    expect(refusals.map(refusal => refusal.why)).toEqual([expect.stringMatching(why) as string])
    const steps = refusals.flatMap(refusal => refusal.next.map(step => hintText(step)))
    expect(
      steps.map(step => step.replaceAll('`', '').startsWith(next)),
      steps.join('\n'),
    ).toContain(true)
  })
})
