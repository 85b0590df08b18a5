import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {lossRun, refusalRun} from '../../test/build-drill.ts'
import type {Run} from '../../test/build-history.ts'
import type {Report} from '../model/report.ts'
import {judge} from './judge.ts'
import {learnRates, predictRto} from './rates.ts'

const judged = ({record, events, ops}: Run): Report => judge(record, events, ops, {})
/** 50 MB copied in 5 s, 30 MB replayed in 4 s, 3 s for the rest. */
const report = judged(lossRun())
const copying = (copiedBytes: number): Report => ({
  ...report,
  restore: report.restore === null ? null : {...report.restore, copiedBytes},
})

describe('rates', () => {
  it('are those of the runs that recovered', () => {
    const all = {
      copyBytesPerS: {p50: 10_000_000, p90: 10_000_000},
      replayBytesPerS: {p50: 7_500_000, p90: 7_500_000},
      restMs: {p50: 3_000, p90: 3_000},
      n: 1,
    }
    expect(learnRates([report])).toEqual(all)
    expect(learnRates([report, judged(refusalRun()), judged(lossRun({firstWriteMs: null}))])).toEqual(all)
  })

  it('have a p90 that nine runs in ten reached', () => {
    const learned = learnRates(Array.from({length: 10}, (_none, index) => copying((index + 1) * 5_000_000)))
    expect([learned?.copyBytesPerS.p50, learned?.copyBytesPerS.p90, learned?.n]).toEqual([6_000_000, 2_000_000, 10])
  })

  it('are none without a run, or where nothing was copied', () =>
    expect([learnRates([]), learnRates([copying(0)])]).toEqual([null, null]))
})

describe('the prediction', () => {
  const rates = learnRates([report])
  it('is what was measured, for the same work', () =>
    expect(predictRto(rates, {copyBytes: 50_000_000, replayBytes: 30_000_000})).toBe(report.rto?.ms))
  it('grows with the work', () =>
    expect(predictRto(rates, {copyBytes: 100_000_000, replayBytes: 30_000_000})).toBe(17_000))
  it('takes what the caller knows better', () =>
    expect(predictRto(rates, {copyBytes: 0, replayBytes: 0, restMs: 500})).toBe(500))
  it('is none without rates', () => expect(predictRto(null, {copyBytes: 1, replayBytes: 1})).toBeNull())
  it('is never shorter for nine runs in ten than for half of them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({min: 1, max: 1_000_000_000}), {minLength: 1, maxLength: 20}),
        fc.nat(1_000_000_000),
        (sizes, copyBytes) => {
          const learned = learnRates(sizes.map(copying))
          const work = {copyBytes, replayBytes: copyBytes}
          expect(predictRto(learned, work, 'p90') ?? -1).toBeGreaterThanOrEqual(predictRto(learned, work) ?? Infinity)
        },
      ),
    )
  })
})
