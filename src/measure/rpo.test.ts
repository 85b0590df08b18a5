import {describe, expect, it} from 'vitest'
import {crashEvents, crashHistory, crashScenario, finalOf, recordOf} from '../../test/build-history.ts'
import type {FinalState} from '../model/history.ts'
import {factsOf} from './facts.ts'
import {measureRpo} from './rpo.ts'

const noSplitBrain = {reportedMs: 0, writableMs: 0, acknowledgedMs: 0, pairs: []}

/** The crash with a pinned writer on pg1 (one byte of WAL per ms) and, afterwards, on pg2. */
const rpo = (lost: readonly number[], final: Partial<FinalState> = {}) => {
  const built = crashHistory()
    .pinned('pg1', {fromMs: 0, toMs: 5_000, timeline: 1}, atMs => `0/${(atMs + 1).toString(16)}`)
    .pinned('pg2', {fromMs: 22_000, toMs: 32_000, timeline: 2}, atMs => `0/${(atMs + 1).toString(16)}`)
  const ledgerIds = finalOf(built.ops).ledgerIds.filter(id => !lost.includes(id))
  const all = finalOf(built.ops, {timeline: 2, switchPoints: [{timeline: 1, lsn: '0/2000'}], ledgerIds, ...final})
  return measureRpo(factsOf(recordOf(all, crashScenario), crashEvents, built.ops), noSplitBrain)
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
    const second = crashHistory().ops.flatMap(({id, timeline}) => (timeline === 2 ? [id] : []))
    expect(rpo(second, {timeline: 1, switchPoints: []})?.bytes).toBeNull()
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
  it('counts what pinned writers lost, unless a split brain explains it', () => {
    const pinnedIds = {pinnedIds: finalOf(crashHistory().ops).pinnedIds}
    expect(rpo([500], pinnedIds)).toMatchObject({transactions: 151, upperBound: null})
  })
  it.each<Partial<FinalState>>([
    {readable: false},
    {primary: null},
    {timeline: null},
    {timeline: 1},
    {ledgerIds: []},
    {perNode: [{node: 'pg2', rows: 3, hash: 'same'}]},
  ])('is not known when the final state was not read or contradicts itself: %j', final => {
    const rows = {perNode: ['pg1', 'pg2'].map(node => ({node, rows: 1_450, hash: 'same'}))}
    expect(rpo([], {...rows, ...final})).toBeNull()
  })
})
