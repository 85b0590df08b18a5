import fc from 'fast-check'
import {describe, expect, it, test} from 'vitest'
import {followingText, parseCopy, parseCopyState, type CopyState} from './copy-state.ts'

const states = fc.record({
  chain: fc.array(fc.string(), {minLength: 1}),
  timeline: fc.integer({min: 1}),
  mode: fc.constantFrom('follow' as const, 'paused' as const, 'ended' as const),
  delayMs: fc.nat(),
  target: fc.string(),
  lastCommit: fc.string(),
})
const paused: CopyState = {
  chain: ['f'],
  timeline: 1,
  mode: 'paused',
  delayMs: 0,
  target: 'LSN 0/5',
  lastCommit: '2026-11-24T10:00:00Z',
}

test('what is stored is read as it was', () => {
  fc.assert(
    fc.property(states, state => {
      expect(parseCopyState(JSON.stringify(state))).toEqual(state)
    }),
  )
})

test('anything else is refused with a way out', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        states.map(state => JSON.stringify({...state, mode: 'promoted'})),
        states.map(state => JSON.stringify({...state, chain: []})),
        states.map(state => JSON.stringify({...state, lastCommit: null})),
      ),
      text => {
        expect(() => parseCopyState(text)).toThrow(
          expect.objectContaining({code: 'BACKUP_INVALID', next: [expect.stringContaining('hl copy drop')]}),
        )
      },
    ),
  )
})

describe('a copy', () => {
  it('stands where its server says', () => {
    expect(parseCopy(paused, 't|0/5000028|0/4000028|1|2026-11-24 11:30:00.5+01')).toEqual({
      state: {...paused, lastCommit: '2026-11-24T10:30:00.500Z'},
      lsn: 0x500_0028n,
      redoLsn: 0x400_0028n,
      redoTimeline: 1,
      isWritable: false,
    })
  })
  it('that has replayed no commit since it was started holds what it held', () =>
    expect(parseCopy(paused, 't|0/5|0/4|1|').state).toEqual(paused))
  it('that was promoted is, though nobody was left to note it', () =>
    expect(parseCopy(paused, 'f|0/5|0/4|1|')).toMatchObject({state: {mode: 'ended'}, isWritable: true}))
  it('that does not say where it is, is none', () =>
    expect(() => parseCopy(paused, 't||0/4|1|')).toThrow(expect.objectContaining({code: 'RESTORE_FAILED'})))
})

test.each<readonly [number, number, string]>([
  [0, 0, 'follows the archive'],
  [60_000, 60_000, 'follows the archive 1m 0s behind'],
  [
    60_000,
    59_999,
    'follows the archive 1m 0s behind; no backup was that old, so until 1970-01-01T00:01:00Z it stands where its backup ended, at 1970-01-01T00:00:00Z',
  ],
])('with a delay of %i ms, %i ms after its backup, it %s', (delayMs, nowMs, text) =>
  expect(followingText(delayMs, 0, nowMs)).toBe(text),
)
