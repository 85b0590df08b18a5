// PURE: from candidates to one commit, or to a question.
// Invariant: never a guess: what two readings fit is ambiguous and the person picks by xid or LSN. A commit whose time
// is not known cannot be ruled out by a window.
// Not here: finding them (find-drop.ts, count-changes.ts, match-statement.ts).
import type {RankedCommit} from './count-changes.ts'
import type {OffendingTransaction} from './find-drop.ts'
import type {TimeWindow} from './match-statement.ts'
import type {CommitPoint} from './parse-waldump.ts'

export interface Candidate extends CommitPoint {
  readonly what: string
}

export interface Evidence {
  /** Commits that took the file; [] when that was not asked for. */
  readonly drops: readonly OffendingTransaction[]
  /** Commits that changed rows, most rows first; [] when that was not asked for. */
  readonly ranked: readonly RankedCommit[]
  /** From the log; null when any time will do. */
  readonly window: TimeWindow | null
}

export type Choice =
  | {readonly kind: 'found'; readonly offending: Candidate; readonly because: string}
  | {readonly kind: 'ambiguous'; readonly candidates: readonly Candidate[]; readonly because: string}
  | {readonly kind: 'not-found'; readonly searched: string}

/** So many times the rows of the next one: a bad statement touches the whole table, traffic touches rows. */
export const clearLead = 10

/** One candidate, several, or none; see the table in the test. */
export function chooseOffending({drops, ranked, window}: Evidence): Choice {
  const lost = drops.filter(commit => isWithin(commit, window))
  const changed = ranked.filter(commit => isWithin(commit, window))
  if (lost.length === 0 && changed.length === 0)
    return {kind: 'not-found', searched: searchedFor(drops.length, ranked.length, window)}
  if (lost.length === 0) return chooseByRows(changed)
  const [only] = lost
  if (only === undefined || lost.length > 1) {
    return {
      kind: 'ambiguous',
      candidates: [...lost, ...changed],
      because: `${lost.length} commits took a watched file away; any of them may be the one, the newest need not be`,
    }
  }
  if (changed.length === 0)
    return {kind: 'found', offending: only, because: 'it is the only commit that took a watched file away'}
  // Ordinary writes come before every DROP. A file that was only replaced may be a VACUUM FULL, beside which the DELETE
  // is what is being looked for.
  if (only.how === 'drop' || only.how === 'truncate')
    return {
      kind: 'found',
      offending: only,
      because: 'WAL names the table as gone with it, whatever rows were changed before',
    }
  return {
    kind: 'ambiguous',
    candidates: [only, ...changed],
    because: 'one commit replaced the file, perhaps without harm, and others changed rows',
  }
}

function chooseByRows(changed: readonly RankedCommit[]): Choice {
  const [first, second] = changed
  if (first === undefined || second === undefined) {
    return first === undefined
      ? {kind: 'not-found', searched: searchedFor(0, 0, null)}
      : {kind: 'found', offending: first, because: 'it is the only commit that changed such rows'}
  }
  const rows = `${first.rows} and ${second.rows} rows`
  if (first.rows >= clearLead * second.rows)
    return {
      kind: 'found',
      offending: first,
      because: `it changed at least ${clearLead} times as much as the next (${rows})`,
    }
  return {
    kind: 'ambiguous',
    candidates: changed,
    because: `the largest changed less than ${clearLead} times as much as the next (${rows})`,
  }
}

/** Both ends belong to it. */
function isWithin({committedAtMs}: CommitPoint, window: TimeWindow | null): boolean {
  if (window === null || committedAtMs === null) return true
  return committedAtMs >= window.fromMs && (window.toMs === null || committedAtMs <= window.toMs)
}

function searchedFor(drops: number, ranked: number, window: TimeWindow | null): string {
  if (drops + ranked === 0) return 'no commit in this WAL took a watched file away or changed such rows'
  const where = window?.toMs === null ? 'all before the statement was logged' : 'none in the time that the log gives'
  return `commits that took a watched file away: ${drops}, that changed such rows: ${ranked}; ${where}`
}
