// What is claimed of the cluster. Invariant: fail means that the cluster broke a promise, unknown that nobody can tell;
// each claim has a history that it rejects.
// Not here: what must hold before (assumptions.ts), what a recovery owes besides (recovery-claims.ts), how things are
// counted (a file each).
import {acknowledged} from '../model/history.ts'
import {owedAndLost} from './rpo.ts'
import {formatMs} from '../model/time.ts'
import type {ObjectiveResult, PointInTime, ReadCounts, Rpo, SplitBrain} from '../model/report.ts'
import type {Rto, RtoBounds} from '../model/rto.ts'
import {comesBackAlone, comesBackWhole, stepOf} from '../model/scenario.ts'
import {worst} from '../model/verdict.ts'
import {formatCount, plural} from '../model/quantity.ts'
import {hasPartOn} from './alone-on-shard.ts'
import {countWhere, where} from './columns.ts'
import {eventsOf} from './events-of.ts'
import type {Facts} from './facts.ts'
import {failedSteps} from './failed-steps.ts'
import {failoverFinding} from './failover.ts'
import {accountsAddUp, finalReadable, none, sameRows, unreadable} from './final-claims.ts'
import {halvesOf} from './halves.ts'
import {startedSteps} from './moments.ts'
import {asksForRecovery} from './recovery.ts'
import {otherShardsUntouched} from './other-shards.ts'
import {finding, type Checker, type Finding} from './run-checks.ts'
import {countOf} from './sequence.ts'
import {unwatched} from './split-brain.ts'

export interface Measures {
  readonly facts: Facts
  readonly rto: Rto | null
  readonly rpo: Rpo | null
  readonly pointInTime: PointInTime | null
  readonly readsPrimary: ReadCounts
  readonly readsStandby: ReadCounts
  readonly splitBrain: SplitBrain
  readonly objectives: readonly ObjectiveResult[]
}

/** Fewer reads than this say nothing of all the others. */
const readsMin = 10

export const claimCheckers: readonly Checker<Measures>[] = [
  ['final-readable', ({facts}) => finalReadable(facts.ledger)],
  ['recovered', recovered],
  ['conditions-met', conditionsMet],
  ['failover-happened', failoverHappened],
  ['no-failover', noFailover],
  ['lost-writes', lostWrites],
  ['duplicated-writes', ({facts}) => none(facts, 'duplicated', 'applied twice')],
  ['phantom-writes', ({facts}) => none(facts, 'phantom', 'present and never attempted')],
  ['resurrected-writes', ({facts}) => none(facts, 'resurrected', 'present although they failed')],
  ['transfers-total', transfersTotal],
  ['split-brain', splitBrain],
  [
    'reads-primary-fresh',
    input =>
      primaryReads(
        input,
        'stale',
        reads => `stale: up to ${formatMs(reads.staleMsMax)}, ${plural(reads.staleVersionsMax, 'version')}`,
      ),
  ],
  ['reads-primary-monotonic', input => primaryReads(input, 'nonMonotonic', () => 'saw less than an earlier one')],
  ['read-your-writes', input => primaryReads(input, 'readYourWrites', () => "missed the session's own write")],
  ['reads-standby', standbyReads],
  ['nodes-agree', nodesAgree],
  ['other-shards-untouched', ({facts}) => otherShardsUntouched(facts.record)],
]

function recovered({facts, rto}: Measures): Finding {
  const {record, writes} = facts
  if (asksForRecovery(record.scenario.steps)) return recoveredFromDisaster(facts, rto)
  if (rto === null)
    return finding(writes.length > 0, 'unknown', writes.length > 0 ? 'writes never stopped' : 'nothing was written')
  if (rto.bounds !== undefined) return {verdict: 'unknown', detail: boundsText(rto.bounds)}
  return finding(
    rto.recovered,
    'fail',
    rto.recovered
      ? `writes came back, after ${plural(rto.outages.length, 'outage')}`
      : 'writes never came back before the load ended',
  )
}

function boundsText({leastMs, mostMs}: RtoBounds): string {
  return mostMs === null
    ? `writes were out for ${formatMs(leastMs)}, and what came back was not seen to last`
    : `writes were out for ${formatMs(leastMs)} to ${formatMs(mostMs)}: for a part of it nobody wrote, so nobody saw`
}

function recoveredFromDisaster({record}: Facts, rto: Rto | null): Finding {
  if (rto === null) return {verdict: 'unknown', detail: 'nothing was to recover from'}
  if (rto.bounds !== undefined) return {verdict: 'unknown', detail: boundsText(rto.bounds)}
  if (rto.ms !== null)
    return {verdict: 'pass', detail: `the first write was acknowledged ${formatMs(rto.ms)} after the disaster`}
  const refusal = record.recovery?.refusal ?? null
  return {
    verdict: 'fail',
    detail:
      refusal === null
        ? 'no write was acknowledged by what came back'
        : `the restore was refused (${refusal.code}): ${refusal.message}`,
  }
}

function conditionsMet({facts}: Measures): Finding {
  const {scenario} = facts.record
  if (stepOf(scenario.steps, 'await') === null && stepOf(scenario.steps, 'switchover') === null) return null
  const owed = startedSteps(scenario, facts.events).filter(
    ({step}) => step.kind === 'await' || step.kind === 'switchover',
  )
  const {byCluster, byUs} = failedSteps(facts)
  if (byCluster !== null) return {verdict: 'fail', detail: `${byCluster.label}: ${byCluster.message}`}
  const unasked = byUs !== null && owed.some(({index}) => index === byUs.step)
  return finding(
    !unasked && owed.length > 0,
    'unknown',
    unasked ? `${byUs.label}: ${byUs.message}` : `${plural(owed.length, 'condition')} came about in time`,
  )
}

function failoverHappened({facts}: Measures): Finding {
  return facts.record.scenario.failover === 'required' ? failoverFinding(facts, true) : null
}

/** A table is brought back into a cluster that goes on with the primary and the timeline that it had. */
function noFailover({facts}: Measures): Finding {
  const {failover, steps} = facts.record.scenario
  return failover === 'forbidden' || stepOf(steps, 'recover-table') !== null ? failoverFinding(facts, false) : null
}

/** What a cluster that came back whole owes is the finding of precision, rpo-within-limit and lost-after-restore. */
function lostWrites({facts, rpo, splitBrain: found}: Measures): Finding {
  const {ledger, record, firstLoad, pinned: pinnedWrites} = facts
  if (comesBackAlone(record.scenario)) return lostElsewhere(facts)
  if (comesBackWhole(record.scenario.steps)) return null
  if (!ledger.readable) return unreadable
  const promised = countWhere(firstLoad, acknowledged) + countWhere(pinnedWrites, acknowledged)
  if (promised === 0) return {verdict: 'unknown', detail: 'no write was acknowledged'}
  const limit = record.scenario.objectives.lostWritesMax ?? 0
  return finding(
    owedAndLost(ledger, found).length <= limit,
    'fail',
    `${plural(ledger.lost.length, 'acknowledged write')} of clients and ${formatCount(ledger.lostPinned.length)} of pinned writers lost (at most ${formatCount(limit)} allowed), ${formatCount(rpo?.atRisk ?? 0)} at risk`,
  )
}

/** The other shards go on: nothing that went to them alone may be gone. */
function lostElsewhere({ledger, record, firstLoad}: Facts): Finding {
  if (!ledger.readable) return unreadable
  const promised = where(firstLoad, op => acknowledged(op) && !hasPartOn(op, record.shard ?? ''))
  const lost = countOf(promised, op => !ledger.survived(op.id))
  const detail = `${formatCount(lost)} of ${plural(promised.length, 'write')} that other shards acknowledged lost`
  return promised.length === 0 ? {verdict: 'unknown', detail} : finding(lost === 0, 'fail', detail)
}

function transfersTotal({facts}: Measures): Finding {
  const {final, config} = facts.record
  const wanted = config.load.transfersPerSecond > 0 || facts.writes.some(op => op.kind === 'transfer')
  return wanted ? accountsAddUp(final, halvesOf(facts, final?.shards ?? []).lost.differs) : null
}

/**
 * Only what was acknowledged by both sides is a broken promise; the lesser findings are in the detail and among the
 * warnings.
 */
function splitBrain({facts, splitBrain: found}: Measures): Finding {
  // Not every recovery has pinned writers, whatever the rate says.
  const {record} = facts
  const loaded = !asksForRecovery(record.scenario.steps) && record.config.load.pinnedWritesPerSecond > 0
  const wanted = loaded || facts.pinned.length > 0
  if (!wanted) return null
  const unseen = unwatched(facts.pinned, membersSeen(facts))
  if (unseen !== null && found.pairs.length === 0) return {verdict: 'unknown', detail: unseen}
  const pairs = found.pairs
    .map(({a, b, acknowledged}) => `${a} and ${b} acknowledged ${plural(acknowledged, 'write')} meanwhile`)
    .join('; ')
  const spans = `two primaries reported for ${formatMs(found.reportedMs)}, writable for ${formatMs(found.writableMs)}, acknowledging for ${formatMs(found.acknowledgedMs)}`
  return finding(found.pairs.length === 0, 'fail', pairs === '' ? spans : `${spans}: ${pairs}`)
}

/** Members of the cluster that the run began with. */
function membersSeen({events}: Facts): readonly string[] {
  return (eventsOf(events, 'cluster.observed')[0]?.members ?? []).map(({name}) => name)
}

function primaryReads(
  {facts, readsPrimary}: Measures,
  field: 'stale' | 'nonMonotonic' | 'readYourWrites',
  what: (reads: ReadCounts) => string,
): Finding {
  if (facts.record.config.load.primaryReadsPerSecond === 0 && readsPrimary.attempted === 0) return null
  if (readsPrimary.ok === 0) return {verdict: 'unknown', detail: 'no read on the primary was answered'}
  if (!facts.ledger.readable) return unreadable
  const count = readsPrimary[field]
  // Only a session that reads itself can miss its own write.
  const looked =
    field === 'readYourWrites'
      ? countOf(facts.readsPrimary, op => op.seen !== null && op.reader === op.of)
      : readsPrimary.ok
  if (count === 0 && looked < readsMin)
    return {verdict: 'unknown', detail: `${plural(looked, 'read')} could have told, at least ${readsMin} needed`}
  return finding(
    count === 0,
    'fail',
    count === 0
      ? `${plural(looked, 'read')}, none of them wrong`
      : `${formatCount(count)} of ${plural(readsPrimary.ok, 'read')} ${what(readsPrimary)}`,
  )
}

function standbyReads({facts, readsStandby: reads}: Measures): Finding {
  if (facts.record.config.load.standbyReadsPerSecond === 0 && reads.attempted === 0) return null
  if (reads.ok === 0) return {verdict: 'unknown', detail: 'no read on a standby was answered'}
  return {
    verdict: 'pass',
    detail: `of ${plural(reads.ok, 'read')} ${formatCount(reads.stale)} stale (up to ${formatMs(reads.staleMsMax)}, ${plural(reads.staleVersionsMax, 'version')}), ${formatCount(reads.nonMonotonic)} non-monotonic, ${formatCount(reads.readYourWrites)} missed an own write; standbys promise no freshness`,
  }
}

/** Members that were seen before a cluster came back say nothing about that cluster, and nobody need watch it. */
function nodesAgree({facts}: Measures): Finding {
  const {record, events, recovery} = facts
  const isAnother = comesBackWhole(record.scenario.steps)
  const sinceMs = isAnother ? (recovery?.firstWriteMs ?? Infinity) : -Infinity
  const seen = eventsOf(events, 'cluster.observed').findLast(event => event.atMs >= sinceMs)
  const members = seen?.members.map(({name}) => name) ?? (isAnother ? null : [])
  const own = sameRows(record.final?.perNode ?? [], members)
  // Members of other shards were not watched: each shard is held to those that it told of.
  const others = (record.final?.shards ?? [])
    .filter(({shard}) => shard !== record.shard)
    .flatMap(({shard, perNode}) => {
      const found = sameRows(perNode, null)
      return found === null ? [] : [{...found, detail: `${shard}: ${found.detail}`}]
    })
  // Clusters of a lab are of one size: one node each has nobody to agree with.
  const all = own === null ? others.filter(({verdict}) => verdict === 'fail') : [own, ...others]
  const is = worst(all.map(({verdict}) => verdict))
  return all.find(({verdict}) => verdict === is) ?? null
}
