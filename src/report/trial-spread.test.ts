import {describe, expect, it} from 'vitest'
import {failReport} from '../../test/golden/fixtures.ts'
import {trials as ten} from '../../test/golden/fixture-trials.ts'
import type {Report, TrialSummary} from '../model/report.ts'
import {plainTheme} from './theme.ts'
import {compare} from './compare.ts'
import {metricRows, ruleOfThree} from './metric-rows.ts'
import {toHtml} from './to-html.ts'
import {toMarkdown} from './to-markdown.ts'
import {toText} from './to-text.ts'

const three: TrialSummary = {
  ...ten,
  n: 3,
  neverRecovered: 0,
  outliers: [],
  rtoMs: {min: 18_620, p50: 19_240, p95: 20_480, max: 20_480},
  parts: {detect: {min: 15_900, p50: 17_020, p95: 18_400, max: 18_400}},
  verdicts: {pass: 3, fail: 0, unknown: 0},
  runs: ten.runs.slice(0, 3),
}
const of = (trials: TrialSummary): Report => ({
  ...failReport,
  trials,
  rpo: failReport.rpo === null ? null : {...failReport.rpo, transactions: 0, upperBound: 1},
})

describe('below ten trials', () => {
  it.each([
    ['text', toText(of(three), plainTheme, {columns: 100})],
    ['Markdown', toMarkdown(of(three))],
    ['HTML', toHtml(of(three))],
  ])('%s shows the values and no percentile', (_form, text) => {
    expect(text).not.toMatch(/p95|p50|median/)
    expect(text).not.toContain('of such faults do')
    expect(text).toContain('19.24 s, 18.62 s, 20.48 s')
  })

  it('a bound on how often a write is lost is not claimed', () =>
    expect(ruleOfThree(of(three))).toBe('no trial of 3 lost a write: too few to say how often one would'))

  it('a comparison has no p95', () => {
    expect(compare(of(three), of(three)).rows.map(({name}) => name)).not.toContain('RTO p95')
    expect(compare(of(three), of(three)).cautions[0]).toBe(
      `both are run ${failReport.run}: every ratio is of a run to itself`,
    )
    expect(compare(of(ten), of(ten)).rows.map(({name}) => name)).toContain('RTO p95')
  })
})

it('of ten the median and the p95 are told', () =>
  expect(metricRows(of(ten))[0]).toMatchObject({
    value: 'median 19.90 s',
    note: expect.stringMatching(/^p95 /) as string,
  }))
