import {describe, expect, it} from 'vitest'
import {structureOf} from '../../test/markup-structure.ts'
import type {RtoSeen, SloReport, SloResult, Trend} from '../model/stored-figures.ts'
import {sloHtml} from './slo-html.ts'
import {sloCells, targetText} from './slo-rows.ts'
import {sloText, trendText} from './slo-text.ts'
import {plainTheme} from './theme.ts'

const availability: SloResult = {
  name: 'availability',
  target: 0.999,
  good: 3,
  bad: 9,
  unknown: 1,
  unit: 'ms',
  allowed: 2_592_000,
  spent: 129_600,
  isLeast: true,
  verdict: 'unknown',
}
const rto: SloResult = {
  ...availability,
  name: 'rto',
  target: 0.95,
  unit: 'runs',
  allowed: 0.65,
  spent: 1,
  isLeast: false,
  verdict: 'fail',
}
const report = (scenario: string): SloReport => ({
  from: '2026-11-01T00:00:00.000Z',
  to: '2026-12-01T00:00:00.000Z',
  counted: 13,
  leftOut: 2,
  objectives: [availability, rto, {...rto, name: 'rpo', target: 1, allowed: 0, spent: 0, bad: 0, verdict: 'pass'}],
  scenarios: [{scenario, runs: 13, unknown: 1, outageMs: 129_600, lost: 0}],
  verdict: 'fail',
})
const point = (run: string, seen: RtoSeen) => ({run, startedAt: null, rto: seen, lost: 0})
const trend = (scenario: string): Trend => ({
  scenario,
  through: 'router',
  points: [
    point(scenario, {kind: 'measured', ms: 1_000}),
    point('b', {kind: 'never'}),
    point('c', {kind: 'unknown', bounds: null}),
    point('d', {kind: 'measured', ms: 20_000}),
  ],
  never: 1,
  unknown: 1,
  halves: {earlier: {kind: 'measured', ms: 10_000}, later: {kind: 'measured', ms: 15_000}},
  limitMs: 30_000,
  lost: 0,
})

describe('budgets', () => {
  it.each([
    [availability, ['writes succeed', '99.9%', '3', '9', '1', '2m 10s (at least 5%)', '43m 12s']],
    [rto, ['back within the RTO', '95%', '3', '9', '1', '1 run (154%)', '0.65 runs']],
  ] as const)('say what is spent of what', (slo, cells) => expect(sloCells(slo)).toEqual(cells))
  it.each([
    [0.999, '99.9%'],
    [0.95, '95%'],
    [1, '100%'],
    [0.9995, '99.95%'],
  ])('a target of %d is %s', (share, text) => expect(targetText(share)).toBe(text))
  it('as text begin with the worst verdict, and say what was counted', () => {
    const text = sloText(report('primary-crash'), plainTheme)
    expect(text).toMatch(/^FAIL {2}13 runs from 2026-11-01 to 2026-12-01; 2 controls and refusals left out\n/)
    expect(text).toMatch(/writes succeed .* unknown$/m)
    expect(text).toContain('primary-crash: 13 runs, 1 unknown, 2m 10s without writes, 0 writes lost')
  })
})

describe('trends', () => {
  it('as text show each run, with marks for what never came back and what is not known', () => {
    const lines = trendText([trend('primary-crash')], plainTheme).split('\n')
    expect(lines[1]).toMatch(/^primary-crash {2}router .* 20\.00 s .* 10\.00 s .* 15\.00 s {2}1\.50x {5}0$/)
    expect(lines[2]).toBe('  ▂! ▇  highest 20.00 s')
  })
})

describe('the page', () => {
  it('holds budgets, what they were spent on, and a mark for each run', () => {
    const html = sloHtml(report('primary-crash'), [trend('primary-crash')])
    const tags = structureOf(html)
    expect(tags.filter(tag => tag.startsWith('circle'))).toHaveLength(2)
    expect(html).toContain('at most 30.00 s')
    expect(html).toContain('>✗</text>')
    expect(html).not.toMatch(/<script|<link|src=|@import|https?:\/\/(?!www\.w3\.org)/)
  })
  it('is not broken by a name', () => {
    const evil = '</style><script>alert("1")</script>'
    const tame = 'x'.repeat(evil.length)
    expect(structureOf(sloHtml(report(evil), [trend(evil)]))).toEqual(structureOf(sloHtml(report(tame), [trend(tame)])))
  })
})
