// When repeating ends. Invariant under test: whatever comes, it does.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import type {FailureOutcome, Judgement, Retry} from './classify-error.ts'
import {noRepetitions, oneMore, type Repetitions} from './decide-repetition.ts'

const limits = {repeatsMax: 3, repeatMs: 1_000}
const refused: Judgement = {outcome: 'not-applied', retry: 'again', connectionLost: false}
const broken: Judgement = {outcome: 'not-applied', retry: 'elsewhere', connectionLost: true}
const notSent: Judgement = {outcome: 'not-sent', retry: 'elsewhere', connectionLost: true}
/** With an idempotency key the repetition decides what became of it. */
const unknown: Judgement = {outcome: 'unknown', retry: 'never', connectionLost: true}

const lines: readonly (readonly [string, Judgement, Repetitions, number, Repetitions | null])[] = [
  ['the first refusal', refused, noRepetitions, 50, {count: 1, refusedAtMs: 50}],
  ['another, in time', refused, {count: 1, refusedAtMs: 50}, 1_049, {count: 2, refusedAtMs: 50}],
  ['another, too late', refused, {count: 1, refusedAtMs: 50}, 1_050, null],
  ['as many as may be', refused, {count: 3, refusedAtMs: 50}, 60, null],
  ['a first refusal long after a break', refused, {count: 1, refusedAtMs: null}, 9e9, {count: 2, refusedAtMs: 9e9}],
  ['a break', broken, noRepetitions, 50, {count: 1, refusedAtMs: null}],
  ['a break late after a refusal', broken, {count: 1, refusedAtMs: 50}, 9e9, {count: 2, refusedAtMs: 50}],
  ['too many breaks', broken, {count: 3, refusedAtMs: null}, 60, null],
  ['what was not sent counts as nothing', notSent, {count: 3, refusedAtMs: 50}, 9e9, {count: 3, refusedAtMs: 50}],
  ['an unknown outcome with a key', unknown, noRepetitions, 50, {count: 1, refusedAtMs: null}],
  ['too many of those', unknown, {count: 3, refusedAtMs: null}, 50, null],
]

describe('one more', () => {
  it.each(lines)('%s', (_what, judgement, before, nowMs, after) => {
    expect(oneMore(judgement, before, limits, nowMs)).toEqual(after)
  })

  it('never, where none is allowed', () => {
    for (const judgement of [refused, broken, unknown])
      expect(oneMore(judgement, noRepetitions, {repeatsMax: 0, repeatMs: 1_000}, 0)).toBeNull()
  })

  it('comes to an end, whatever fails in whatever way', () => {
    const failure = fc.record({
      outcome: fc.constantFrom<FailureOutcome>('not-applied', 'unknown'),
      retry: fc.constantFrom<Retry>('again', 'elsewhere', 'never'),
      connectionLost: fc.boolean(),
      tookMs: fc.double({min: 0, max: 5_000, noNaN: true}),
    })
    fc.assert(
      fc.property(fc.array(failure, {minLength: 20, maxLength: 20}), fc.nat(10), (failures, repeatsMax) => {
        let repetitions: Repetitions | null = noRepetitions
        let sent = 1
        let nowMs = 0
        for (const {tookMs, ...judgement} of failures) {
          nowMs += tookMs
          repetitions = oneMore(judgement, repetitions, {repeatsMax, repeatMs: 1_000}, nowMs)
          if (repetitions === null) break
          sent++
        }
        expect(sent).toBeLessThanOrEqual(repeatsMax + 1)
      }),
    )
  })
})
