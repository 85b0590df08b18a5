// What reads were promised and what they saw: stale, non-monotonic, read-your-writes. Invariant: a lost write is
// counted as lost, not a second time here.
// Not here: what is owed by whom (claims.ts): a primary owes all three, a standby only shows its numbers.
import {acknowledged, type AppendOp, type ReadOp} from '../model/history.ts'
import type {ReadCounts} from '../model/report.ts'
import {comesBackWhole} from '../model/scenario.ts'
import {isOld, type Facts} from './facts.ts'
import {groupBy, numbersOf, sortedBy, type Sequence} from './sequence.ts'
import {countBelow, countUpTo} from './stats.ts'

export type ReadFacts = Pick<Facts, 'record' | 'moments' | 'firstLoad' | 'ledger'>

/** A read that returned a version. */
interface Seen extends ReadOp {
  readonly seen: number
}

/**
 * Judges reads of one kind, `reads` in order of completion: those of the cluster that the run began with, and where
 * that does not go on, those that were over when the disaster came.
 */
export function countReads(allReads: Sequence<ReadOp>, facts: ReadFacts): ReadCounts {
  const {disaster} = facts.moments
  const endMs = disaster !== null && comesBackWhole(facts.record.scenario.steps) ? disaster.commandedMs : Infinity
  const reads = allReads.filter(op => isOld(op) && op.completedMs < endMs)
  const ok = reads.filter((op): op is Seen => op.outcome === 'ok' && op.seen !== null)
  const appends = facts.firstLoad.filter(op => op.kind === 'append')
  const sessions = sessionIndex(appends.filter(op => acknowledged(op) && facts.ledger.survived(op.id)))
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
    nonMonotonic: countNonMonotonic(ok, vanishedVersions(appends, facts)),
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
  return new Map([...groupBy(appends, op => op.session)].map(([session, ops]) => [session, indexOf(ops)]))
}

function indexOf(inAckOrder: Sequence<AppendOp>): SessionIndex {
  const byVersion = sortedBy(inAckOrder, op => op.version)
  const ackedFromMs = numbersOf(byVersion.map(op => op.completedMs))
  for (let at = ackedFromMs.length - 2; at >= 0; at -= 1)
    ackedFromMs[at] = Math.min(ackedFromMs[at] ?? Infinity, ackedFromMs[at + 1] ?? Infinity)
  const newestByThen = numbersOf(inAckOrder.map(op => op.version))
  for (let at = 1; at < newestByThen.length; at += 1)
    newestByThen[at] = Math.max(newestByThen[at] ?? 0, newestByThen[at - 1] ?? 0)
  return {
    versions: numbersOf(byVersion.map(op => op.version)),
    ackedFromMs,
    acksMs: numbersOf(inAckOrder.map(op => op.completedMs)),
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
    appends.filter(op => op.outcome !== 'failed' && !ledger.survived(op.id)).map(op => `${op.session}:${op.version}`),
  )
}

/** Reads that saw less than a read of the same reader, of the same session, that was over before they began. */
function countNonMonotonic(inCompletionOrder: Sequence<Seen>, vanished: ReadonlySet<string>): number {
  let count = 0
  for (const ofReader of groupBy(inCompletionOrder, read => read.reader).values())
    for (const reads of groupBy(ofReader, read => read.of).values()) count += countBackwards(reads, vanished)
  return count
}

function countBackwards(reads: Sequence<Seen>, vanished: ReadonlySet<string>): number {
  const inOrder = sortedBy(reads, read => read.invokedMs)
  let count = 0
  let over = 0
  let floor = 0
  for (const read of inOrder) {
    for (
      let earlier = inOrder.at(over);
      earlier !== undefined && earlier.completedMs < read.invokedMs;
      earlier = inOrder.at(over)
    ) {
      if (vanished.size === 0 || !vanished.has(`${earlier.of}:${earlier.seen}`)) floor = Math.max(floor, earlier.seen)
      over += 1
    }
    if (read.seen < floor) count += 1
  }
  return count
}
