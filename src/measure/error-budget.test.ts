import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import type {RunFigure} from '../model/stored-figures.ts'
import {errorBudget, type SloTargets} from './error-budget.ts'

const good: RunFigure = {
  run: 'r',
  scenario: 'primary-crash',
  through: 'router',
  startedAt: '2026-11-20T10:00:00.000Z',
  verdict: 'pass',
  isControl: false,
  outage: {ms: 0, isOver: true},
  rto: {kind: 'measured', ms: 0},
  rtoLimitMs: 30_000,
  lost: 0,
  lostLimit: 0,
}
const targets: SloTargets = {availability: 0.999, rtoWithin: 0.5, rpoWithin: 1, rtoMsMax: null, lostMax: null}
const window = {from: '2026-11-01T00:00:00.000Z', to: '2026-11-30T00:00:00.000Z', ms: 1_000_000}
const cutOff: RunFigure = {...good, verdict: 'cut-off', outage: null, rto: null, lost: null}

const budgetOf = (figures: readonly Partial<RunFigure>[], change: Partial<SloTargets> = {}) =>
  errorBudget(
    figures.map(figure => ({...good, ...figure})),
    {...targets, ...change},
    window,
  )
/** Good, bad, unknown and the verdict, of availability, RTO and RPO. */
const told = (figures: readonly Partial<RunFigure>[], change: Partial<SloTargets> = {}): readonly string[] =>
  budgetOf(figures, change).objectives.map(slo => `${slo.good} ${slo.bad} ${slo.unknown} ${slo.verdict}`)

describe('the budget of outages', () => {
  it('is what the target leaves of the window, and the outages of all runs spend it', () => {
    const [availability] = budgetOf([{outage: {ms: 400, isOver: true}}, {outage: {ms: 500, isOver: true}}]).objectives
    expect(availability).toMatchObject({unit: 'ms', spent: 900, bad: 2, good: 0, verdict: 'pass'})
    expect(availability?.allowed).toBeCloseTo(1_000)
  })
  it.each<readonly [string, Partial<RunFigure>, string]>([
    ['more than it', {outage: {ms: 1_001, isOver: true}}, '1 1 0 fail'],
    ['an outage that never ended, however short it was seen', {outage: {ms: 1, isOver: false}}, '1 1 0 unknown'],
    ['a run of which nothing is known', {outage: null}, '1 0 1 unknown'],
    ['a run without a verdict that saw no outage', {verdict: 'unknown'}, '1 0 1 unknown'],
    ['a run that was cut off', cutOff, '1 0 1 unknown'],
  ])('%s', (_what, figure, expected) => expect(told([good, figure])[0]).toBe(expected))
  it('of no run is unknown', () => expect(told([])).toEqual(['0 0 0 unknown', '0 0 0 unknown', '0 0 0 unknown']))
  it('is spent for sure where that is known, whatever else is not', () =>
    expect(told([cutOff, {outage: {ms: 2_000, isOver: false}}])[0]).toBe('0 1 1 fail'))
})

describe('the budget of RTOs', () => {
  it.each<readonly [string, readonly Partial<RunFigure>[], string]>([
    ['half of the runs may be late', [{}, {rto: {kind: 'measured', ms: 30_001}}], '1 1 0 pass'],
    ['and no more', [{rto: {kind: 'never'}}, {}, {rto: {kind: 'measured', ms: 30_001}}], '1 2 0 fail'],
    ['it depends on what is not known', [{}, {rto: {kind: 'never'}}, cutOff, {}, cutOff], '2 1 2 unknown'],
    ['what is not known cannot spend it all', [{}, {}, cutOff], '2 0 1 pass'],
    ['bounds below the limit are good', [{rto: {kind: 'unknown', bounds: {leastMs: 1, mostMs: 2}}}], '1 0 0 pass'],
    ['bounds above it are bad', [{rto: {kind: 'unknown', bounds: {leastMs: 30_001, mostMs: null}}}], '0 1 0 fail'],
    ['bounds around it say nothing', [{rto: {kind: 'unknown', bounds: {leastMs: 1, mostMs: null}}}], '0 0 1 unknown'],
    ['a run without a verdict is not good', [{verdict: 'unknown'}], '0 0 1 unknown'],
    ['a run that owes none is not counted', [{}, {rtoLimitMs: null}, {rto: null}], '1 0 0 pass'],
  ])('%s', (_what, figures, expected) => expect(told(figures)[1]).toBe(expected))
  it('is of the limit that was asked for, also of runs that were made with another or none', () =>
    expect(
      told([{rto: {kind: 'measured', ms: 20}}, {rtoLimitMs: null, rto: {kind: 'measured', ms: 5}}], {rtoMsMax: 10})[1],
    ).toBe('1 1 0 pass'))
})

describe('the budget of lost writes', () => {
  it.each<readonly [string, Partial<RunFigure>, string]>([
    ['one that is lost', {lost: 1}, '1 1 0 fail'],
    ['as many as may be', {lost: 3, lostLimit: 3}, '2 0 0 pass'],
    ['nobody knows', {lost: null}, '1 0 1 unknown'],
    ['a run that cannot be read', {...cutOff, verdict: 'unreadable', startedAt: null}, '1 0 1 unknown'],
  ])('%s', (_what, figure, expected) => expect(told([good, figure])[2]).toBe(expected))
})

it('leaves out what was to fail, and what was before or after the window', () => {
  const report = budgetOf([
    {},
    {isControl: true, outage: {ms: 9_999, isOver: false}, lost: 5},
    {startedAt: '2026-10-31T23:59:59.000Z'},
    {startedAt: '2026-11-30T00:00:01.000Z'},
  ])
  expect(report).toMatchObject({counted: 1, leftOut: 1, verdict: 'pass'})
})

it('tells which scenarios spent most', () =>
  expect(
    budgetOf([{}, {scenario: 'b', outage: {ms: 5, isOver: true}, lost: 2}, {...cutOff, scenario: 'b'}]).scenarios,
  ).toEqual([
    {scenario: 'b', runs: 2, unknown: 1, outageMs: 5, lost: 2},
    {scenario: 'primary-crash', runs: 1, unknown: 0, outageMs: 0, lost: 0},
  ]))

it('an unknown run never makes a verdict better', () => {
  const figure = fc.record({
    outage: fc.option(fc.record({ms: fc.nat(1_500), isOver: fc.boolean()})),
    lost: fc.option(fc.nat(2)),
    verdict: fc.constantFrom<RunFigure['verdict']>('pass', 'fail', 'unknown', 'cut-off'),
  })
  const rank = {pass: 0, unknown: 1, fail: 2}
  fc.assert(
    fc.property(fc.array(figure, {minLength: 1, maxLength: 6}), figures => {
      const [before, after] = [budgetOf(figures), budgetOf([...figures, cutOff])]
      // A share of runs that may fail grows with their number; of one that may not it does not.
      for (const index of [0, 2])
        expect(rank[after.objectives[index]?.verdict ?? 'pass']).toBeGreaterThanOrEqual(
          rank[before.objectives[index]?.verdict ?? 'fail'],
        )
    }),
  )
})
