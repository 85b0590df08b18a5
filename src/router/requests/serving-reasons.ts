// Why each node would or would not serve a request now. PURE. Invariant: every answer comes from the functions by which
// the picker chooses (balance/, freshness/), in its order; nothing is decided here.
// Not here: the choice itself (picker.ts).
import {areAllOut, isFastEnough, slowestAllowedMs, tooFarBehind, type Need} from '../balance/choose-replica.ts'
import {standingOf} from '../balance/ejection.ts'
import type {Replica} from '../balance/replica.ts'
import {decideFreshness, type Demand, type PresentTimeline} from '../freshness/decide-freshness.ts'

/**
 * not-a-read: only the primary gets what may write. strict: a strict read goes to the primary. primary-wanted: the
 * router or the caller wants the primary. no-standby: no standby may serve it. standby-first: a standby serves it, or
 * is asked before the primary is. fresh: it shows what the reader must see. ask-first: by its last word it does not
 * show it yet; it is asked for that on the connection that would serve the read. ejected: it failed or hung, and is
 * left out for a while. lag-unknown, lag-bytes, lag-ms: how far it is behind is not known, or more than the limit.
 * slow: others answer much faster. unplaced-write, no-primary-known, timeline-not-seen, position-unknown,
 * other-timeline, behind: why it does not surely show what the reader must see.
 */
export type ServingWhy =
  | 'not-a-read'
  | 'strict'
  | 'primary-wanted'
  | 'no-standby'
  | 'standby-first'
  | 'fresh'
  | 'ask-first'
  | 'ejected'
  | 'lag-unknown'
  | 'lag-bytes'
  | 'lag-ms'
  | 'slow'
  | 'unplaced-write'
  | 'no-primary-known'
  | 'timeline-not-seen'
  | 'position-unknown'
  | 'other-timeline'
  | 'behind'

/** Would a node serve a statement now, and why. */
export interface ServingReason {
  /** maybe: when it shows what the reader must see, or when nobody else does. */
  readonly serves: 'yes' | 'maybe' | 'no'
  /** See ServingWhy. */
  readonly why: ServingWhy
}

export interface AskedOfNodes {
  readonly isRead: boolean
  readonly from: 'primary' | 'standby' | 'prefer-standby'
  readonly demand: Demand
  /** The demand is that of a session, so a standby can be asked for it. */
  readonly hasSession: boolean
}

export interface SeenNodes {
  readonly hasPrimary: boolean
  readonly replicas: readonly Replica[]
  readonly present: PresentTimeline | null
  readonly limits: Need['limits']
  readonly nowMs: number
}

export interface ServingReasons {
  readonly primary: ServingReason
  readonly standbys: ReadonlyMap<string, ServingReason>
}

export function servingReasons(asked: AskedOfNodes, seen: SeenNodes): ServingReasons {
  const only = onlyPrimary(asked)
  const standbys = new Map(
    only === null
      ? ofStandbys(asked, seen)
      : seen.replicas.map(({node}): readonly [string, ServingReason] => [node, {serves: 'no', why: only}]),
  )
  return {standbys, primary: only === null ? ofPrimary(asked, standbys) : {serves: 'yes', why: only}}
}

function onlyPrimary({isRead, from, demand}: AskedOfNodes): 'not-a-read' | 'strict' | 'primary-wanted' | null {
  if (!isRead) return 'not-a-read'
  if (demand.consistency === 'strict') return 'strict'
  return from === 'primary' ? 'primary-wanted' : null
}

function ofPrimary({from}: AskedOfNodes, standbys: ReadonlyMap<string, ServingReason>): ServingReason {
  const serving = [...standbys.values()].map(({serves}) => serves)
  if (from === 'standby' || serving.includes('yes')) return {serves: 'no', why: 'standby-first'}
  return serving.includes('maybe') ? {serves: 'maybe', why: 'standby-first'} : {serves: 'yes', why: 'no-standby'}
}

function ofStandbys(asked: AskedOfNodes, seen: SeenNodes): readonly (readonly [string, ServingReason])[] {
  const {replicas, limits, present, nowMs} = seen
  const isFresh = (replica: Replica): boolean => decideFreshness(asked.demand, present, replica) === 'fresh'
  // Ejections are ignored when nobody is left, and there is a primary for whoever may have it.
  const outToo = areAllOut(replicas, nowMs) && (asked.from === 'standby' || !seen.hasPrimary)
  const slowestMs = slowestAllowedMs(replicas, {limits, fresh: isFresh}, null, nowMs, outToo)
  const mayBeAsked = asked.hasSession && !asked.demand.unplacedWrite
  const unfit = (replica: Replica): ServingWhy | null => {
    if (!outToo && standingOf(replica, nowMs) === 'out') return 'ejected'
    return tooFarBehind(replica, limits)
  }
  const someFresh = replicas.some(replica => unfit(replica) === null && isFresh(replica))
  return replicas.map(replica => {
    const why = unfit(replica)
    if (why !== null) return [replica.node, {serves: 'no', why}]
    const freshness = decideFreshness(asked.demand, present, replica)
    if (freshness === 'fresh')
      return [
        replica.node,
        isFastEnough(replica, slowestMs, nowMs) ? {serves: 'yes', why: 'fresh'} : {serves: 'no', why: 'slow'},
      ]
    const canCatchUp = freshness === 'behind' || freshness === 'position-unknown'
    return [
      replica.node,
      canCatchUp && mayBeAsked && !someFresh ? {serves: 'maybe', why: 'ask-first'} : {serves: 'no', why: freshness},
    ]
  })
}
