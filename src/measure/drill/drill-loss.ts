// What a drill cost in writes: RPO of a loss, precision and collateral of a rewind. Definitions: docs/measuring.md,
// "Restore and drills".
// Invariant: only acknowledged writes count; what could not be read is null, never 0. Not here: which write is in which
// class (classify-writes.ts).
import type {DrillReport} from '../../model/drill.ts'
import {acknowledged} from '../../model/history.ts'
import {parseLsn} from '../../model/lsn.ts'
import type {DrillFacts} from './drill-facts.ts'
import {comesBackWhole, isRewind} from './drill-steps.ts'

const rateWindowMs = 10_000

/** null of a rewind, of a refusal, without a disaster, and when the final state could not be read. */
export function measureDrillRpo(facts: DrillFacts): DrillReport['rpo'] {
  const {record, counts} = facts
  if (counts === null || record.disaster === null || !isMeasured(facts) || isRewind(record.drill.steps)) return null
  return {
    transactions: counts.lost,
    seconds: counts.behindMs / 1_000,
    bytes: lostBytes(facts),
    acknowledgedPerSecond: acknowledgedPerSecond(facts),
  }
}

/** null of a loss, of a refusal, without a disaster, and when the final state could not be read. */
export function measureRewind(facts: DrillFacts): DrillReport['rewind'] {
  const {record, counts} = facts
  if (counts === null || record.disaster === null || !isMeasured(facts) || !isRewind(record.drill.steps)) return null
  return {
    missing: counts.missing,
    beside: counts.beside,
    collateral: counts.collateral,
    keptAfter: counts['kept-after'],
  }
}

/** A refusal restores nothing, so nothing can have been lost by it. */
function isMeasured({record}: DrillFacts): boolean {
  return record.drill.nature !== 'refusal'
}

/** From where the restored cluster ended to the position of the disaster, in WAL; null where none was restored. */
function lostBytes({record}: DrillFacts): number | null {
  if (!comesBackWhole(record.drill.steps)) return null
  const at = parseLsn(record.disaster?.atLsn ?? '')
  const end = parseLsn(record.restore?.endLsn ?? '')
  if (at === null || end === null) return null
  return at > end ? Number(at - end) : 0
}

/**
 * Over the ten seconds before the disaster, or as long as the load ran: what a second of loss amounts to. One decimal.
 */
export function acknowledgedPerSecond({record, writes}: Pick<DrillFacts, 'record' | 'writes'>): number {
  const endMs = record.disaster?.invokedMs ?? -Infinity
  const startMs = Math.max(
    endMs - rateWindowMs,
    writes.reduce((least, op) => Math.min(least, op.invokedMs), Infinity),
  )
  if (!(endMs > startMs)) return 0
  const inWindow = writes.filter(op => acknowledged(op) && op.completedMs > startMs && op.completedMs <= endMs).length
  return Math.round((inWindow / (endMs - startMs)) * 10_000) / 10
}
