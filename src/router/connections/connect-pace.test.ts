import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {freePace, nextPace, type ConnectEnd, type ConnectPace} from './connect-pace.ts'

const optionMs = 1_000
const after = (pace: ConnectPace, ...ends: readonly ConnectEnd[]): ConnectPace =>
  ends.reduce((now, end) => nextPace(now, end, optionMs), pace)
const silent = (boundMs: number): ConnectEnd => ({kind: 'silent', boundMs})
const made = (tookMs: number): ConnectEnd => ({kind: 'made', tookMs})

describe('the pace of connecting', () => {
  it.each<[string, readonly ConnectEnd[], ConnectPace]>([
    ['is free at first', [], {atOnce: Infinity, boundMs: 1_000}],
    ['stays free while they are made', [made(10), made(990)], {atOnce: Infinity, boundMs: 1_000}],
    ['stays free while they are refused', [{kind: 'other'}], {atOnce: Infinity, boundMs: 1_000}],
    ['is one at a time after silence, in twice the time', [silent(1_000)], {atOnce: 1, boundMs: 2_000}],
    ['counts those together once', [silent(1_000), silent(1_000), silent(1_000)], {atOnce: 1, boundMs: 2_000}],
    ['grows up to eight times', [1, 2, 4, 8, 8].map(n => silent(n * 1_000)), {atOnce: 1, boundMs: 8_000}],
    ['stays with the time that a slow one took', [silent(1_000), made(1_500)], {atOnce: 1, boundMs: 3_000}],
    ['doubles with quick ones', [silent(1_000), made(20), made(20)], {atOnce: 4, boundMs: 1_000}],
    [
      'is free again after six quick ones',
      [silent(1_000), ...Array.from({length: 6}, () => made(20))],
      {atOnce: Infinity, boundMs: 1_000},
    ],
    ['is not eased by a refusal', [silent(1_000), {kind: 'other'}], {atOnce: 1, boundMs: 2_000}],
  ])('%s', (_, ends, expected) => {
    expect(after(freePace(optionMs), ...ends)).toEqual(expected)
  })

  it('lets a server that takes any time up to four bounds be connected to, after at most three silent ones', () => {
    fc.assert(
      fc.property(fc.integer({min: 1, max: 4_000}), takesMs => {
        let pace = freePace(optionMs)
        let silences = 0
        while (pace.boundMs < takesMs) {
          pace = nextPace(pace, silent(pace.boundMs), optionMs)
          silences++
        }
        // And it stays so: the next one has time enough too.
        expect(nextPace(pace, made(takesMs), optionMs).boundMs).toBeGreaterThanOrEqual(takesMs)
        expect(silences).toBeLessThanOrEqual(3)
      }),
    )
  })
})
