import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {recoveryPhaseNames} from '../model/recovery-record.ts'
import type {RecoveryPhase} from '../model/report.ts'
import {phaseParts} from './phase-parts.ts'

describe('the parts of a recovery', () => {
  it.each([
    ['nothing measured', [], {unattributed: 10_000}],
    [
      'one part and what is around it',
      [{name: 'fetch', fromMs: 2_000, toMs: 5_000}],
      {fetch: 3_000, unattributed: 7_000},
    ],
    [
      'cut to the outage',
      [
        {name: 'detect', fromMs: -5_000, toMs: 1_000},
        {name: 'first-write', fromMs: 8_000, toMs: 30_000},
      ],
      {'detect': 1_000, 'first-write': 2_000, 'unattributed': 7_000},
    ],
    ['outside it', [{name: 'detect', fromMs: -5_000, toMs: -1}], {detect: 0, unattributed: 10_000}],
    [
      'two that overlap: the earlier one has it',
      [
        {name: 'start', fromMs: 0, toMs: 6_000},
        {name: 'replay', fromMs: 4_000, toMs: 10_000},
      ],
      {start: 6_000, replay: 4_000},
    ],
    [
      'one inside another',
      [
        {name: 'start', fromMs: 0, toMs: 10_000},
        {name: 'replay', fromMs: 4_000, toMs: 5_000},
      ],
      {start: 10_000, replay: 0},
    ],
    [
      'one that came twice, told in any order',
      [
        {name: 'fetch', fromMs: 6_000, toMs: 10_000},
        {name: 'combine', fromMs: 3_000, toMs: 6_000},
        {name: 'fetch', fromMs: 0, toMs: 3_000},
      ],
      {fetch: 7_000, combine: 3_000},
    ],
    ['one that ends before it begins', [{name: 'fetch', fromMs: 5_000, toMs: 4_000}], {fetch: 0, unattributed: 10_000}],
  ] satisfies readonly (readonly [string, readonly RecoveryPhase[], Readonly<Record<string, number>>])[])(
    '%s',
    (_what, measured, expected) =>
      expect(Object.fromEntries(phaseParts(measured, 0, 10_000).map(({name, ms}) => [name, ms]))).toEqual(expected),
  )

  it('add up to the RTO exactly, whole, never negative and each once, whatever was measured', () => {
    const time = fc.double({min: -5_000, max: 60_000, noNaN: true})
    const phase = fc.record({name: fc.constantFrom(...recoveryPhaseNames), fromMs: time, toMs: time})
    fc.assert(
      fc.property(
        fc.array(phase, {maxLength: 14}),
        time,
        fc.double({min: 0, max: 40_000, noNaN: true}),
        (measured, startMs, lengthMs) => {
          const parts = phaseParts(measured, startMs, startMs + lengthMs)
          expect(parts.reduce((sum, part) => sum + part.ms, 0)).toBe(
            Math.round(startMs + lengthMs) - Math.round(startMs),
          )
          expect(parts.every(part => Number.isInteger(part.ms) && part.ms >= 0)).toBe(true)
          expect(new Set(parts.map(part => part.name)).size).toBe(parts.length)
        },
      ),
      {numRuns: 500},
    )
  })
})
