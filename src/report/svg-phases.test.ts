import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {emptyDrillReport, lossReport} from '../../test/golden/fixture-recovery.ts'
import {passReport} from '../../test/golden/fixtures.ts'
import {structureOf} from '../../test/markup-structure.ts'
import {phasesChart} from './svg-phases.ts'

describe('the phases', () => {
  it('are a bar each, with their length in words', () => {
    const svg = phasesChart(lossReport)?.markup ?? ''
    expect(svg.match(/<rect /g)).toHaveLength(lossReport.phases.length)
    expect(svg).toContain('fetch, 1.7 s to 6.7 s after the disaster')
    expect(() => structureOf(svg)).not.toThrow()
  })

  it('have no chart without a disaster', () =>
    expect([phasesChart(emptyDrillReport), phasesChart(passReport)]).toEqual([null, null]))

  it('stay inside the chart whatever was measured', () => {
    const time = fc.double({min: -10_000, max: 90_000, noNaN: true})
    fc.assert(
      fc.property(
        fc.array(fc.record({name: fc.constantFrom('fetch', 'replay', 'promote'), fromMs: time, toMs: time}), {
          minLength: 1,
          maxLength: 8,
        }),
        phases => {
          const svg = phasesChart({...lossReport, phases})?.markup ?? ''
          for (const [, x, width] of svg.matchAll(/<rect x="([\d.-]+)" y="[\d.]+" width="([\d.-]+)"/g)) {
            expect(Number(x)).toBeGreaterThanOrEqual(0)
            expect(Number(width)).toBeGreaterThan(0)
            expect(Number(x) + Number(width)).toBeLessThanOrEqual(1_086)
          }
        },
      ),
      {numRuns: 100},
    )
  })
})
