import {describe, expect, it} from 'vitest'
import {decideVotes, dutyOf, outcomeOf, type Decision, type Duty, type Said} from './decide-outcome.ts'

describe('the votes', () => {
  it.each<[readonly Said[], 'commit' | 'abort']>([
    [['yes'], 'commit'],
    [['yes', 'yes', 'yes'], 'commit'],
    [['yes', 'no'], 'abort'],
    [['unknown', 'yes'], 'abort'],
    [['no', 'unknown'], 'abort'],
  ])('%j: %s', (votes, expected) => expect(decideVotes(votes)).toBe(expected))
})

// Complete by the compiler: a decision or a vote that is added is missing here.
const duties: Readonly<Record<Decision, Readonly<Record<Said, Duty>>>> = {
  'committed': {yes: 'commit', no: 'commit', unknown: 'commit'},
  'rolled-back': {yes: 'roll-back', no: 'none', unknown: 'settle'},
  'not-asked': {yes: 'roll-back', no: 'none', unknown: 'settle'},
  'unknown': {yes: 'wait', no: 'wait', unknown: 'wait'},
}

describe('a participant', () => {
  it.each(
    Object.entries(duties).flatMap(([decision, row]) =>
      Object.entries(row).map(([vote, duty]) => [decision as Decision, vote as Said, duty] as const),
    ),
  )('of a transaction that is %s, which said %s: %s', (decision, vote, duty) =>
    expect(dutyOf(decision, vote)).toBe(duty),
  )
})

describe('the caller', () => {
  it.each<[Decision, string]>([
    ['committed', 'committed'],
    ['rolled-back', 'not-applied'],
    ['not-asked', 'not-applied'],
    ['unknown', 'unknown'],
  ])('of one that is %s is told %s', (decision, outcome) => expect(outcomeOf(decision)).toBe(outcome))
})
