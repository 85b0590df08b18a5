// The stored operations in order of completion, split by kind. Invariant: in whatever order they were stored, the
// result is the same. Not here: what any of them means.
import type {AppendOp, Op, PinnedWriteOp, ReadOp, ScatterReadOp, TableWriteOp, TransferOp} from '../model/history.ts'

/**
 * What the client wrote through its own access path: ledger rows and transfers. Pinned writes are probes and are kept
 * apart.
 */
export type ClientWrite = AppendOp | TransferOp

export interface SortedOps {
  readonly ops: readonly Op[]
  readonly writes: readonly ClientWrite[]
  readonly pinned: readonly PinnedWriteOp[]
  readonly tableWrites: readonly TableWriteOp[]
  readonly readsPrimary: readonly ReadOp[]
  readonly readsStandby: readonly ReadOp[]
  readonly scatterReads: readonly ScatterReadOp[]
}

export function sortOps(unsorted: readonly Op[]): SortedOps {
  const ops = unsorted.toSorted(
    (a, b) => a.completedMs - b.completedMs || a.id - b.id || clusterOf(a).localeCompare(clusterOf(b)),
  )
  return {
    ops,
    writes: ops.filter((op): op is ClientWrite => op.kind === 'append' || op.kind === 'transfer'),
    pinned: ops.filter(op => op.kind === 'pinned-write'),
    tableWrites: ops.filter(op => op.kind === 'table-write'),
    readsPrimary: ops.filter((op): op is ReadOp => op.kind === 'read-primary'),
    readsStandby: ops.filter((op): op is ReadOp => op.kind === 'read-standby'),
    scatterReads: ops.filter(op => op.kind === 'scatter-read'),
  }
}

function clusterOf(op: Op): string {
  return op.cluster ?? ''
}
