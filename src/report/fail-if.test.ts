import {describe, expect, it} from 'vitest'
import {neverReport, passReport, trialsReport} from '../../test/golden/fixtures.ts'
import type {Report} from '../model/report.ts'
import {conditionFigures, judgeCondition, parseCondition} from './fail-if.ts'

const withRto = (ms: number): Report => ({
  ...passReport,
  rto: passReport.rto === null ? null : {...passReport.rto, ms, recovered: true},
})
const judged = (text: string, a: Report, b: Report): string => judgeCondition(parseCondition(text), a, b).verdict

describe('a condition', () => {
  it.each([
    ['rto.p50>1.2x', 10_000, 12_000, 'pass'],
    ['rto.p50>1.2x', 10_000, 12_001, 'fail'],
    [' rto.max > 30s', 10_000, 30_001, 'fail'],
    ['rto.max>30s', 90_000, 30_000, 'pass'],
  ])('%s of %d ms and %d ms: %s', (text, a, b, verdict) => expect(judged(text, withRto(a), withRto(b))).toBe(verdict))

  it('of a run that never recovered is not met', () => {
    expect(judged('rto.p50>1.2x', passReport, neverReport)).toBe('fail')
    expect(judged('rto.p95>60s', passReport, trialsReport)).toBe('fail')
  })

  it('is about lost writes too', () =>
    expect(
      ['lost>0', 'lost>2'].map(text =>
        judged(text, passReport, {...passReport, writes: {...passReport.writes, lost: 1}}),
      ),
    ).toEqual(['fail', 'pass']))

  it('of what was not measured is unknown, and neither met nor unmet', () =>
    expect(judged('rto.p50>1.2x', {...passReport, rto: null}, passReport)).toBe('unknown'))

  it.each(conditionFigures)('may be about %s', figure => expect(parseCondition(`${figure}>2x`).figure).toBe(figure))

  it.each(['rto>1x', 'rto.p50<1x', 'lost>30s', '', 'rto.p50>x'])('%j is none', text =>
    expect(() => parseCondition(text)).toThrow(expect.objectContaining({code: 'USAGE'}) as Error),
  )

  it('takes a bare number for seconds, as everywhere', () =>
    expect(parseCondition('rto.p50>1.5').limit).toEqual({value: 1_500}))
})
