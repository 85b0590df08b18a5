import {describe, expect, it} from 'vitest'
import type {RtoSeen, RunFigure} from '../model/stored-figures.ts'
import {trendsOf} from './trend.ts'

const figure = (day: number, rto: RtoSeen | null, change: Partial<RunFigure> = {}): RunFigure => ({
  run: `r${day}`,
  scenario: 'primary-crash',
  through: 'router',
  startedAt: `2026-11-${String(day).padStart(2, '0')}T10:00:00.000Z`,
  verdict: 'pass',
  isControl: false,
  outage: null,
  rto,
  rtoLimitMs: 30_000,
  lost: 0,
  lostLimit: 0,
  ...change,
})
const ms = (value: number): RtoSeen => ({kind: 'measured', ms: value})
const days = (count: number): readonly RunFigure[] =>
  Array.from({length: count}, (_, index) => figure(index + 1, ms(1_000 * (index + 1))))

describe('a trend', () => {
  it('is of one scenario through one access path, oldest first', () => {
    const trends = trendsOf([
      figure(3, ms(3)),
      figure(1, ms(1)),
      figure(2, ms(2), {through: 'pgpool'}),
      figure(4, ms(4), {scenario: 'other', isControl: true}),
      figure(5, null, {scenario: 'refused'}),
    ])
    expect(trends.map(({scenario, through, points}) => [scenario, through, points.map(({run}) => run)])).toEqual([
      ['primary-crash', 'router', ['r1', 'r3']],
      ['primary-crash', 'pgpool', ['r2']],
    ])
  })
  it('has no halves of fewer than ten that are known', () => {
    expect(trendsOf(days(9))[0]?.halves).toBeNull()
    expect(trendsOf([...days(9), figure(20, {kind: 'unknown', bounds: null})])[0]).toMatchObject({
      halves: null,
      unknown: 1,
    })
  })
  it('compares the median of the older half with that of the newer', () =>
    expect(trendsOf(days(11).toReversed())[0]?.halves).toEqual({earlier: ms(3_000), later: ms(9_000)}))
  it('takes a run that never came back for longer than all that did', () => {
    const never = (day: number): RunFigure => figure(day, {kind: 'never'})
    const [trend] = trendsOf([...days(7), never(8), never(9), never(10)])
    expect(trend).toMatchObject({never: 3, halves: {earlier: ms(3_000), later: {kind: 'never'}}})
  })
  it('counts a run that was cut off as unknown, whatever its figures', () =>
    expect(trendsOf([figure(1, ms(1), {verdict: 'cut-off'})])[0]).toMatchObject({unknown: 1, points: [{run: 'r1'}]}))
})
