// Does a standby show everything that a reader must see? Pure. Invariant: a read admitted with a token sees, of all the
// token stands for, whatever the present primary still has. Not here: choosing among the fresh (../balance), what
// became of an old timeline's writes (timeline-history.ts), sampling positions.
import type {Token} from './token.ts'

/**
 * eventual: any state will do. session: the reader's own writes, and what it has seen. strict: what is committed when
 * the read begins, so the primary.
 */
export type Consistency = 'eventual' | 'session' | 'strict'

export interface Demand {
  readonly consistency: Consistency
  readonly token: Token | null
  /**
   * The session has a write that no token covers yet (Session.lastWriteMs is set). Required, because forgetting it
   * would be a stale read that nobody notices.
   */
  readonly unplacedWrite: boolean
}

/**
 * The timeline that was accepted last; it goes on being the present one while its primary is down, so standbys go on
 * serving sessions through a failover.
 */
export interface PresentTimeline {
  readonly timeline: number
  /**
   * The first position that its primary told while it was a primary on this timeline, so one past the timeline's
   * beginning. null: none was seen yet.
   */
  readonly floor: number | null
}

/**
 * How far a standby has replayed. Both from one answer of that server: a position from before a rewind with the
 * timeline from after it would be a lie.
 */
export interface Replayed {
  readonly timeline: number | null
  readonly position: number | null
}

/** fresh, or why not. The reasons are for events and people: nothing may be decided by them. */
export type Freshness =
  | 'fresh'
  | 'strict'
  | 'unplaced-write'
  | 'no-primary-known'
  | 'timeline-not-seen'
  | 'position-unknown'
  | 'other-timeline'
  | 'behind'

/**
 * Why a token of an older timeline asks for its position or for the floor, whichever is lower: what survived of it is
 * on the present timeline's own past, below both.
 * Below the token's position, because the token speaks of nothing beyond; below the floor, because whatever older
 * timelines hold past the fork is lost. The old primary may have written on far past the fork, so its position alone
 * could be one that the present timeline does not reach for hours; before the floor is known, it will do.
 *
 * Why never a standby on another timeline, even the token's own: it may show writes that the present primary does not
 * have and never will.
 *
 * Limits: the answer is as old as the sample of the standby. Positions only grow while that server runs, so an old
 * sample errs on the safe side, until the server restarts: then it may show less than before (it need not have flushed
 * what it replayed, or was rewound), and samples from before must not be used. Two timelines with one number (a
 * promotion that was not archived, then another elsewhere) cannot be told apart, by PostgreSQL itself either.
 */
export function decideFreshness(demand: Demand, present: PresentTimeline | null, standby: Replayed): Freshness {
  if (demand.consistency === 'eventual') return 'fresh'
  if (demand.consistency === 'strict') return 'strict'
  if (demand.unplacedWrite) return 'unplaced-write'
  return demand.token === null ? 'fresh' : showsToken(demand.token, present, standby)
}

function showsToken(token: Token, present: PresentTimeline | null, {timeline, position}: Replayed): Freshness {
  if (present === null) return 'no-primary-known'
  if (token.timeline > present.timeline) return 'timeline-not-seen'
  if (timeline === null || position === null) return 'position-unknown'
  if (timeline !== present.timeline) return 'other-timeline'
  const from =
    token.timeline === present.timeline ? token.position : Math.min(token.position, present.floor ?? Infinity)
  return position >= from ? 'fresh' : 'behind'
}
