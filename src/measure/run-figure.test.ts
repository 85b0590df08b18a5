import {describe, expect, it} from 'vitest'
import {lossReport, neverBackReport, pointInTimeReport, refusalReport} from '../../test/golden/fixture-recovery.ts'
import {controlReport, failReport, neverReport, passReport, trialsReport} from '../../test/golden/fixtures.ts'
import type {Report} from '../model/report.ts'
import {figureOf} from './run-figure.ts'

describe('what a run says', () => {
  it('is its RTO, its outages and its losses, with the limits that it was held against', () => {
    expect(figureOf(passReport)).toMatchObject({
      scenario: passReport.scenario,
      verdict: 'pass',
      isControl: false,
      rto: {kind: 'measured', ms: passReport.rto?.ms},
      lost: passReport.rpo?.transactions,
    })
    expect(figureOf(failReport).rtoLimitMs).toBe(
      failReport.objectives.find(({name}) => name === 'rtoMsMax')?.limit ?? null,
    )
  })
  it('is never, where it was seen not to come back, and its outage is not over', () => {
    for (const report of [neverReport, neverBackReport]) expect(figureOf(report).rto).toEqual({kind: 'never'})
    expect(figureOf(neverReport).outage?.isOver).not.toBe(true)
  })
  it('is unknown between its bounds', () => {
    const {rto} = passReport
    const bounds = {leastMs: 1_000, mostMs: null}
    const report: Report = {...passReport, rto: rto === null ? null : {...rto, ms: null, recovered: false, bounds}}
    expect(figureOf(report)).toMatchObject({rto: {kind: 'unknown', bounds}, outage: null})
  })
  it('is no outage where none was, but only of a run that wrote', () => {
    const none: Report = {...passReport, rto: null}
    expect(figureOf(none)).toMatchObject({rto: {kind: 'measured', ms: 0}, outage: {ms: 0, isOver: true}})
    const silent: Report = {...none, writes: {...none.writes, attempted: 0}}
    expect(figureOf(silent)).toMatchObject({rto: {kind: 'unknown'}, outage: null})
    expect(figureOf({...none, command: 'drill'})).toMatchObject({rto: null, outage: null})
  })
  it('is left out where it must be rejected or refused', () => {
    expect(figureOf(controlReport).isControl).toBe(true)
    expect(figureOf(refusalReport)).toMatchObject({isControl: true, lost: null})
  })
  it('counts what a point-in-time restore lacks, and what a disaster took', () => {
    expect(figureOf(pointInTimeReport).lost).toBe(pointInTimeReport.pointInTime?.missing)
    expect(figureOf(lossReport).lost).toBe(lossReport.rpo?.transactions)
  })
  it('of the last trial of a series is its own, not that of the series', () => {
    const last = trialsReport.trials?.runs.at(-1)
    const {trials} = trialsReport
    if (last === undefined || trials === null) throw new Error('the fixture has no trials')
    const own = {...last, run: trialsReport.run, lost: 0, verdict: 'pass', rtoMs: 123} as const
    const series: Report = {...trialsReport, verdict: 'fail', trials: {...trials, lost: 7, runs: [own]}}
    expect(figureOf(series)).toMatchObject({verdict: 'pass', lost: 0, rto: {kind: 'measured', ms: 123}})
    expect(figureOf({...series, trials: {...trials, runs: [{...own, rtoMs: null, unmeasured: true}]}}).rto).toEqual({
      kind: 'unknown',
      bounds: null,
    })
  })
})
