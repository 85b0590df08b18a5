// The stored run, sorted and split once, so that each measure is a small function of it. Invariant: built from any
// order of operations, it is the same.
// Not here: any judgement.
import type {Op, PinnedWriteOp, ReadOp, ScatterReadOp} from '../model/history.ts'
import {restoredCluster} from '../model/recovery-record.ts'
import type {RunRecord} from '../model/report.ts'
import type {RunEvent} from '../model/run-event.ts'
import {comesBackAlone, comesBackWhole} from '../model/scenario.ts'
import {aboutSubject, hasPartOn} from './alone-on-shard.ts'
import {classifyAcknowledged, type AcknowledgedWrites} from './classify-writes.ts'
import {where} from './columns.ts'
import {coverageOf, joinCoverage, type Coverage} from './coverage.ts'
import {halvesOf, type Halves} from './halves.ts'
import {compareLedger, type LedgerComparison} from './ledger.ts'
import {momentsOf, type Moments} from './moments.ts'
import {OpTable} from './op-table.ts'
import {outageOf, outageRule, type Outage, type OutageRule} from './outages.ts'
import {recoveryOf, type Recovery} from './recovery.ts'
import type {Sequence} from './sequence.ts'
import {serviceOf, serviceOutages, type Service} from './service.ts'
import {sortOps, type ClientWrite} from './sort-ops.ts'

export interface Facts {
  readonly record: RunRecord
  readonly events: readonly RunEvent[]
  /** All lists of operations are in order of completion. */
  readonly ops: Sequence<Op>
  /** Of clients, in both clusters. */
  readonly writes: Sequence<ClientWrite>
  /** Those of the load that ran from the start. */
  readonly firstLoad: Sequence<ClientWrite>
  /** Those of them that the disturbance can cost: where one shard comes back alone, what it had a part in. */
  readonly atStake: Sequence<ClientWrite>
  /** Those by which RTO and outages are told: of a load over shards what went to the shard of the run alone. */
  readonly served: Sequence<ClientWrite>
  readonly readsPrimary: Sequence<ReadOp>
  readonly readsStandby: Sequence<ReadOp>
  /** Over all shards of a lab; those on shards that came back are apart. */
  readonly scatterReads: Sequence<ScatterReadOp>
  readonly ownScatterReads: Sequence<ScatterReadOp>
  /** On the nodes of the cluster that the run began with. */
  readonly pinned: Sequence<PinnedWriteOp>
  readonly moments: Moments
  /** Of `served`. */
  readonly coverage: Coverage
  readonly service: Service
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

export function factsOf(record: RunRecord, events: readonly RunEvent[], history: readonly Op[] | OpTable): Facts {
  const {
    pinned: allPinned,
    tableWrites,
    ...sorted
  } = sortOps(history instanceof OpTable ? history : OpTable.of(history))
  const {scenario} = record
  const {steps} = scenario
  const [firstLoad, own] = [where(sorted.writes, isOld), where(sorted.writes, isOwn)]
  const pinned = where(allPinned, isOld)
  const moments = momentsOf(scenario, events)
  const isAtStake = atStakeOf(record)
  const halves = halvesOf({record, firstLoad, moments}, record.final?.shards ?? [])
  const sharded = scenario.sharded !== undefined
  const ledger = compareLedger(firstLoad, pinned, record.final, sharded)
  const ownLedger = compareLedger(own, where(allPinned, isOwn), record.recovery?.finalAfter ?? null, sharded)
  const {first, ownService, around, ...serving} = servingOf(
    record,
    {all: sorted.writes, firstLoad, own},
    moments,
    ledger,
  )
  return {
    record,
    events,
    ...sorted,
    scatterReads: where(sorted.scatterReads, isOld),
    ownScatterReads: where(sorted.scatterReads, isOwn),
    firstLoad,
    atStake: where(firstLoad, isAtStake),
    ...serving,
    pinned,
    moments,
    outage: outageOf(serving.outages, moments.disturbedMs, serving.rule),
    recovery: recoveryOf({
      steps,
      events,
      disaster: moments.disaster,
      rule: serving.rule,
      attempts: first.attempts,
      outages: own.length === 0 ? serving.outages : serviceOutages(first, serving.rule, around),
      ownAttempts: ownService.attempts,
      tableWrites,
    }),
    ledger,
    ownLedger,
    acknowledged: ledger.readable
      ? classifyAcknowledged(
          sorted.writes,
          survivedIn(ledger, ownLedger, halves),
          {steps, disaster: moments.disaster},
          isAtStake,
        )
      : null,
  }
}

interface Writes {
  readonly all: Sequence<ClientWrite>
  readonly firstLoad: Sequence<ClientWrite>
  readonly own: Sequence<ClientWrite>
}

/** Who served when, told by the writes to what the run is about. */
function servingOf(record: RunRecord, {all, firstLoad, own}: Writes, {disturbedMs}: Moments, ledger: LedgerComparison) {
  // What a cluster that comes back whole did not keep was service while it lasted.
  const survived = (id: number): boolean => comesBackWhole(record.scenario.steps) || ledger.survived(id)
  const served = aboutSubject(all, record)
  const first = serviceOf(aboutSubject(firstLoad, record), survived)
  const ownService = serviceOf(aboutSubject(own, record), () => true)
  // One load is all there is, but after a restore.
  const service = own.length === 0 ? first : serviceOf(served, survived)
  // Between the two loads of a restore clients are kept away.
  const coverage = joinCoverage(coverageOf(where(served, isOld)), coverageOf(where(served, isOwn)))
  const around = {holes: coverage.holes, cutMs: disturbedMs}
  const rule = outageRule(first.attempts, disturbedMs, coverage.holes)
  return {first, ownService, around, served, service, coverage, rule, outages: serviceOutages(service, rule, around)}
}

/** A transfer of which a half is lost is lost. */
function survivedIn(ledger: LedgerComparison, own: LedgerComparison, {lost}: Halves): (op: ClientWrite) => boolean {
  return op => (isOwn(op) ? own.survived(op.id) : ledger.survived(op.id) && !lost.ids.has(op.id))
}

const atStakeOf =
  ({scenario, shard}: RunRecord) =>
  (op: Pick<ClientWrite, 'shards'>): boolean =>
    !comesBackAlone(scenario) || hasPartOn(op, shard ?? '')

/** Of the one that came back. */
export function isOwn(op: Pick<Op, 'cluster'>): boolean {
  return op.cluster === restoredCluster
}

/** Of the cluster that the run began with. */
export function isOld(op: Pick<Op, 'cluster'>): boolean {
  return !isOwn(op)
}
