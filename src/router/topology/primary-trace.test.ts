// The trace as a table, and over random primaries: lags only grow with the distance, memory is bounded, thinning errs
// on the safe side only.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {lagOf, noteSample, noTrace, staysMost, type PrimarySample, type PrimaryTrace} from './primary-trace.ts'

type Told = readonly [askedMs: number, position: number | null]

function traceOf(told: readonly Told[], before: PrimaryTrace = noTrace, timeline = 1, node = 'pg1'): PrimaryTrace {
  return told.reduce((trace, [askedMs, position]) => noteSample(trace, {node, timeline, position, askedMs}), before)
}

describe('the trace', () => {
  const three = traceOf([
    [100, 10],
    [200, 10],
    [300, 20],
    [400, 50],
  ])
  it.each<readonly [string, PrimaryTrace, number, number, unknown]>([
    ['nothing is known', noTrace, 5, 0, null],
    ['the primary told no position', traceOf([[100, null]]), 5, 0, null],
    ['at the newest', three, 50, 450, {bytes: 0, ms: 0}],
    ['beyond the newest, seen later than it', three, 60, 450, {bytes: 0, ms: 0}],
    ['behind since the newest', three, 20, 450, {bytes: 30, ms: 50}],
    ['between two', three, 49, 450, {bytes: 1, ms: 50}],
    ['behind since the one before', three, 10, 450, {bytes: 40, ms: 150}],
    ['behind since the beginning', three, 9, 450, {bytes: 41, ms: 350}],
    ['asked before the primary went on: no time behind yet', three, 20, 350, {bytes: 30, ms: 0}],
    [
      'an idle primary leaves nobody behind',
      traceOf([
        [100, 10],
        [100_000, 10],
      ]),
      10,
      100_000,
      {bytes: 0, ms: 0},
    ],
  ])('lag: %s', (_what, trace, position, askedMs, expected) =>
    expect(lagOf(trace, position, askedMs)).toEqual(expected),
  )

  it('begins anew with a timeline, a primary, or a position that went back', () => {
    expect(three).toMatchObject({node: 'pg1', timeline: 1, floor: 10})
    expect(
      traceOf(
        [
          [500, 60],
          [600, 70],
        ],
        three,
        2,
      ),
    ).toMatchObject({timeline: 2, floor: 60, stays: [{position: 60}, {position: 70}]})
    expect(traceOf([[500, 60]], three, 1, 'pg2')).toMatchObject({
      node: 'pg2',
      timeline: 1,
      floor: 60,
      stays: [{position: 60}],
    })
    expect(traceOf([[500, 40]], three)).toMatchObject({timeline: 1, floor: 40, stays: [{position: 40, firstMs: 500}]})
  })

  it('says that nothing is known of a timeline whose primary tells no position', () => {
    const silent = traceOf([[500, null]], three, 2)
    expect(silent).toEqual({node: 'pg1', timeline: 2, floor: null, stays: []})
    expect(traceOf([[600, 80]], silent, 2)).toMatchObject({floor: 80})
    expect(traceOf([[500, null]], three)).toBe(three)
  })

  it('ignores an older answer and the same one', () => {
    expect(
      traceOf(
        [
          [400, 50],
          [390, 55],
          [10, 5],
        ],
        three,
      ),
    ).toBe(three)
  })
})

describe('over any primary', () => {
  /** Shrinking hundreds of samples may take minutes; the failure is told before. */
  const bounded = {interruptAfterTimeLimit: 5_000}

  const samples = fc
    .array(
      fc.record({
        afterMs: fc.integer({min: 1, max: 100_000}),
        bytes: fc.oneof({weight: 1, arbitrary: fc.constant(0)}, {weight: 3, arbitrary: fc.nat(1_000)}),
      }),
      {minLength: 1, maxLength: 900, size: 'max'},
    )
    .map(steps => {
      let askedMs = 0
      let position = 1_000
      return steps.map(({afterMs, bytes}): PrimarySample & {readonly position: number} => {
        askedMs += afterMs
        position += bytes
        return {node: 'pg1', timeline: 1, position, askedMs}
      })
    })

  it('memory is bounded, times and positions only grow, the floor is the first', () => {
    fc.assert(
      fc.property(samples, all => {
        const trace = all.reduce(noteSample, noTrace)
        expect(trace.stays.length).toBeLessThanOrEqual(staysMost)
        expect(trace.floor).toBe(all[0]?.position)
        for (const [index, {position, firstMs, lastMs}] of trace.stays.entries()) {
          expect(lastMs).toBeGreaterThanOrEqual(firstMs)
          const before = trace.stays[index - 1]
          if (before === undefined) continue
          expect(position).toBeGreaterThan(before.position)
          expect(firstMs).toBeGreaterThan(before.lastMs)
        }
      }),
      bounded,
    )
  })

  it('a standby further behind never has the smaller lag, and none is negative', () => {
    fc.assert(
      fc.property(samples, fc.nat(300_000), fc.nat(300_000), fc.nat(50_000_000), (all, one, other, askedMs) => {
        const trace = all.reduce(noteSample, noTrace)
        const [behind, ahead] = [
          lagOf(trace, Math.min(one, other), askedMs),
          lagOf(trace, Math.max(one, other), askedMs),
        ]
        expect(ahead?.bytes).toBeGreaterThanOrEqual(0)
        expect(ahead?.ms).toBeGreaterThanOrEqual(0)
        expect(behind?.bytes).toBeGreaterThanOrEqual(ahead?.bytes ?? 0)
        expect(behind?.ms).toBeGreaterThanOrEqual(ahead?.ms ?? 0)
      }),
      bounded,
    )
  })

  it('thinning makes a lag longer, never shorter', () => {
    let thinned = 0
    fc.assert(
      fc.property(samples, fc.nat(300_000), (all, position) => {
        const trace = all.reduce(noteSample, noTrace)
        const nowMs = all.at(-1)?.askedMs ?? 0
        const beyond = all.find(sample => sample.position > position)
        const exactMs = beyond === undefined ? 0 : nowMs - beyond.askedMs
        const lag = lagOf(trace, position, nowMs)
        expect(lag?.bytes).toBe(Math.max(0, (all.at(-1)?.position ?? 0) - position))
        expect(lag?.ms).toBeGreaterThanOrEqual(exactMs)
        if (lag?.ms !== exactMs) thinned++
        if (new Set(all.map(sample => sample.position)).size <= staysMost) expect(lag?.ms).toBe(exactMs)
      }),
      {...bounded, numRuns: 300},
    )
    expect(thinned).toBeGreaterThan(10)
  })

  it('a day at four questions a second leaves every lag within a tenth of itself', () => {
    let trace = noTrace
    const everyMs = 250
    const day = (24 * 3_600_000) / everyMs
    for (let index = 1; index <= day; index++)
      trace = noteSample(trace, {node: 'pg1', timeline: 1, position: index, askedMs: index * everyMs})
    for (const ageMs of [250, 1_000, 10_000, 60_000, 600_000, 3_600_000, 12 * 3_600_000]) {
      const lag = lagOf(trace, day - ageMs / everyMs - 1, day * everyMs)
      expect(lag?.ms).toBeGreaterThanOrEqual(ageMs)
      expect(lag?.ms).toBeLessThanOrEqual(ageMs * 1.1)
    }
  })
})
