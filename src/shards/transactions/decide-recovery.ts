// What recovery may do about one prepared part that somebody left behind. A pure truth table.
// Invariants: committed where the coordinator has committed; rolled back only where it surely never will, and nothing
// speaks against that; never by age. In every other case nothing is touched and a person is told why. Not here: asking
// (recovery.ts), what a person decides.

/**
 * What the coordinator shard says. unreachable: nothing, or there is no such shard. running: the transaction there is
 * not over, so somebody may still commit it. committed, none: over, with and without a decision.
 */
export type CoordinatorSays = 'unreachable' | 'running' | 'committed' | 'none'

/**
 * What is known of the other participants of the same transaction. committed: one of them has committed its part, which
 * nobody does without a decision. nothing-committed: none has. not-known: some are neither prepared nor to be asked.
 */
export type OthersSay = 'committed' | 'nothing-committed' | 'not-known'

export interface Evidence {
  readonly coordinator: CoordinatorSays
  readonly others: OthersSay
  /** Listed again after all that was asked. */
  readonly isStillPrepared: boolean
}

export type Verdict = 'gone' | 'wait' | 'commit' | 'roll-back' | 'in-doubt'

/** Why, in words for a person; `do` is what may be done. */
export interface RecoveryDecision {
  readonly do: Verdict
  readonly why: string
}

export function decideRecovery({coordinator, others, isStillPrepared}: Evidence): RecoveryDecision {
  return isStillPrepared ? decisions[coordinator][others] : gone
}

const gone: RecoveryDecision = {do: 'gone', why: 'it was ended meanwhile'}
const unreachable: RecoveryDecision = {
  do: 'in-doubt',
  why: 'the coordinator shard, which knows the decision, cannot be asked: bring it back, or name it among the shards',
}
const running: RecoveryDecision = {do: 'wait', why: 'its transaction is still running on the coordinator shard'}
const commit: RecoveryDecision = {do: 'commit', why: 'the coordinator shard has committed it'}

const decisions: Readonly<Record<CoordinatorSays, Readonly<Record<OthersSay, RecoveryDecision>>>> = {
  unreachable: {'committed': unreachable, 'nothing-committed': unreachable, 'not-known': unreachable},
  running: {'committed': running, 'nothing-committed': running, 'not-known': running},
  committed: {'committed': commit, 'nothing-committed': commit, 'not-known': commit},
  none: {
    'committed': {
      do: 'in-doubt',
      why:
        'another participant has committed, yet the coordinator shard has no decision: it was restored, or failed ' +
        'over without it. To commit keeps the participants alike; what the coordinator wrote is lost',
    },
    'nothing-committed': {do: 'roll-back', why: 'its transaction is over on the coordinator shard, without a decision'},
    'not-known': {
      do: 'in-doubt',
      why:
        'the coordinator shard has no decision, and a participant that may know one cannot be asked: bring all ' +
        'shards back',
    },
  },
}

/** One transaction as all shards show it. */
export interface Sighting {
  /** How many prepare, by its name. */
  readonly participants: number
  /** Shards on which a part of it is listed as prepared. */
  readonly preparedOn: number
  /** A shard that is not the coordinator has its row. */
  readonly isCommittedElsewhere: boolean
  /** Every shard was asked. */
  readonly allAsked: boolean
}

/** Parts that are prepared are not committed; only the rest can be, and where it is may not be known. */
export function othersSay({participants, preparedOn, isCommittedElsewhere, allAsked}: Sighting): OthersSay {
  if (isCommittedElsewhere) return 'committed'
  return allAsked || preparedOn >= participants ? 'nothing-committed' : 'not-known'
}
