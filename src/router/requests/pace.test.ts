// What is known of a statement's pace says whether it may share a connection.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {AlonePace, Pace, Paces} from './pace.ts'

function paceAfter(times: readonly number[]): Pace {
  const pace = new Pace()
  for (const ms of times) pace.note(ms)
  return pace
}

describe('a pace', () => {
  it('of an unknown statement shares nothing, and of a few answers neither', () => {
    expect(new Pace().sharing).toBe('never')
    expect(paceAfter([0.1, 0.1, 0.1, 0.1]).sharing).toBe('never')
  })

  it('shares at once when tiny, rather than waiting when short, never when long', () => {
    expect(paceAfter(Array<number>(20).fill(0.2)).sharing).toBe('first')
    expect(paceAfter(Array<number>(20).fill(3)).sharing).toBe('when-full')
    expect(paceAfter(Array<number>(20).fill(30)).sharing).toBe('never')
  })

  it('forgets how it began, and stands one pause of the process', () => {
    expect(paceAfter([300, ...Array<number>(200).fill(0.1)]).sharing).toBe('first')
    expect(paceAfter([...Array<number>(20).fill(0.1), 40]).sharing).toBe('when-full')
  })

  it('with all answers above a bound is above it too', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({min: 5.001, max: 1e6, noNaN: true}), {maxLength: 100}),
        times => paceAfter(times).sharing === 'never',
      ),
    )
    fc.assert(
      fc.property(
        fc.array(fc.double({min: 1.001, max: 1e6, noNaN: true}), {maxLength: 100}),
        times => paceAfter(times).sharing !== 'first',
      ),
    )
    fc.assert(
      fc.property(
        fc.array(fc.double({min: 0, max: 1, noNaN: true}), {minLength: 5, maxLength: 100}),
        times => paceAfter(times).sharing === 'first',
      ),
    )
  })

  it('of what must be alone shares nothing, however short', () => {
    const pace = new AlonePace()
    for (let turn = 0; turn < 20; turn++) pace.note(0.1)
    expect(pace.sharing).toBe('never')
  })
})

it('there is one pace for each plan', () => {
  const paces = new Paces()
  const [one, other] = ['SELECT', 'SELECT'].map(
    reason => ({kind: 'read', reason, by: 'parser', readOnlyTransaction: false}) as const,
  )
  if (one === undefined || other === undefined) throw new Error('two plans were made')
  expect(paces.of(one)).toBe(paces.of(one))
  expect(paces.of(one)).not.toBe(paces.of(other))
})
