// What is known of a statement's answerTime says whether it may share a connection.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {UnsharedAnswerTime, AnswerTime, AnswerTimes} from './answer-time.ts'

function answerTimeAfter(times: readonly number[]): AnswerTime {
  const answerTime = new AnswerTime()
  for (const ms of times) answerTime.note(ms)
  return answerTime
}

describe('a answerTime', () => {
  it('of an unknown statement shares nothing, and of a few answers neither', () => {
    expect(new AnswerTime().sharing).toBe('never')
    expect(answerTimeAfter([0.1, 0.1, 0.1, 0.1]).sharing).toBe('never')
  })

  it('shares at once when tiny, rather than waiting when short, never when long', () => {
    expect(answerTimeAfter(Array<number>(20).fill(0.2)).sharing).toBe('first')
    expect(answerTimeAfter(Array<number>(20).fill(3)).sharing).toBe('when-full')
    expect(answerTimeAfter(Array<number>(20).fill(30)).sharing).toBe('never')
  })

  it('forgets how it began, and stands one pause of the process', () => {
    expect(answerTimeAfter([300, ...Array<number>(200).fill(0.1)]).sharing).toBe('first')
    expect(answerTimeAfter([...Array<number>(20).fill(0.1), 40]).sharing).toBe('when-full')
  })

  it('with all answers above a bound is above it too', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({min: 5.001, max: 1e6, noNaN: true}), {maxLength: 100}),
        times => answerTimeAfter(times).sharing === 'never',
      ),
    )
    fc.assert(
      fc.property(
        fc.array(fc.double({min: 1.001, max: 1e6, noNaN: true}), {maxLength: 100}),
        times => answerTimeAfter(times).sharing !== 'first',
      ),
    )
    fc.assert(
      fc.property(
        fc.array(fc.double({min: 0, max: 1, noNaN: true}), {minLength: 5, maxLength: 100}),
        times => answerTimeAfter(times).sharing === 'first',
      ),
    )
  })

  it('of what must be alone shares nothing, however short', () => {
    const answerTime = new UnsharedAnswerTime()
    for (let turn = 0; turn < 20; turn++) answerTime.note(0.1)
    expect(answerTime.sharing).toBe('never')
  })
})

it('there is one answerTime for each plan', () => {
  const answerTimes = new AnswerTimes()
  const [one, other] = ['SELECT', 'SELECT'].map(
    reason =>
      ({
        kind: 'read',
        reason,
        by: 'parser',
        readOnlyTransaction: false,
        node: 'any',
        commits: 'nothing',
        commitsTransaction: false,
        isProvisional: false,
      }) as const,
  )
  if (one === undefined || other === undefined) throw new Error('two plans were made')
  expect(answerTimes.of(one)).toBe(answerTimes.of(one))
  expect(answerTimes.of(one)).not.toBe(answerTimes.of(other))
})
