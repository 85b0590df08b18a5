// PURE: from candidates to one transaction, or to a question.
// Invariant: never a guess: what two readings fit is ambiguous, and the person picks by LSN. What keeps the rows is no
// loss. Not here: what transactions did (follow-tables.ts), which fit a statement (tie-statement.ts).
import {formatLsn} from '../../model/lsn.ts'
import {describeEffects} from './describe-effects.ts'
import type {CommittedEffects, FollowedTables, WatchedTable} from './follow-tables.ts'
import {pointOf, type CommitPoint} from './parse-waldump.ts'
import type {WalEnd} from './read-wal.ts'

export interface Candidate extends CommitPoint {
  readonly what: string
}

export type Choice =
  | {readonly kind: 'found'; readonly offending: Candidate; readonly because: string}
  /** In the order of their commits. */
  | {readonly kind: 'ambiguous'; readonly candidates: readonly Candidate[]; readonly because: string}
  | {readonly kind: 'not-found'; readonly searched: string}

/** `end`: where the WAL could not be read on; null: all of it was. What lies behind may be what is looked for too. */
export function upToEnd(choice: Choice, end: WalEnd | null): Choice {
  return besides(choice, end === null ? null : behindEnd(end))
}

/** `other`: what may be meant as well and was not looked at; null: nothing. With it nothing is certain. */
export function besides(choice: Choice, other: string | null): Choice {
  if (other === null) return choice
  if (choice.kind === 'not-found') return {...choice, searched: `${choice.searched}; ${other}`}
  const because = `${choice.because}; ${other}`
  return choice.kind === 'ambiguous'
    ? {...choice, because}
    : {kind: 'ambiguous', candidates: [choice.offending], because}
}

/** For a person: that nobody knows what lies there. */
export function behindEnd({lsn, why}: WalEnd): string {
  return `what lies behind ${formatLsn(lsn)} is not known, where the WAL cannot be read: ${why}`
}

/** What a transaction did, for a person. */
export function candidateOf(commit: CommittedEffects, tables: readonly WatchedTable[]): Candidate {
  return {...pointOf(commit), what: describeEffects(commit.effects, tables)}
}

/** The one that dropped or truncated any of the tables. */
export function chooseDrop(
  {committed, commitsSeen}: Pick<FollowedTables, 'committed' | 'commitsSeen'>,
  tables: readonly WatchedTable[],
): Choice {
  const losing = committed.filter(({effects}) => [...effects.values()].some(({lost}) => lost !== null))
  const lost = losing.filter(({effects}) =>
    [...effects.values()].some(({lost: how}) => how !== 'rewrite' && how !== null),
  )
  const kept = losing.length - lost.length
  const harmless = kept === 0 ? '' : `; ${kept} that rewrote it and kept its rows ${kept === 1 ? 'is' : 'are'} none`
  const [only] = lost
  if (only === undefined)
    return {
      kind: 'not-found',
      searched: `none of ${commitsSeen} commits dropped or truncated ${tables.map(({name}) => name).join(', ')}${harmless}`,
    }
  if (lost.length > 1)
    return {
      kind: 'ambiguous',
      candidates: lost.map(commit => candidateOf(commit, tables)),
      because: `${lost.length} commits took rows away with a file; any of them may be the one, the newest need not be${harmless}`,
    }
  const offending = candidateOf(only, tables)
  // It may have been a rewrite: then nothing was lost, and what is looked for is not in this WAL.
  if ([...only.effects.values()].every(({lost: how}) => how === null || how === 'rewrite' || how === 'unknown'))
    return {
      kind: 'ambiguous',
      candidates: [offending],
      because: `WAL says that a file is gone, not whether its rows are${harmless}`,
    }
  return {kind: 'found', offending, because: `it is the only commit that dropped or truncated the table${harmless}`}
}
