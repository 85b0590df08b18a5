// The stored drill, sorted and split once, so that each measure is a small function of it. Invariant: built from any
// order of operations, it is the same.
// Not here: what a class of writes means for the verdict (claims.ts).
import type {DrillRecord} from '../../model/drill.ts'
import type {Op, ReadOp} from '../../model/history.ts'
import type {RunEvent} from '../../model/run-event.ts'
import {countAcknowledged, type AcknowledgedCounts} from './classify-writes.ts'
import {sortOps, type ClientWrite} from '../sort-ops.ts'
import {compareLedger, type LedgerComparison} from '../ledger.ts'

export interface DrillFacts {
  readonly record: DrillRecord
  readonly events: readonly RunEvent[]
  /** All lists of operations are in order of completion. */
  readonly ops: readonly Op[]
  readonly writes: readonly ClientWrite[]
  readonly readsPrimary: readonly ReadOp[]
  readonly readsStandby: readonly ReadOp[]
  readonly ledger: LedgerComparison
  /** null when the final state could not be read: nothing can be said of any write. */
  readonly counts: AcknowledgedCounts | null
}

export function drillFactsOf(record: DrillRecord, events: readonly RunEvent[], unsorted: readonly Op[]): DrillFacts {
  const {pinned, ...sorted} = sortOps(unsorted)
  const ledger = compareLedger(sorted.writes, pinned, record.final)
  return {
    record,
    events,
    ...sorted,
    ledger,
    counts: ledger.readable ? countAcknowledged(sorted.writes, ledger.survived, record) : null,
  }
}
