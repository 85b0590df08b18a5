import {describe, expect, it} from 'vitest'
import {crashEvents, crashRun, crashScenario, finalOf} from '../../test/build-history.ts'
import type {Report} from '../model/report.ts'
import {metricRows} from '../report/metric-rows.ts'
import {combineTrials} from './combine-trials.ts'
import {judge} from './judge.ts'

const judged = (lost: number, objectives: Report['objectives'] = []): Report => {
  const {record, ops} = crashRun()
  const final = finalOf(ops, {ledgerIds: (record.final?.ledgerIds ?? []).slice(lost)})
  return {
    ...judge({...record, final, scenario: {...crashScenario, objectives: {rtoMsMax: 20_000}}}, crashEvents, ops, {}),
    ...(objectives.length === 0 ? {} : {objectives}),
  }
}
const check = (report: Report, name: string) => report.checks.find(candidate => candidate.name === name)

describe('trials as one report', () => {
  const [lossy, good] = [judged(2), judged(0)]
  const unknown: Report = {...good, verdict: 'unknown'}
  const rtoOf = (changes: Partial<Report['rto'] & object>): Report => ({
    ...good,
    rto: good.rto === null ? null : {...good.rto, ...changes},
  })

  it('has the RTO of the worst trial: never, then not known, then the longest', () => {
    const [slow, hidden, never] = [
      rtoOf({ms: 30_000}),
      rtoOf({ms: null, bounds: {leastMs: 1_000, mostMs: 8_000}}),
      rtoOf({ms: null, recovered: false}),
    ]
    expect(combineTrials([slow, good]).rto?.ms).toBe(30_000)
    expect(combineTrials([hidden, slow, good]).rto?.bounds).toEqual({leastMs: 1_000, mostMs: 8_000})
    expect(combineTrials([hidden, never, good]).rto).toMatchObject({ms: null, recovered: false})
  })

  it('keeps a warning that only an earlier trial had, with its number', () => {
    const starved = {...good, warnings: [{code: 'host-starved', detail: 'steal 60 %', next: 'another host'}]}
    expect(combineTrials([good, starved, good]).warnings).toContainEqual({
      code: 'host-starved',
      detail: 'trial 2: steal 60 %',
      next: 'another host',
    })
  })

  it('counts as trials of a loss those that could be judged', () => {
    expect(
      [combineTrials([good, good, good, good]), combineTrials([good, good, good, unknown])].map(
        ({rpo}) => rpo?.upperBound,
      ),
    ).toEqual([0.75, 1])
  })

  it('looks no better than its worst trial, whichever that is', () => {
    for (const order of [
      [lossy, good, good],
      [good, lossy, good],
      [good, good, lossy],
    ] as const) {
      const combined = combineTrials(order)
      expect([
        combined.verdict,
        check(combined, 'lost-writes')?.verdict,
        combined.rpo?.upperBound,
        combined.trials?.lost,
      ]).toEqual(['fail', 'fail', null, 2])
      expect([combined.writes.lost, combined.writes.lostIds, combined.rpo?.transactions]).toEqual([
        2,
        lossy.writes.lostIds,
        2,
      ])
      expect(check(combined, 'lost-writes')?.detail).toContain(`1 of 3 trials; trial ${order.indexOf(lossy) + 1}:`)
    }
  })

  it('keeps a check that only an earlier trial ran', () => {
    const short = {...good, checks: good.checks.filter(({name}) => name !== 'lost-writes')}
    const combined = combineTrials([lossy, short])
    expect(check(combined, 'lost-writes')?.verdict).toBe('fail')
    expect(combined.checks.map(({name}) => name)).toEqual(good.checks.map(({name}) => name))
  })

  it('takes a trial that never recovered for the worst of an objective', () => {
    const never = judged(0, [{name: 'rtoMsMax', limit: 20_000, actual: null, met: false}])
    const slow = judged(0, [{name: 'rtoMsMax', limit: 20_000, actual: 30_000, met: false}])
    expect(combineTrials([slow, never, good]).objectives).toEqual([
      {name: 'rtoMsMax', limit: 20_000, actual: null, met: false},
    ])
    expect(combineTrials([slow, good]).objectives).toEqual([
      {name: 'rtoMsMax', limit: 20_000, actual: 30_000, met: false},
    ])
  })

  it('takes every figure of a point-in-time restore from the trial in which it is worst', () => {
    const restored = (missing: number, collateral: number): Report => ({
      ...good,
      pointInTime: {missing, beside: 1, collateral, keptAfter: 0},
    })
    const [precise, rough, unmeasured] = [restored(0, 40), restored(3, 7), good]
    for (const order of [
      [rough, precise, unmeasured],
      [unmeasured, precise, rough],
    ] as const) {
      const combined = combineTrials(order)
      expect(combined.pointInTime).toEqual({missing: 3, beside: 1, collateral: 40, keptAfter: 0})
      expect(
        metricRows(combined).flatMap(({name, value, verdict, note}) =>
          name === 'precision' ? [[value, verdict, note]] : [],
        ),
      ).toEqual([['3', 'fail', expect.stringContaining('in the worst trial: ')]])
    }
  })

  it('is repeated by the seed of its first trial, and says nothing that holds of one trial only', () => {
    const one = {code: 'one-trial', detail: 'none lost in one trial', next: 'repeat'}
    const kept = {code: 'host-starved', detail: 'CPU pressure', next: 'another host'}
    const trial = (seed: number): Report => ({...good, seed, warnings: [one, kept]})
    expect(combineTrials([trial(4), trial(5)])).toMatchObject({seed: 4, warnings: [kept]})
  })
})
