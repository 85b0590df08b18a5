import {describe, expect, it} from 'vitest'
import {crashEvents, crashHistory, crashRun, finalOf, quietRun} from '../../test/build-history.ts'
import type {Report} from '../model/report.ts'
import type {Rto} from '../model/rto.ts'
import {judge} from './judge.ts'
import {outliersOf} from './outliers.ts'
import {distribution, lossUpperBound, summarizeTrials} from './trials.ts'

const {record, events, ops} = crashRun()
const typical = judge(record, events, ops, {})

/** The crash with another detection time; null: it never recovered. */
const trial = (detectMs: number | null, host: Partial<Report['host']> = {}): Report => {
  const {rto} = typical
  if (rto === null) throw new Error('the crash has an RTO')
  const parts =
    detectMs === null ? [] : rto.parts.map(part => (part.name === 'detect' ? {...part, ms: detectMs} : part))
  const changed: Rto = {
    ...rto,
    parts,
    recovered: detectMs !== null,
    ms: detectMs === null ? null : parts.reduce((sum, part) => sum + part.ms, 0),
    timeToRedundancyMs: detectMs,
  }
  return {...typical, rto: changed, verdict: detectMs === null ? 'fail' : 'pass', host: {...typical.host, ...host}}
}

describe('a distribution', () => {
  it('is by nearest rank', () => expect(distribution([30, 10, 20, 40])).toEqual({min: 10, p50: 20, p95: 40, max: 40}))
  it('keeps infinity as null, where it falls', () => {
    expect(distribution([10, 20, Infinity])).toEqual({min: 10, p50: 20, p95: null, max: null})
    expect(distribution([10, Infinity, Infinity])).toEqual({min: 10, p50: null, p95: null, max: null})
  })
  it('of nothing is null', () => expect(distribution([])).toBeNull())
})

describe('the summary of trials', () => {
  it('drops no trial, and survives JSON', () => {
    const summary = summarizeTrials([trial(10_000), trial(null), trial(12_000)])
    expect(summary).toMatchObject({
      n: 3,
      neverRecovered: 1,
      rtoMs: {min: 12_610, p50: 14_610, p95: null, max: null},
      timeToRedundancyMs: {min: 10_000, max: null},
      verdicts: {pass: 2, fail: 1, unknown: 0},
      parts: {detect: {min: 10_000, max: 12_000}},
    })
    expect(summary.runs.map(run => run.rtoMs)).toEqual([12_610, null, 14_610])
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary)
  })

  it('of quiet runs has no RTO', () => {
    const quiet = quietRun()
    expect(summarizeTrials([judge(quiet.record, quiet.events, quiet.ops, {})])).toMatchObject({
      n: 1,
      rtoMs: null,
      neverRecovered: 0,
      parts: {},
    })
  })

  it('shows what is not known as that, and leaves it out of the distribution only', () => {
    const {rto} = typical
    const hidden: Report = {...typical, rto: rto && {...rto, ms: null, bounds: {leastMs: 1, mostMs: 9_000}}}
    const silent: Report = {...typical, rto: null, writes: {...typical.writes, attempted: 0}}
    const summary = summarizeTrials([typical, hidden, silent])
    expect(summary).toMatchObject({n: 3, unmeasured: 2, neverRecovered: 0, rtoMs: {min: 17_510, max: 17_510}})
    expect(summary.runs.map(run => [run.rtoMs, run.unmeasured])).toEqual([
      [17_510, undefined],
      [null, true],
      [null, true],
    ])
  })

  it('sums what was lost', () => {
    const lossy = judge(
      {...record, final: finalOf(ops, {ledgerIds: (record.final?.ledgerIds ?? []).slice(2)})},
      crashEvents,
      crashHistory().ops,
      {},
    )
    expect(summarizeTrials([typical, lossy])).toMatchObject({lost: 2, acknowledged: 2_900})
    expect([
      lossUpperBound([typical, lossy]),
      lossUpperBound(Array.from({length: 12}, () => typical)),
      lossUpperBound([]),
    ]).toEqual([null, 0.25, null])
  })
})

describe('outliers', () => {
  const usual = [14_000, 14_100, 14_200, 14_300, 14_400, 14_500].map(ms => trial(ms))

  it('are none among equals', () => expect(outliersOf(usual)).toEqual([]))
  it('have the part that sets them apart', () =>
    expect(outliersOf([...usual, trial(19_000)])).toEqual([
      {trial: 7, rtoMs: 21_610, reason: 'detect 4.70 s longer than in the middle trial'},
    ]))
  it('say when the host starved', () =>
    expect(outliersOf([...usual, trial(9_000, {stealPctMax: 30})])[0]?.reason).toBe(
      'detect 5.20 s shorter than in the middle trial; the host starved: steal 30% (limit 10%)',
    ))
  it('are trials that never recovered, always', () =>
    expect(outliersOf([trial(14_000), trial(null)])).toEqual([{trial: 2, rtoMs: null, reason: 'never recovered'}]))
  it('are not looked for among four', () =>
    expect(outliersOf([trial(1), trial(2), trial(3), trial(50_000)])).toEqual([]))
})
