import {describe, expect, it} from 'vitest'
import {whereItStands, type SideOfMove} from './move-place.ts'
import type {MoveGoal, MovePhase} from './move-states.ts'

type State = SideOfMove['states'][number]
type Said = readonly [MovePhase, number, State] | readonly [null, State]

const side = (role: SideOfMove['role'], said: Said): SideOfMove => {
  const name = role === 'source' ? 's1' : 's2'
  if (said[0] === null) return {role, name, record: null, states: [said[1], said[1]]}
  return {role, name, record: {phase: said[0], step: said[1]}, states: [said[2], said[2]]}
}
const stands = (source: Said, destination: Said, goal: MoveGoal = 'move') =>
  whereItStands([side('source', source), side('destination', destination)], goal)

describe('a move stands', () => {
  it.each<readonly [string, Said, Said, MovePhase, number]>([
    ['at its beginning without a record', [null, 'o'], [null, 'r'], 'begun', 0],
    ['where both say', ['copied', 3, 'o'], ['copied', 3, 'i'], 'copied', 3],
    [
      'at the earlier record, which may lack what the later one thinks is done',
      ['copied', 3, 'o'],
      ['published', 2, 'i'],
      'published',
      3,
    ],
    ['behind the fence, which only the source knows of', ['fenced', 8, 'm'], ['verified', 7, 'i'], 'fenced', 8],
    ['behind the switch, which only the destination knows of', ['fenced', 8, 'm'], ['switched', 9, 'o'], 'switched', 9],
    ['at a phase of which neither has a record any more', ['fenced', 8, 'm'], ['settled', 11, 'o'], 'switched', 11],
    ['where letting go was lost', ['told', 10, 'm'], ['settled', 11, 'o'], 'told', 11],
    [
      'before the rows were removed, where a failover brought them back',
      ['closed', 13, 'r'],
      ['cleaned', 14, 'o'],
      'closed',
      14,
    ],
    ['there, though the other side has forgotten it', ['closed', 13, 'r'], [null, 'o'], 'closed', 13],
    ['in its way back', ['returning', 12, 'i'], ['fenced-back', 13, 'm'], 'fenced-back', 13],
    ['in an abort', ['copied', 3, 'o'], ['undone', 5, 'r'], 'undoing', 5],
    ['after a cutover that was taken back', ['verified', 9, 'o'], ['verified', 7, 'i'], 'verified', 9],
    ['before its comparison, which was to be done anew', ['reversible', 9, 'o'], ['verified', 7, 'i'], 'verified', 9],
  ])('%s', (_what, source, destination, phase, step) => {
    expect(stands(source, destination)).toEqual({kind: 'at', place: {phase, step}})
  })
})

describe('a side that was set back', () => {
  it.each<readonly [string, Said, Said, string, boolean]>([
    // The fence would be left out, and both would own the groups.
    ['the source has lost its record', [null, 'o'], ['verified', 7, 'i'], 's1 has no record of it', true],
    ['the destination has lost all of it', ['announced', 1, 'o'], [null, 'r'], 'on s2 its groups are r', true],
    ['both own the groups', ['verified', 7, 'o'], ['switched', 9, 'o'], 'on s1 its groups are o', false],
    ['none owns them', ['settled', 11, 'r'], ['verified', 7, 'i'], 'on s2 its groups are i', false],
    ['the source has lost its record after the switch', [null, 'r'], ['settled', 11, 'o'], 's1 has no record', false],
  ])('stops it: %s', (_what, source, destination, why, canAbort) => {
    const found = stands(source, destination)
    expect(found).toMatchObject({kind: 'set-back', canAbort})
    expect(found.kind === 'set-back' ? found.why : '').toContain(why)
    const undone = stands(source, destination, 'abort')
    expect(undone.kind).toBe(canAbort ? 'undo' : 'set-back')
    if (undone.kind === 'undo') expect(undone.place.phase).toBe('undoing')
  })
})
