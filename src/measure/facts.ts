// The stored run, sorted and split once, so that each measure is a small function of it. Invariant: built from any
// order of operations, it is the same.
// Not here: any judgement.
import type {Op, PinnedWriteOp, ReadOp} from '../model/history.ts'
import {acknowledged} from '../model/history.ts'
import type {RunRecord} from '../model/report.ts'
import type {RunEvent} from '../model/run-event.ts'
import {compareLedger, type LedgerComparison} from './ledger.ts'
import {momentsOf, type Moments} from './moments.ts'
import {findOutages, outageRule, type Attempt, type Outage, type OutageRule} from './outages.ts'
import {sortOps, type ClientWrite} from './sort-ops.ts'

export interface Facts {
  readonly record: RunRecord
  readonly events: readonly RunEvent[]
  /** All lists of operations are in order of completion. */
  readonly ops: readonly Op[]
  readonly writes: readonly ClientWrite[]
  readonly readsPrimary: readonly ReadOp[]
  readonly readsStandby: readonly ReadOp[]
  readonly pinned: readonly PinnedWriteOp[]
  readonly moments: Moments
  readonly rule: OutageRule
  readonly outages: readonly Outage[]
  /** The outage that the RTO is about; null when there was none after the disturbance. */
  readonly outage: Outage | null
  readonly ledger: LedgerComparison
}

export function factsOf(record: RunRecord, events: readonly RunEvent[], unsorted: readonly Op[]): Facts {
  const sorted = sortOps(unsorted)
  const {writes, pinned} = sorted
  const moments = momentsOf(record.scenario, events)
  const attempts = writes.filter(op => !isConflict(op)).map(writeAttempt)
  const rule = outageRule(attempts, moments.disturbedMs)
  const outages = findOutages(attempts, rule)
  return {
    record,
    events,
    ...sorted,
    moments,
    rule,
    outages,
    outage: longestOutage(outages, moments.disturbedMs),
    ledger: compareLedger(writes, pinned, record.final),
  }
}

/**
 * Two of the load's own transactions got in each other's way (serialization failure, deadlock): no word about the
 * cluster.
 */
export function isConflict(op: ClientWrite): boolean {
  return op.outcome === 'failed' && (op.error?.code === '40001' || op.error?.code === '40P01')
}

/** Failed or unknown, and not a conflict of the load with itself. */
export function isWriteError(op: ClientWrite): boolean {
  return !acknowledged(op) && !isConflict(op)
}

export function readAttempt(op: ReadOp): Attempt {
  return {invokedMs: op.invokedMs, completedMs: op.completedMs, good: op.outcome === 'ok' && op.seen !== null}
}

function writeAttempt(op: ClientWrite): Attempt {
  return {invokedMs: op.invokedMs, completedMs: op.completedMs, good: acknowledged(op)}
}

/**
 * The longest outage that was not over before the cluster was disturbed; one that never ended is the longest. The
 * earliest of equals.
 */
export function longestOutage(outages: readonly Outage[], disturbedMs: number | null): Outage | null {
  const length = ({fromMs, toMs}: Outage): number => (toMs ?? Infinity) - fromMs
  const candidates = outages.filter(outage => outage.toMs === null || outage.toMs > (disturbedMs ?? -Infinity))
  return candidates.reduce<Outage | null>(
    (longest, outage) => (longest === null || length(outage) > length(longest) ? outage : longest),
    null,
  )
}
