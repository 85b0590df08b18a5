// When a write without an answer cannot be applied any more. Invariant under test: while its backend may still work on
// it, on the timeline on which it was sent, nothing is over.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {decideDoubt, orphanMostMs, type Doubtful, type ItsBackend, type ItsConnection} from './decide-doubt.ts'

const sent = {timeline: 3, pid: 17}

const lines: readonly (readonly [string, ItsConnection, number | null, ItsBackend, number, Doubtful])[] = [
  ['no primary', 'cut', null, 'gone', 0, 'wait'],
  ['no primary, although it was answered', 'answered', null, 'not-asked', 0, 'wait'],
  ['answered', 'answered', 3, 'not-asked', 0, 'over'],
  ['a higher timeline', 'cut', 4, 'not-asked', 0, 'over'],
  ['a higher timeline, still pending', 'pending', 4, 'not-asked', 0, 'over'],
  ['a lower timeline', 'cut', 2, 'not-asked', 0, 'ask'],
  ['pending', 'pending', 3, 'not-asked', 9e9, 'wait'],
  ['cut', 'cut', 3, 'not-asked', 0, 'ask'],
  ['its backend is gone', 'cut', 3, 'gone', 0, 'over'],
  ['its backend works', 'cut', 3, 'busy', 9e9, 'wait'],
  ['its backend is idle', 'cut', 3, 'idle', orphanMostMs, 'wait'],
  ['its backend has been idle for longer than a packet lives', 'cut', 3, 'idle', orphanMostMs + 1, 'over'],
]

describe('a write without an answer', () => {
  it.each(lines)('%s', (_what, connection, primary, backend, sinceMs, expected) => {
    expect(decideDoubt(sent, connection, primary, backend, sinceMs)).toBe(expected)
  })

  it('of a backend that nobody can name is over when its connection is', () => {
    expect(decideDoubt({...sent, pid: null}, 'cut', 3, 'not-asked', 0)).toBe('over')
  })

  it('is never over while its backend works on the same timeline, or while there is no primary', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<ItsConnection>('pending', 'cut'),
        fc.constantFrom<ItsBackend>('busy', 'idle', 'gone'),
        fc.option(fc.integer({min: 1, max: 3})),
        fc.nat(orphanMostMs),
        (connection, backend, primary, sinceMs) => {
          const decided = decideDoubt(sent, connection, primary, backend, sinceMs)
          if (backend !== 'gone' || primary === null) expect(decided).not.toBe('over')
        },
      ),
    )
  })
})
