import {describe, expect, it} from 'vitest'
import {decideRecovery, othersSay, type CoordinatorSays, type OthersSay, type Verdict} from './decide-recovery.ts'

// Complete by the compiler.
const expected: Readonly<Record<CoordinatorSays, Readonly<Record<OthersSay, Verdict>>>> = {
  unreachable: {'committed': 'in-doubt', 'nothing-committed': 'in-doubt', 'not-known': 'in-doubt'},
  running: {'committed': 'wait', 'nothing-committed': 'wait', 'not-known': 'wait'},
  committed: {'committed': 'commit', 'nothing-committed': 'commit', 'not-known': 'commit'},
  none: {'committed': 'in-doubt', 'nothing-committed': 'roll-back', 'not-known': 'in-doubt'},
}
const rows = Object.entries(expected).flatMap(([coordinator, row]) =>
  Object.entries(row).map(
    ([others, verdict]) => [coordinator as CoordinatorSays, others as OthersSay, verdict] as const,
  ),
)

describe('a part that is prepared', () => {
  it.each(rows)('coordinator %s, others %s: %s', (coordinator, others, verdict) => {
    const decision = decideRecovery({coordinator, others, isStillPrepared: true})
    expect(decision.do).toBe(verdict)
    expect(decision.why).not.toBe('')
  })

  it.each(rows)('that is gone at the second look is left alone: coordinator %s, others %s', (coordinator, others) =>
    expect(decideRecovery({coordinator, others, isStillPrepared: false}).do).toBe('gone'),
  )

  it('is rolled back for one row of the table only', () =>
    expect(rows.filter(([, , verdict]) => verdict === 'roll-back')).toEqual([
      ['none', 'nothing-committed', 'roll-back'],
    ]))
})

describe('the other participants', () => {
  it.each([
    [
      'are all prepared',
      {participants: 2, preparedOn: 2, isCommittedElsewhere: false, allAsked: false},
      'nothing-committed',
    ],
    [
      'do not exist',
      {participants: 1, preparedOn: 1, isCommittedElsewhere: false, allAsked: false},
      'nothing-committed',
    ],
    ['were asked', {participants: 3, preparedOn: 1, isCommittedElsewhere: false, allAsked: true}, 'nothing-committed'],
    ['cannot be asked', {participants: 2, preparedOn: 1, isCommittedElsewhere: false, allAsked: false}, 'not-known'],
    ['have committed', {participants: 2, preparedOn: 1, isCommittedElsewhere: true, allAsked: false}, 'committed'],
    [
      'have committed, all asked',
      {participants: 2, preparedOn: 1, isCommittedElsewhere: true, allAsked: true},
      'committed',
    ],
  ] as const)('%s', (_what, sighting, says) => expect(othersSay(sighting)).toBe(says))
})
