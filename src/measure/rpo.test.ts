import {describe, expect, it} from 'vitest'
import {crashEvents, crashHistory, crashScenario, finalOf, recordOf} from '../../test/build-history.ts'
import type {FinalState} from '../model/history.ts'
import {factsOf} from './facts.ts'
import {measureRpo} from './rpo.ts'

/** The crash with a pinned writer on pg1 (one byte of WAL per ms) and, afterwards, on pg2. */
const rpo = (lost: readonly number[], final: Partial<FinalState> = {}) => {
  const built = crashHistory()
    .pinned('pg1', {fromMs: 0, toMs: 5_000, timeline: 1}, atMs => `0/${(atMs + 1).toString(16)}`)
    .pinned('pg2', {fromMs: 22_000, toMs: 32_000, timeline: 2}, atMs => `0/${(atMs + 1).toString(16)}`)
  const all = finalOf(built.ops, {timeline: 2, switchPoints: [{timeline: 1, lsn: '0/2000'}], ...final})
  const ledgerIds = all.ledgerIds.filter(id => !lost.includes(id))
  return measureRpo(factsOf(recordOf({...all, ledgerIds}, crashScenario), crashEvents, built.ops))
}

describe('RPO', () => {
  it('is nothing when nothing is gone', () =>
    expect(rpo([])).toEqual({
      transactions: 0,
      seconds: 0,
      secondsBehind: 0,
      bytes: 0,
      atRisk: 100,
      upperBound: 1,
      acknowledgedPerSecond: 100,
    }))

  it('is a count, the span of what was lost, and how far behind the survivors were', () => {
    expect(rpo([498, 499, 500])).toMatchObject({transactions: 3, seconds: 0.02, secondsBehind: 0.03, upperBound: null})
  })

  it('in bytes is what the old primary acknowledged past the switch point', () => {
    expect(rpo([500], {switchPoints: [{timeline: 1, lsn: '0/1000'}]})?.bytes).toBe(4_901 - 0x1000)
  })

  it('in bytes is not known when a timeline ended whose last position was not seen', () => {
    expect(
      rpo([], {
        switchPoints: [
          {timeline: 1, lsn: '0/2000'},
          {timeline: 2, lsn: 'nonsense'},
        ],
      })?.bytes,
    ).toBeNull()
  })

  it('in bytes is not known when a whole timeline is gone: the final state descends from another', () => {
    expect(rpo([500], {timeline: 1, switchPoints: []})?.bytes).toBeNull()
  })

  it('does not look at timelines from before the run', () =>
    expect(
      rpo([], {
        switchPoints: [
          {timeline: 0, lsn: '0/1'},
          {timeline: 1, lsn: '0/2000'},
        ],
      })?.bytes,
    ).toBe(0))
  it('promises nothing when the final state could not be read', () =>
    expect(rpo([], {readable: false})).toMatchObject({transactions: 0, bytes: null, upperBound: null}))
})
