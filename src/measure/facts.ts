// The stored run, sorted and split once, so that each measure is a small function of it. Invariant: built from any
// order of operations, it is the same.
// Not here: any judgement.
import type {Op, PinnedWriteOp, ReadOp, ScatterReadOp} from '../model/history.ts'
import {acknowledged} from '../model/history.ts'
import {restoredCluster} from '../model/recovery-record.ts'
import type {RunRecord} from '../model/report.ts'
import type {RunEvent} from '../model/run-event.ts'
import {aboutSubject} from './alone-on-shard.ts'
import {classifyAcknowledged, type AcknowledgedWrites} from './classify-writes.ts'
import {compareLedger, type LedgerComparison} from './ledger.ts'
import {momentsOf, type Moments} from './moments.ts'
import {findOutages, longestOutage, outageRule, type Attempt, type Outage, type OutageRule} from './outages.ts'
import {recoveryOf, type Recovery} from './recovery.ts'
import {sortOps, type ClientWrite} from './sort-ops.ts'

export interface Facts {
  readonly record: RunRecord
  readonly events: readonly RunEvent[]
  /** All lists of operations are in order of completion. */
  readonly ops: readonly Op[]
  /** Of clients, in both clusters. */
  readonly writes: readonly ClientWrite[]
  /** Those of the load that ran from the start. */
  readonly firstLoad: readonly ClientWrite[]
  /** Those by which RTO and outages are told: of a load over shards what went to the shard of the run alone. */
  readonly served: readonly ClientWrite[]
  readonly readsPrimary: readonly ReadOp[]
  readonly readsStandby: readonly ReadOp[]
  /** Over all shards of a lab. */
  readonly scatterReads: readonly ScatterReadOp[]
  /** On the nodes of the cluster that the run began with. */
  readonly pinned: readonly PinnedWriteOp[]
  readonly moments: Moments
  readonly rule: OutageRule
  readonly outages: readonly Outage[]
  /** The outage that the RTO of a failover is about; null when there was none after the disturbance. */
  readonly outage: Outage | null
  /** null where the scenario asks for none. */
  readonly recovery: Recovery | null
  /** The first load's writes against `record.final`. */
  readonly ledger: LedgerComparison
  /** What was written to the cluster that came back, against `record.recovery.finalAfter`. */
  readonly ownLedger: LedgerComparison
  /** null when the final state could not be read: nothing can be said of any write. */
  readonly acknowledged: AcknowledgedWrites | null
}

export function factsOf(record: RunRecord, events: readonly RunEvent[], unsorted: readonly Op[]): Facts {
  const {pinned: allPinned, tableWrites, ...sorted} = sortOps(unsorted)
  const {scenario} = record
  const [firstLoad, own] = [sorted.writes.filter(isOld), sorted.writes.filter(isOwn)]
  const pinned = allPinned.filter(isOld)
  const moments = momentsOf(scenario, events)
  const attempts = attemptsOf(aboutSubject(firstLoad, record))
  const served = aboutSubject(sorted.writes, record)
  const rule = outageRule(attempts, moments.disturbedMs)
  const outages = findOutages(attemptsOf(served), rule)
  const ledger = compareLedger(firstLoad, pinned, record.final)
  const ownLedger = compareLedger(own, allPinned.filter(isOwn), record.recovery?.finalAfter ?? null)
  const {steps} = scenario
  const {disaster} = moments
  return {
    record,
    events,
    ...sorted,
    firstLoad,
    served,
    pinned,
    moments,
    rule,
    outages,
    outage: longestOutage(outages, moments.disturbedMs),
    recovery: recoveryOf({
      steps,
      events,
      disaster,
      rule,
      attempts,
      outages: own.length === 0 ? outages : findOutages(attempts, rule),
      ownAttempts: attemptsOf(own),
      tableWrites,
    }),
    ledger,
    ownLedger,
    acknowledged: ledger.readable
      ? classifyAcknowledged(sorted.writes, op => (isOwn(op) ? ownLedger : ledger).survived(op.id), {steps, disaster})
      : null,
  }
}

function isOwn(op: Op): boolean {
  return op.cluster === restoredCluster
}

/** Of the cluster that the run began with. */
export function isOld(op: Op): boolean {
  return !isOwn(op)
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

function attemptsOf(writes: readonly ClientWrite[]): readonly Attempt[] {
  return writes
    .filter(op => !isConflict(op))
    .map(op => ({invokedMs: op.invokedMs, completedMs: op.completedMs, good: acknowledged(op)}))
}
