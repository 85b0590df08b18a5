// What was lost of what was acknowledged: as a count, as seconds, as WAL bytes. Definitions: docs/measuring.md,
// "Failover".
// Invariant: only acknowledged writes count; what was not seen is null, never 0. Not here: which writes were lost
// (ledger.ts).
import {acknowledged, type FinalState} from '../model/history.ts'
import {parseLsn, type Lsn} from '../model/lsn.ts'
import type {Rpo} from '../model/report.ts'
import type {Facts} from './facts.ts'
import {ruleOfThree} from './stats.ts'

const riskWindowMs = 1_000

export function measureRpo(facts: Facts): Rpo {
  const {ledger} = facts
  const oldest = ledger.lost[0]
  const newest = ledger.lost.at(-1)
  return {
    transactions: ledger.lost.length,
    seconds: oldest === undefined || newest === undefined ? 0 : (newest.completedMs - oldest.completedMs) / 1_000,
    secondsBehind: secondsBehind(facts),
    bytes: lostBytes(facts),
    atRisk: atRisk(facts),
    upperBound: ledger.readable && ledger.lost.length === 0 ? ruleOfThree(1) : null,
  }
}

/**
 * At the moment of the newest lost acknowledgement: how far behind it the newest surviving one was. Later writes
 * survive and say nothing about the loss.
 */
function secondsBehind({ledger, writes}: Facts): number {
  const newestLost = ledger.lost.at(-1)
  if (newestLost === undefined) return 0
  const survivor = writes.findLast(
    op => acknowledged(op) && op.completedMs <= newestLost.completedMs && ledger.survived(op.id),
  )
  const startMs = survivor?.completedMs ?? ledger.lost[0]?.completedMs ?? newestLost.completedMs
  return (newestLost.completedMs - startMs) / 1_000
}

/**
 * Acknowledged within the second before the fault bit: before it was verified, and not after the last ok write before
 * the outage.
 */
function atRisk({moments, outage, writes}: Facts): number {
  const endMs = Math.min(moments.faultMs ?? Infinity, outage?.fromMs ?? Infinity)
  if (endMs === Infinity) return 0
  return writes.filter(op => acknowledged(op) && op.completedMs > endMs - riskWindowMs && op.completedMs <= endMs)
    .length
}

/**
 * For every timeline that the run wrote on and that ended: the last acknowledged pinned write on it minus its switch
 * point, never below 0, added up.
 * At least that much: pinned writes are some tens of milliseconds apart. null when a timeline ended whose last position
 * was not seen, and when one was written
 * on that the final state does not descend from: nobody tells where it began, and all of it is lost.
 */
function lostBytes({ledger, pinned, record}: Facts): number | null {
  if (record.final === null || !ledger.readable) return null
  const lastOf = new Map<number, Lsn>()
  for (const op of pinned) {
    const lsn = op.lsn === null ? null : parseLsn(op.lsn)
    if (op.timeline === null || lsn === null || !acknowledged(op)) continue
    const before = lastOf.get(op.timeline)
    if (before === undefined || lsn > before) lastOf.set(op.timeline, lsn)
  }
  return sumPastSwitch(record.final, lastOf)
}

function sumPastSwitch(final: FinalState, lastOf: ReadonlyMap<number, Lsn>): number | null {
  if (lastOf.size === 0) return null
  const firstTimeline = Math.min(...lastOf.keys())
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
