// What reads were promised and what they saw: stale, non-monotonic, read-your-writes. Invariant: a lost write is
// counted as lost, not a second time here.
// Not here: what is owed by whom (claims.ts): a primary owes all three, a standby only shows its numbers.
import {acknowledged, type AppendOp, type Outcome, type ReadOp} from '../model/history.ts'
import type {ReadCounts} from '../model/report.ts'
import {comesBackWhole} from '../model/scenario.ts'
import {column, groupByNumber, sortedByNumber, where, whose, within} from './columns.ts'
import {isOld, type Facts} from './facts.ts'
import type {Sequence} from './sequence.ts'
import {appendsOf} from './sort-ops.ts'
import {countBelow, countUpTo} from './stats.ts'

export type ReadFacts = Pick<Facts, 'record' | 'moments' | 'firstLoad' | 'ledger'>

/** A read that returned a version. */
interface Seen extends ReadOp {
  readonly seen: number
}

export function isAnswered({outcome, seen}: {readonly outcome: Outcome; readonly seen?: unknown}): boolean {
  return outcome === 'ok' && seen !== null
}

/**
 * Judges reads of one kind after the other, each in order of completion: those of the cluster that the run began with,
 * and where that does not go on, those that were over when the disaster came.
 */
export function readCounter(facts: ReadFacts): (reads: Sequence<ReadOp>) => ReadCounts {
  const {disaster} = facts.moments
  const endMs = disaster !== null && comesBackWhole(facts.record.scenario.steps) ? disaster.commandedMs : Infinity
  const appends = appendsOf(facts.firstLoad)
  const sessions = sessionIndex(whose(where(appends, acknowledged), 'id', id => facts.ledger.survived(id)))
  const vanished = vanishedVersions(appends, facts)
  return reads => countReads(within(where(reads, isOld), 'completedMs', {below: endMs}), sessions, vanished)
}

function countReads(
  reads: Sequence<ReadOp>,
  sessions: ReadonlyMap<number, SessionIndex>,
  vanished: ReadonlySet<string>,
): ReadCounts {
  const ok = where(reads, isAnswered) as Sequence<Seen>
  const found = {stale: 0, staleMsMax: 0, staleVersionsMax: 0, readYourWrites: 0}
  for (const read of ok) {
    const is = staleness(read, sessions.get(read.of))
    if (is === null) continue
    found.stale += 1
    found.staleMsMax = Math.max(found.staleMsMax, is.ms)
    found.staleVersionsMax = Math.max(found.staleVersionsMax, is.versions)
    if (read.reader === read.of) found.readYourWrites += 1
  }
  return {
    attempted: reads.length,
    ok: ok.length,
    stale: found.stale,
    staleMsMax: found.staleMsMax,
    staleVersionsMax: found.staleVersionsMax,
    nonMonotonic: countNonMonotonic(ok, vanished),
    readYourWrites: found.readYourWrites,
  }
}

/** The surviving acknowledged appends of one session, ready to be asked. */
interface SessionIndex {
  /** Ascending, and for each version the earliest acknowledgement of it or of any newer one. */
  readonly versions: Float64Array
  readonly ackedFromMs: Float64Array
  /** Ascending, and for each the newest version acknowledged by then. */
  readonly acksMs: Float64Array
  readonly newestByThen: Float64Array
}

function sessionIndex(appends: Sequence<AppendOp>): ReadonlyMap<number, SessionIndex> {
  return new Map([...groupByNumber(appends, 'session')].map(([session, ops]) => [session, indexOf(ops)]))
}

function indexOf(inAckOrder: Sequence<AppendOp>): SessionIndex {
  const byVersion = sortedByNumber(inAckOrder, 'version')
  const ackedFromMs = column(byVersion, 'completedMs')
  for (let at = ackedFromMs.length - 2; at >= 0; at -= 1)
    ackedFromMs[at] = Math.min(ackedFromMs[at] ?? Infinity, ackedFromMs[at + 1] ?? Infinity)
  const newestByThen = column(inAckOrder, 'version')
  for (let at = 1; at < newestByThen.length; at += 1)
    newestByThen[at] = Math.max(newestByThen[at] ?? 0, newestByThen[at - 1] ?? 0)
  return {
    versions: column(byVersion, 'version'),
    ackedFromMs,
    acksMs: column(inAckOrder, 'completedMs'),
    newestByThen,
  }
}

/**
 * Stale: an append acknowledged before the read was invoked has a higher version than it saw. In ms since the first
 * such acknowledgement, and in versions.
 */
function staleness(
  read: Seen,
  session: SessionIndex | undefined,
): {readonly ms: number; readonly versions: number} | null {
  if (session === undefined) return null
  const ackedMs = session.ackedFromMs[countUpTo(session.versions, read.seen)]
  if (ackedMs === undefined || ackedMs >= read.invokedMs) return null
  const newest = session.newestByThen[countBelow(session.acksMs, read.invokedMs) - 1] ?? read.seen
  return {ms: read.invokedMs - ackedMs, versions: newest - read.seen}
}

/**
 * Versions that some read may have seen and that are gone now, as `session:version`: that a later read does not see
 * them is the loss, not the read's fault.
 */
function vanishedVersions(appends: Sequence<AppendOp>, {ledger}: Pick<Facts, 'ledger'>): ReadonlySet<string> {
  return new Set(
    whose(
      where(appends, ({outcome}) => outcome !== 'failed'),
      'id',
      id => !ledger.survived(id),
    ).map(op => `${op.session}:${op.version}`),
  )
}

/** Reads that saw less than a read of the same reader, of the same session, that was over before they began. */
function countNonMonotonic(inCompletionOrder: Sequence<Seen>, vanished: ReadonlySet<string>): number {
  let count = 0
  for (const ofReader of groupByNumber(inCompletionOrder, 'reader').values())
    for (const [of, reads] of groupByNumber(ofReader, 'of'))
      count += countBackwards(reads, version => vanished.size > 0 && vanished.has(`${of}:${version}`))
  return count
}

function countBackwards(reads: Sequence<Seen>, isGone: (version: number) => boolean): number {
  const inOrder = sortedByNumber(reads, 'invokedMs')
  const [invokedMs, completedMs] = [column(inOrder, 'invokedMs'), column(inOrder, 'completedMs')]
  const seen = column(inOrder, 'seen')
  let count = 0
  let over = 0
  let floor = 0
  for (let at = 0; at < seen.length; at += 1) {
    for (; (completedMs[over] ?? Infinity) < (invokedMs[at] ?? 0); over += 1) {
      const earlier = seen[over] ?? 0
      if (!isGone(earlier)) floor = Math.max(floor, earlier)
    }
    if ((seen[at] ?? 0) < floor) count += 1
  }
  return count
}
