// The plain counts of a run: writes and transfers by outcome. Invariant: each operation is in exactly one of
// acknowledged, failed, unknown. Not here: reads (reads.ts).
import {acknowledged, lateAfterMs} from '../model/history.ts'
import type {Report, WriteCounts} from '../model/report.ts'
import {countAbove, countWhere, where} from './columns.ts'
import type {Facts} from './facts.ts'
import type {LedgerComparison} from './ledger.ts'
import type {Sequence} from './sequence.ts'
import {transfersOf, type ClientWrite} from './sort-ops.ts'

const lostIdsMax = 1_000

/** Not issued on time, or not at all because the client was full. */
export function countLate(writes: Sequence<ClientWrite>): number {
  const sent = where(writes, ({error}) => error?.code !== 'QUEUE_FULL')
  const late = countAbove(sent, ['dueMs', 'invokedMs'], lateAfterMs)
  return writes.length - sent.length + late
}

export function countWrites({writes, ledger, ownLedger, acknowledged: classed}: Facts): WriteCounts {
  const lost = classed?.lost ?? []
  const sum = (of: (found: LedgerComparison) => number): number => of(ledger) + of(ownLedger)
  return {
    attempted: writes.length,
    acknowledged: countWhere(writes, acknowledged),
    acknowledgedLocalOnly: countWhere(writes, op => op.outcome === 'ok-local'),
    failed: countWhere(writes, op => op.outcome === 'failed'),
    late: countLate(writes),
    unknown: {
      found: sum(({unknown}) => unknown.found),
      absent: sum(({unknown}) => unknown.absent),
      unknowable: sum(({unknown}) => unknown.unknowable),
    },
    lost: lost.length,
    duplicated: sum(({duplicated}) => duplicated.length),
    phantom: sum(({phantom}) => phantom.length),
    resurrected: sum(({resurrected}) => resurrected.length),
    lostIds: lost.slice(0, lostIdsMax).map(op => op.id),
  }
}

export function countTransfers({writes, record}: Facts): Report['transfers'] {
  const transfers = transfersOf(writes)
  return {
    attempted: transfers.length,
    acknowledged: countWhere(transfers, acknowledged),
    unknown: countWhere(transfers, op => op.outcome === 'unknown'),
    totalDiffers: totalDiffers(record.final),
  }
}

/** What all accounts hold minus what they must hold; null when it was not read. */
export function totalDiffers(final: Facts['record']['final']): number | null {
  if (final === null || final.accountsTotal === null || final.accountsTotalExpected === null) return null
  return final.accountsTotal - final.accountsTotalExpected
}
