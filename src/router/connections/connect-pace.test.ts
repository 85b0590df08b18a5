import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {freePace, nextPace, type ConnectEnd, type ConnectPace} from './connect-pace.ts'

const optionMs = 1_000
const underWay = 16
const after = (pace: ConnectPace, ...ends: readonly ConnectEnd[]): ConnectPace =>
  ends.reduce((now, end) => nextPace(now, end, underWay, optionMs), pace)
const silent = (boundMs: number): ConnectEnd => ({kind: 'silent', boundMs})
const made = (tookMs: number): ConnectEnd => ({kind: 'made', tookMs})
const other: ConnectEnd = {kind: 'other'}

describe('the pace of connecting', () => {
  it.each<[string, readonly ConnectEnd[], ConnectPace]>([
    ['is free at first', [], {atOnce: Infinity, boundMs: 1_000}],
    ['stays free while they are made', [made(10), made(990)], {atOnce: Infinity, boundMs: 1_000}],
    ['stays free while they are refused', [other], {atOnce: Infinity, boundMs: 1_000}],
    ['is half of those under way after silence, in twice the time', [silent(1_000)], {atOnce: 8, boundMs: 2_000}],
    ['counts those together once', [silent(1_000), silent(1_000), silent(1_000)], {atOnce: 8, boundMs: 2_000}],
    [
      'comes down to one, in eight times the time',
      [1, 2, 4, 8, 8].map(n => silent(n * 1_000)),
      {atOnce: 1, boundMs: 8_000},
    ],
    [
      'grows by one with a slow one, and keeps the time that it took',
      [silent(1_000), made(1_500)],
      {atOnce: 9, boundMs: 3_000},
    ],
    ['doubles with a quick one', [silent(1_000), made(20)], {atOnce: 16, boundMs: 1_000}],
    [
      'is free again after some quick ones',
      [silent(1_000), made(20), made(20), made(20)],
      {atOnce: Infinity, boundMs: 1_000},
    ],
    ['is not eased by a refusal', [silent(1_000), other], {atOnce: 8, boundMs: 2_000}],
  ])('%s', (_, ends, expected) => {
    expect(after(freePace(optionMs), ...ends)).toEqual(expected)
  })

  it('lets a server in that takes any time up to four bounds, after at most three silences', () => {
    fc.assert(
      fc.property(fc.integer({min: 1, max: 4_000}), takesMs => {
        let pace = freePace(optionMs)
        let silences = 0
        while (pace.boundMs < takesMs) {
          pace = after(pace, silent(pace.boundMs))
          silences++
        }
        // And it stays so: the next one has time enough too.
        expect(after(pace, made(takesMs)).boundMs).toBeGreaterThanOrEqual(takesMs)
        expect(silences).toBeLessThanOrEqual(3)
      }),
    )
  })

  it('always lets one be made, in a bound between the one asked for and eight times that', () => {
    const end = fc.oneof(
      fc.integer({min: 0, max: 10_000}).map(made),
      fc.constant(other),
      fc.constantFrom(1_000, 2_000, 4_000, 8_000).map(silent),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(end, fc.integer({min: 1, max: 100})), {maxLength: 40}), ends => {
        let pace = freePace(optionMs)
        for (const [one, count] of ends) {
          pace = nextPace(pace, one, count, optionMs)
          expect(pace.atOnce).toBeGreaterThanOrEqual(1)
          expect(pace.boundMs).toBeGreaterThanOrEqual(optionMs)
          expect(pace.boundMs).toBeLessThanOrEqual(8 * optionMs)
        }
      }),
    )
  })
})
