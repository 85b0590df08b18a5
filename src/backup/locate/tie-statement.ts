// PURE: which transaction of the WAL a logged statement belongs to. Evidence, strongest first: the transaction id that
// a line of the log shows; that it did the statement's kind of change to a table that the statement names, within the
// time that the log gives its session's transaction.
// Invariant: that nothing else is there is no evidence. A statement that failed or was rolled back changed nothing;
// where another reading fits as well it is a question, with the candidates in order.
// Not here: reading log and WAL (match-statement.ts, follow-tables.ts).
import {candidateOf, type Candidate, type Choice} from './choose-offending.ts'
import {describeEffects} from './describe-effects.ts'
import {
  madeItself,
  type CommittedEffects,
  type Effects,
  type FollowedTables,
  type TableEffect,
  type WatchedTable,
} from './follow-tables.ts'
import type {LoggedStatement} from './match-statement.ts'
import type {CommitPoint} from './parse-waldump.ts'
import type {Verb} from './statement-targets.ts'

/** A change of a statement, with the tables that the catalogs gave for the names. */
export interface TiedChange {
  readonly verb: Verb
  /**
   * Their oids, partitions and children among them; `madeItself` where there was no such table when it was run, so that
   * its own transaction must have made it; [] when that is not known.
   */
  readonly oids: readonly string[]
  /** Rows that there were, for an UPDATE or DELETE that means all of them; null for every other. */
  readonly rowsBefore: number | null
}

export interface TiedStatement extends LoggedStatement {
  readonly changes: readonly TiedChange[]
}

export interface StatementEvidence {
  /** The statements that match. */
  readonly wanted: readonly TiedStatement[]
  /** All that were logged at the time: the candidates may be theirs. */
  readonly others: readonly TiedStatement[]
  readonly tables: readonly WatchedTable[]
  readonly followed: FollowedTables
  readonly sessionOf: ReadonlyMap<number, string>
}

type Tie =
  | {readonly kind: 'tied'; readonly commit: CommittedEffects | CommitPoint; readonly because: string}
  | {readonly kind: 'nothing'; readonly because: string}
  | {readonly kind: 'unsure'; readonly commits: readonly (CommittedEffects | CommitPoint)[]; readonly because: string}

/** One transaction, several, or none, and why. */
export function tieStatements(evidence: StatementEvidence): Choice {
  const ties = evidence.wanted.map(statement => ({statement, tie: tie(statement, evidence)}))
  const told = ties.map(({statement, tie: {because}}) => `${describeStatement(statement)}: ${because}`)
  const unsure = ties.some(({tie: {kind}}) => kind === 'unsure')
  const commits = new Map(
    ties.flatMap(({tie: one}) =>
      (one.kind === 'tied' ? [one.commit] : one.kind === 'unsure' ? one.commits : []).map(
        commit => [commit.xid, commit] as const,
      ),
    ),
  )
  const candidates = [...commits.values()]
    .toSorted((a, b) => (a.commitLsn < b.commitLsn ? -1 : 1))
    .map(commit => asCandidate(commit, evidence.tables))
  const [only] = candidates
  if (only !== undefined && candidates.length === 1 && !unsure)
    return {kind: 'found', offending: only, because: told.join('; ')}
  if (only === undefined && !unsure) return {kind: 'not-found', searched: told.join('; ')}
  return {kind: 'ambiguous', candidates, because: told.join('; ')}
}

function asCandidate(commit: CommittedEffects | CommitPoint, tables: readonly WatchedTable[]): Candidate {
  return 'effects' in commit ? candidateOf(commit, tables) : {...commit, what: 'the transaction that the log names'}
}

const textShown = 60

function describeStatement({text, pid, database}: LoggedStatement): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return `"${line.length > textShown ? `${line.slice(0, textShown)}…` : line}" of process ${pid} in ${database}`
}

function tie(statement: TiedStatement, evidence: StatementEvidence): Tie {
  const {failed, xid, changes} = statement
  if (failed !== null) return {kind: 'nothing', because: `it failed (${failed}) and changed nothing`}
  if (xid !== null) return tieByXid(statement, xid, evidence)
  if (changes.length === 0)
    return {kind: 'unsure', commits: [], because: 'its text names no table that can be followed in the WAL'}
  if (changes.some(({oids}) => oids.length === 0)) return {kind: 'unsure', commits: [], because: unknownTable}
  return tieByChange(statement, evidence)
}

const unknownTable =
  'a table that it names is not in the catalogs that were looked at: it was made later, or is a temporary one'

/** What a transaction changed of what it made itself says nothing of names: only the log can say whose it is. */
function isOfMade({changes}: Pick<TiedStatement, 'changes'>): boolean {
  return changes.some(({oids}) => oids.includes(madeItself))
}

/** The log knows better than any count of rows. */
function uncounted(statement: TiedStatement): TiedStatement {
  return {...statement, changes: statement.changes.map(change => ({...change, rowsBefore: null}))}
}

function tieByXid(counted: TiedStatement, xid: number, {followed, tables}: StatementEvidence): Tie {
  const statement = uncounted(counted)
  const end = followed.ends.get(xid)
  const commit = followed.committed.find(one => one.xid === xid)
  if (commit !== undefined && (statement.changes.length === 0 || fits(statement, commit.effects)))
    return {kind: 'tied', commit, because: `the log shows its transaction, ${xid}`}
  if (end === 'rolled-back') return {kind: 'nothing', because: `transaction ${xid} was rolled back and changed nothing`}
  const voided = followed.voided.filter(({effects}) => fits(statement, effects, true))
  if (end === undefined) return {kind: 'nothing', because: `transaction ${xid} has not committed in this WAL`}
  if (statement.changes.length === 0)
    return {kind: 'tied', commit: end, because: `the log shows its transaction, ${xid}`}
  if (statement.changes.some(({oids}) => oids.length === 0))
    return {kind: 'unsure', commits: [end], because: `the log shows its transaction, ${xid}, but ${unknownTable}`}
  if (isOfMade(statement))
    return {
      kind: 'unsure',
      commits: [end],
      because:
        `the log shows its transaction, ${xid}, which left no rows in a table that it made: ` +
        `the statement's is a temporary one, or it changed nothing`,
    }
  const undone = voided.map(({effects}) => describeEffects(effects, tables)).join(', ')
  return {
    kind: 'nothing',
    because: `transaction ${xid} committed without a change of it${undone === '' ? '' : `; rolled back to a savepoint: ${undone}`}`,
  }
}

function tieByChange(statement: TiedStatement, evidence: StatementEvidence): Tie {
  const {followed, tables} = evidence
  const candidates = candidatesOf(statement, evidence)
  const voided = followed.voided.filter(
    ({effects, atMs}) => fits(statement, effects, true) && (atMs === null || isWithin(statement, atMs)),
  )
  const undone = voided
    .map(
      ({xid, how, effects}) =>
        `transaction ${xid} ${describeEffects(effects, tables)} and ${how === 'rolled-back' ? 'was rolled back' : how === 'prepared' ? 'was prepared and not committed' : 'did not end'}`,
    )
    .join(', ')
  const [only] = candidates
  if (only === undefined)
    return {
      kind: 'nothing',
      because: `no transaction of its time did that${undone === '' ? ': it found no rows, or what it changed is in no WAL' : `; it changed nothing: ${undone}`}`,
    }
  const question = questionAbout(statement, candidates, undone, evidence)
  if (question !== null) return {kind: 'unsure', commits: candidates, because: question}
  return {kind: 'tied', commit: only, because: `transaction ${only.xid} is the only one that did that in its time`}
}

/** Why it may not be that one; null when it must be. */
function questionAbout(
  statement: TiedStatement,
  candidates: readonly CommittedEffects[],
  undone: string,
  evidence: StatementEvidence,
): string | null {
  const [only] = candidates
  if (only === undefined || candidates.length > 1) return `${candidates.length} transactions did that in its time`
  if (isOfMade(statement))
    return (
      `the table that it names was not there when it was run; transaction ${only.xid} put rows into one that ` +
      `it made, and the log does not show whose that was`
    )
  if (undone !== '') return `it may be transaction ${only.xid}, or one that came to nothing: ${undone}`
  const leavesTrace = statement.changes.some(
    ({verb, rowsBefore}) => isOfTables(verb) || (rowsBefore !== null && rowsBefore > 0),
  )
  if (statement.endedMs === null && !leavesTrace)
    return (
      `transaction ${only.xid} did that, but the log does not show when the statement's own ended, ` +
      `and it may have changed no rows`
    )
  if (!allHaveOne(statement, only, evidence))
    return (
      `transaction ${only.xid} did that, but another session ran such a statement at the time, ` +
      `and it may be that one's`
    )
  return null
}

/**
 * The commits that it may have been. A prepared transaction may be committed at any time after its session was done
 * with it.
 */
function candidatesOf(statement: TiedStatement, {followed, sessionOf}: StatementEvidence): readonly CommittedEffects[] {
  return followed.committed.filter(({xid, committedAtMs, prepared, effects}) => {
    const owner = sessionOf.get(xid)
    if (owner !== undefined && owner !== statement.session) return false
    if (statement.xid !== null && statement.xid !== xid) return false
    if (!fits(statement, effects)) return false
    if (committedAtMs === null) return true
    return prepared ? committedAtMs >= statement.startedMs : isWithin(statement, committedAtMs)
  })
}

/** Both ends belong to it: both clocks show ms. */
function isWithin({startedMs, endedMs}: LoggedStatement, atMs: number): boolean {
  return atMs >= startedMs && (endedMs === null || atMs <= endedMs)
}

/**
 * Did the transaction do what the statement does, or a part of it? What came to nothing left no file behind, but its
 * locks. One that means every row changes about as many as there were.
 */
function fits({changes}: Pick<TiedStatement, 'changes'>, effects: Effects, cameToNothing = false): boolean {
  return changes.some(({verb, oids, rowsBefore}) => {
    const hit = oids.flatMap(oid => effects.get(oid) ?? [])
    const changed = hit.reduce((sum, {rows}) => sum + rows.update + rows.delete, 0)
    return (
      hit.some(effect => showsVerb(effect, verb) || (cameToNothing && effect.locked && isOfTables(verb))) &&
      (rowsBefore === null || 2 * changed >= rowsBefore)
    )
  })
}

function isOfTables(verb: Verb): boolean {
  return verb === 'truncate' || verb === 'drop' || verb === 'alter'
}

function showsVerb({rows, lost, locked}: TableEffect, verb: Verb): boolean {
  switch (verb) {
    case 'insert':
      return rows.insert + rows.update > 0
    case 'update':
      return rows.update > 0
    case 'delete':
      return rows.delete > 0
    case 'merge':
      return rows.insert + rows.update + rows.delete > 0
    case 'truncate':
      return lost === 'truncate' || lost === 'unknown'
    case 'drop':
      return lost === 'drop'

    default:
      return locked || lost !== null
  }
}

/**
 * Can everybody who ran such a statement at the time have a transaction of their own? Then this one's is `only`;
 * otherwise one of them changed nothing, and nobody knows which.
 */
function allHaveOne(statement: TiedStatement, only: CommittedEffects, evidence: StatementEvidence): boolean {
  const rivals = evidence.others.filter(
    other =>
      other.failed === null &&
      other.session !== statement.session &&
      (only.committedAtMs === null || only.prepared || isWithin(other, only.committedAtMs)) &&
      candidatesOf(other, evidence).some(({xid}) => xid === only.xid),
  )
  const takenBy = new Map<number, TiedStatement>([[only.xid, statement]])
  const place = (rival: TiedStatement, tried: Set<number>): boolean =>
    candidatesOf(rival, evidence).some(({xid}) => {
      if (xid === only.xid || tried.has(xid)) return false
      tried.add(xid)
      const holder = takenBy.get(xid)
      if (holder !== undefined && !place(holder, tried)) return false
      takenBy.set(xid, rival)
      return true
    })
  return rivals.every(rival => place(rival, new Set()))
}
