// What was lost of what was acknowledged: as a count, as seconds, as WAL bytes; and what a point-in-time restore took.
// Definitions: docs/measuring.md, "Failover" and "Recovery".
// Invariant: only acknowledged writes count; what was not seen is null, never 0. Not here: which writes were lost
// (ledger.ts, classify-writes.ts).
import {acknowledged, type FinalState, type PinnedWriteOp} from '../model/history.ts'
import {parseLsn, type Lsn} from '../model/lsn.ts'
import type {PointInTime, Rpo, SplitBrain} from '../model/report.ts'
import {comesBackAlone, comesBackWhole, isPointInTime, stepOf} from '../model/scenario.ts'
import {firsts, greatestOf, leastOf, where, whose, within} from './columns.ts'
import type {Facts} from './facts.ts'
import type {LedgerComparison} from './ledger.ts'
import type {Sequence} from './sequence.ts'
import type {ClientWrite} from './sort-ops.ts'
import {ruleOfThree} from './stats.ts'

const riskWindowMs = 1_000
const rateWindowMs = 10_000

/**
 * null of a refusal, which restores nothing and so loses nothing; of a point-in-time restore; where a disaster was to
 * come and did not; and where the final state could not be read.
 */
export function measureRpo(facts: Facts, splitBrain: SplitBrain): Rpo | null {
  const {record, ledger} = facts
  const {steps, expect} = record.scenario
  if (expect.kind === 'refusal' || isPointInTime(steps)) return null
  const loss = stepOf(steps, 'disaster') === null ? failoverLoss(facts, splitBrain) : recoveryLoss(facts)
  if (loss === null) return null
  return {
    ...loss,
    bytes: bytesLost(facts),
    atRisk: atRisk(facts),
    upperBound: ledger.readable && loss.transactions === 0 ? ruleOfThree(1) : null,
    acknowledgedPerSecond: acknowledgedPerSecond(facts),
  }
}

type Loss = Pick<Rpo, 'transactions' | 'seconds' | 'secondsBehind'>

/** null when the final state could not be read: nobody knows what is lost. */
function failoverLoss(facts: Facts, splitBrain: SplitBrain): Loss | null {
  const {ledger} = facts
  if (!ledger.readable) return null
  const lost = owedAndLost(ledger, splitBrain)
  const [oldest, newest] = [lost.at(0), lost.at(-1)]
  return {
    transactions: lost.length,
    seconds: oldest === undefined || newest === undefined ? 0 : (newest.completedMs - oldest.completedMs) / 1_000,
    secondsBehind: newest === undefined ? 0 : secondsBehind(facts, newest.completedMs),
  }
}

/**
 * What was acknowledged and is gone, oldest acknowledgement first. A pinned writer is a client too: what its node
 * acknowledged was promised, whether or not the router still went there. Where two nodes acknowledged at the same time
 * one side has to lose its own, and that is the finding of split-brain.
 */
export function owedAndLost(
  {lost, lostPinned}: LedgerComparison,
  {pairs}: Pick<SplitBrain, 'pairs'>,
): Sequence<ClientWrite | PinnedWriteOp> {
  return pairs.length > 0 ? lost : [...lost, ...lostPinned].toSorted((a, b) => a.completedMs - b.completedMs)
}

/** Seconds are from the newest acknowledged write to the newest recovered one. */
function recoveryLoss({moments, acknowledged: classed}: Facts): Loss | null {
  if (moments.disaster === null || classed === null) return null
  const seconds = classed.behindMs / 1_000
  return {transactions: classed.counts.lost, seconds, secondsBehind: seconds}
}

/** null of everything else, of a refusal, without a disaster, and when the final state could not be read. */
export function measurePointInTime({record, moments, acknowledged: classed}: Facts): PointInTime | null {
  const {steps, expect} = record.scenario
  if (expect.kind === 'refusal' || !isPointInTime(steps) || moments.disaster === null || classed === null) return null
  const {missing, beside, collateral, 'kept-after': keptAfter} = classed.counts
  return {missing, beside, collateral, keptAfter}
}

/**
 * At the moment of the newest lost acknowledgement: how far behind it the newest surviving one was. Later writes
 * survive and say nothing about the loss.
 */
function secondsBehind({ledger, firstLoad}: Facts, newestLostMs: number): number {
  const survivor = where(firstLoad, acknowledged).findLast(
    op => op.completedMs <= newestLostMs && ledger.survived(op.id),
  )
  const startMs = survivor?.completedMs ?? ledger.lost.at(0)?.completedMs ?? newestLostMs
  return (newestLostMs - startMs) / 1_000
}

/**
 * Acknowledged within the second before the fault bit: before it was verified or the disaster commanded, and not after
 * the last ok write before the outage.
 */
function atRisk({moments, outage, atStake}: Facts): number {
  const hitMs = moments.disaster?.commandedMs ?? Math.min(moments.faultMs ?? Infinity, outage?.fromMs ?? Infinity)
  return hitMs === Infinity ? 0 : acknowledgedWithin(atStake, hitMs - riskWindowMs, hitMs)
}

/**
 * Over the ten seconds before the disturbance, or as long as the load ran: what a second of loss amounts to. One
 * decimal.
 */
function acknowledgedPerSecond({moments, atStake}: Facts): number {
  const endMs = moments.disaster?.commandedMs ?? moments.disturbedMs ?? atStake.at(-1)?.completedMs ?? -Infinity
  const startMs = Math.max(endMs - rateWindowMs, leastOf(atStake, 'invokedMs'))
  if (!(endMs > startMs)) return 0
  return Math.round((acknowledgedWithin(atStake, startMs, endMs) / (endMs - startMs)) * 10_000) / 10
}

function acknowledgedWithin(writes: Facts['firstLoad'], fromMs: number, toMs: number): number {
  return within(where(writes, acknowledged), 'completedMs', {above: fromMs, upTo: toMs}).length
}

/** Of shards that come back together nobody adds positions up. */
function bytesLost(facts: Facts): number | null {
  const {steps, sharded} = facts.record.scenario
  if (!comesBackWhole(steps)) return bytesPastSwitch(facts)
  return sharded !== undefined && !comesBackAlone(facts.record.scenario) ? null : bytesNotRestored(facts)
}

/** From where the restored cluster ended to the position of the disaster. */
function bytesNotRestored({moments, record}: Facts): number | null {
  const at = parseLsn(moments.disaster?.atLsn ?? '')
  const end = parseLsn(record.recovery?.restore?.endLsn ?? '')
  if (at === null || end === null) return null
  return at > end ? Number(at - end) : 0
}

/**
 * For every timeline that the run wrote on and that ended: the last acknowledged pinned write on it minus its switch
 * point, never below 0, added up.
 * At least that much: pinned writes are some tens of milliseconds apart. null when a timeline ended whose last position
 * was not seen, and when one was written on that the final state does not descend from: nobody tells where it began,
 * and all of it is lost.
 */
function bytesPastSwitch({ledger, pinned, record}: Facts): number | null {
  if (record.final === null || !ledger.readable) return null
  const acks = where(pinned, acknowledged)
  const lastOf = new Map<number, Lsn>()
  for (const timeline of new Set([...firsts(acks)].map(op => op.timeline))) {
    const last = lastLsn(where(acks, op => op.timeline === timeline))
    if (timeline !== null && last !== null) lastOf.set(timeline, last)
  }
  return sumPastSwitch(record.final, lastOf)
}

/** Only those are read of which no number tells that there is a later one. */
function lastLsn(acks: Sequence<PinnedWriteOp>): Lsn | null {
  const newest = greatestOf(acks, 'lsn')
  let last: Lsn | null = null
  for (const {lsn} of whose(acks, 'lsn', bytes => !(bytes < newest))) {
    const read = lsn === null ? null : parseLsn(lsn)
    if (read !== null && (last === null || read > last)) last = read
  }
  return last
}

function sumPastSwitch(final: FinalState, lastOf: ReadonlyMap<number, Lsn>): number | null {
  if (lastOf.size === 0) return null
  const firstTimeline = [...lastOf.keys()].reduce((least, timeline) => Math.min(least, timeline), Infinity)
  const ancestry = new Set([final.timeline, ...final.switchPoints.map(({timeline}) => timeline)])
  if (final.timeline !== null && [...lastOf.keys()].some(timeline => !ancestry.has(timeline))) return null
  let bytes = 0n
  for (const {timeline, lsn} of final.switchPoints) {
    if (timeline < firstTimeline) continue
    const last = lastOf.get(timeline)
    const end = parseLsn(lsn)
    if (last === undefined || end === null) return null
    if (last > end) bytes += last - end
  }
  return Number(bytes)
}
