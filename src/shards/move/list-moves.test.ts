import {describe, expect, it} from 'vitest'
import {ShardError} from '../shard-error.ts'
import {movesOf, type MoveRecord} from './list-moves.ts'

const record = (change: Partial<MoveRecord> = {}): MoveRecord => ({
  server: 's1',
  id: 'a1',
  source: 's1',
  destination: 's2',
  groups: [3, 4],
  phase: 'copied',
  step: 3,
  version: 1,
  beganAt: '2026-11-30T10:00:00.000Z',
  notedAt: '2026-11-30T10:00:01.000Z',
  isPaused: false,
  runner: null,
  slots: [],
  ...change,
})
const refusalOf = (records: readonly MoveRecord[]): ShardError => {
  try {
    movesOf(records)
  } catch (error) {
    if (error instanceof ShardError) return error
  }
  throw new Error('it was not refused')
}

describe('moves of the records of several shards', () => {
  it('are one for each id; the higher step is right, and all slots are told', () => {
    const slot = {name: 'hl_move_a1', retainedBytes: 5, walStatus: 'reserved', isRead: true}
    const [move, ...others] = movesOf([
      record({slots: [slot]}),
      record({server: 's2', phase: 'subscribed', step: 4, runner: {pid: 7, application: 'hl-move-a1'}, isPaused: true}),
    ])
    expect(others).toEqual([])
    expect(move).toMatchObject({
      id: 'a1',
      from: 's1',
      to: 's2',
      phase: 'subscribed',
      goal: 'move',
      shards: ['s1', 's2'],
      isPaused: true,
      runner: {pid: 7},
      slots: [{shard: 's1', name: 'hl_move_a1'}],
    })
  })
  it('are two where there are two', () => expect(movesOf([record(), record({id: 'b2'})])).toHaveLength(2))
  it.each([
    ['with records of another version', {version: 2}],
    ['in a phase that is not known here', {phase: 'teleported'}],
  ])('of another hl, %s, are its own business', (_what, change) => {
    const {code, detail, message} = refusalOf([record(change)])
    expect([code, detail['reason']]).toEqual(['MOVE_REFUSED', 'OTHER_VERSION'])
    expect(message).toMatch(/another version of hl .* nothing was changed/)
  })
})
