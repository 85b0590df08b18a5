// What became of a two-phase commit, by what was said. Pure truth tables.
// Invariants: what is told as committed or as not applied is so on all shards, or will be without anybody's decision;
// a participant that may be prepared is never left out. Presumed abort: without the coordinator's commit there is none.
// Not here: asking (two-phase.ts), what recovery does with what a process left (decide-recovery.ts).

/**
 * yes: it was done. no: it surely was not, and never will be: that part is rolled back. unknown: it was asked, and no
 * answer came.
 */
export type Said = 'yes' | 'no' | 'unknown'

/** After arming and preparing: may the coordinator commit? */
export function decideVotes(votes: readonly Said[]): 'commit' | 'abort' {
  return votes.every(vote => vote === 'yes') ? 'commit' : 'abort'
}

/** not-asked: it never was, and its part is rolled back or lost. */
export type Decision = 'committed' | 'rolled-back' | 'not-asked' | 'unknown'

/** What is to be done about a participant. settle: end it when it turns out to be prepared. */
export type Duty = 'none' | 'commit' | 'roll-back' | 'settle' | 'wait'

export type TwoPhaseOutcome = 'committed' | 'not-applied' | 'unknown'

export function outcomeOf(decision: Decision): TwoPhaseOutcome {
  return outcomes[decision]
}

const outcomes: Readonly<Record<Decision, TwoPhaseOutcome>> = {
  'committed': 'committed',
  'rolled-back': 'not-applied',
  'not-asked': 'not-applied',
  'unknown': 'unknown',
}

/** Of a participant that voted so. */
export function dutyOf(decision: Decision, vote: Said): Duty {
  return duties[decision][vote]
}

const undone: Readonly<Record<Said, Duty>> = {yes: 'roll-back', no: 'none', unknown: 'settle'}
const duties: Readonly<Record<Decision, Readonly<Record<Said, Duty>>>> = {
  // decideVotes lets only prepared participants come this far; any other would be a lost half, so it is committed too.
  'committed': {yes: 'commit', no: 'commit', unknown: 'commit'},
  'rolled-back': undone,
  'not-asked': undone,
  'unknown': {yes: 'wait', no: 'wait', unknown: 'wait'},
}
