// What reads were promised and what they saw: stale, non-monotonic, read-your-writes. Invariant: a lost write is
// counted as lost, not a second time here.
// Not here: what is owed by whom (claims.ts): a primary owes all three, a standby only shows its numbers.
import {acknowledged, type AppendOp, type ReadOp} from '../model/history.ts'
import type {ReadCounts} from '../model/report.ts'
import {comesBackWhole} from '../model/scenario.ts'
import {isOld, type Facts} from './facts.ts'
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
export function countReads(allReads: readonly ReadOp[], facts: ReadFacts): ReadCounts {
  const {disaster} = facts.moments
  const endMs = disaster !== null && comesBackWhole(facts.record.scenario.steps) ? disaster.commandedMs : Infinity
  const reads = allReads.filter(op => isOld(op) && op.completedMs < endMs)
  const ok = reads.filter((op): op is Seen => op.outcome === 'ok' && op.seen !== null)
  const appends = facts.firstLoad.filter(op => op.kind === 'append')
  const sessions = sessionIndex(appends.filter(op => acknowledged(op) && facts.ledger.survived(op.id)))
  const stale = ok.flatMap(read => {
    const found = staleness(read, sessions.get(read.of))
    return found === null ? [] : [{read, ...found}]
  })
  return {
    attempted: reads.length,
    ok: ok.length,
    stale: stale.length,
    staleMsMax: stale.reduce((most, {ms}) => Math.max(most, ms), 0),
    staleVersionsMax: stale.reduce((most, {versions}) => Math.max(most, versions), 0),
    nonMonotonic: countNonMonotonic(ok, vanishedVersions(appends, facts)),
    readYourWrites: stale.filter(({read}) => read.reader === read.of).length,
  }
}

/** The surviving acknowledged appends of one session, ready to be asked. */
interface SessionIndex {
  /** Ascending, and for each version the earliest acknowledgement of it or of any newer one. */
  readonly versions: readonly number[]
  readonly ackedFromMs: readonly number[]
  /** Ascending, and for each the newest version acknowledged by then. */
  readonly acksMs: readonly number[]
  readonly newestByThen: readonly number[]
}

function sessionIndex(appends: readonly AppendOp[]): ReadonlyMap<number, SessionIndex> {
  const bySession = Map.groupBy(appends, op => op.session)
  return new Map([...bySession].map(([session, ops]) => [session, indexOf(ops)]))
}

function indexOf(inAckOrder: readonly AppendOp[]): SessionIndex {
  const byVersion = inAckOrder.toSorted((a, b) => a.version - b.version)
  const ackedFromMs: number[] = []
  let earliest = Infinity
  for (const op of byVersion.toReversed()) {
    earliest = Math.min(earliest, op.completedMs)
    ackedFromMs.push(earliest)
  }
  const newestByThen: number[] = []
  let newest = 0
  for (const op of inAckOrder) {
    newest = Math.max(newest, op.version)
    newestByThen.push(newest)
  }
  return {
    versions: byVersion.map(op => op.version),
    ackedFromMs: ackedFromMs.toReversed(),
    acksMs: inAckOrder.map(op => op.completedMs),
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
function vanishedVersions(appends: readonly AppendOp[], {ledger}: Pick<Facts, 'ledger'>): ReadonlySet<string> {
  return new Set(
    appends.filter(op => op.outcome !== 'failed' && !ledger.survived(op.id)).map(op => `${op.session}:${op.version}`),
  )
}

/** Reads that saw less than a read of the same reader, of the same session, that was over before they began. */
function countNonMonotonic(inCompletionOrder: readonly Seen[], vanished: ReadonlySet<string>): number {
  let count = 0
  for (const reads of Map.groupBy(inCompletionOrder, read => `${read.reader}:${read.of}`).values()) {
    let over = 0
    let floor = 0
    for (const read of reads.toSorted((a, b) => a.invokedMs - b.invokedMs)) {
      for (
        let earlier = reads[over];
        earlier !== undefined && earlier.completedMs < read.invokedMs;
        earlier = reads[over]
      ) {
        if (!vanished.has(`${earlier.of}:${earlier.seen}`)) floor = Math.max(floor, earlier.seen)
        over += 1
      }
      if (read.seen < floor) count += 1
    }
  }
  return count
}
