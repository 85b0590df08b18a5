// Where old timelines were left behind, and so which of their writes are still there. Pure. Invariants: a document that
// is not understood is null, never a guess; kept and lost are said only when the history is surely the present
// timeline's. Not here: fetching it, admitting reads (decide-freshness.ts).
import type {Token} from './token.ts'

/** An ancestor of a timeline: its WAL counts up to `switchedAt`, what it holds beyond that is lost. */
export interface TimelineSwitch {
  readonly timeline: number
  readonly switchedAt: number
}

/** Ancestors in ascending order; the oldest may be missing (Patroni's max_timelines_history). */
export type TimelineHistory = readonly TimelineSwitch[]

/**
 * Reads Patroni's GET /history, `[[timeline, lsn, reason, ...], ...]` with the LSN as a number: the lines of
 * PostgreSQL's history file of the leader's timeline.
 * null unless all of it is as expected: ancestors ascend, and each ends where the one before ended or later.
 */
export function parseTimelineHistory(document: unknown): TimelineHistory | null {
  if (!Array.isArray(document)) return null
  const history: TimelineSwitch[] = []
  for (const line of document) {
    const next = parseSwitch(line)
    const last = history.at(-1)
    if (next === null) return null
    if (last !== undefined && (next.timeline <= last.timeline || next.switchedAt < last.switchedAt)) return null
    history.push(next)
  }
  return history
}

function parseSwitch(line: unknown): TimelineSwitch | null {
  if (!Array.isArray(line)) return null
  const [timeline, switchedAt, reason] = line as readonly unknown[]
  if (typeof timeline !== 'number' || !Number.isInteger(timeline) || timeline < 1 || timeline >= 2 ** 32) return null
  if (
    typeof switchedAt !== 'number' ||
    !Number.isSafeInteger(switchedAt) ||
    switchedAt < 0 ||
    typeof reason !== 'string'
  )
    return null
  return {timeline, switchedAt}
}

/**
 * Is all that the token stands for on the timeline `present`, which `history` leads to? lost: some of that WAL is gone
 * for good, for every reader; a token that was drawn well after the write covers other WAL as well, and then the write
 * itself may have survived. unknown: cannot be said.
 *
 * The document does not say whose history it is, and Patroni writes it some time after the promotion; in the meantime
 * it tells of the timeline before, whose fork points may be others. So it is believed only when it ends with the number
 * before the present one, which is also how Patroni tells that it is up to date. Where a promotion failed and a number
 * was skipped, it stays unknown.
 */
export function causalityOf(token: Token, history: TimelineHistory, present: number): 'kept' | 'lost' | 'unknown' {
  if (token.timeline === present) return 'kept'
  if (token.timeline > present || history.at(-1)?.timeline !== present - 1) return 'unknown'
  const nearest = history.findLast(({timeline}) => timeline <= token.timeline)
  if (nearest === undefined) return 'unknown'
  if (token.position > nearest.switchedAt) return 'lost'
  // A timeline that is no ancestor shares with the present one at most what its nearest older ancestor gave, and
  // perhaps less.
  return nearest.timeline === token.timeline ? 'kept' : 'unknown'
}
