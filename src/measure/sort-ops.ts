// The stored operations in order of completion, split by kind. Invariant: in whatever order they were stored, the
// result is the same. Not here: what any of them means.
import type {AppendOp, Op, PinnedWriteOp, ReadOp, ScatterReadOp, TableWriteOp, TransferOp} from '../model/history.ts'
import type {OpTable} from './op-table.ts'
import type {Sequence} from './sequence.ts'

/**
 * What the client wrote through its own access path: ledger rows and transfers. Pinned writes are probes and are kept
 * apart.
 */
export type ClientWrite = AppendOp | TransferOp

export interface SortedOps {
  readonly ops: Sequence<Op>
  readonly writes: Sequence<ClientWrite>
  readonly pinned: Sequence<PinnedWriteOp>
  readonly tableWrites: Sequence<TableWriteOp>
  readonly readsPrimary: Sequence<ReadOp>
  readonly readsStandby: Sequence<ReadOp>
  readonly scatterReads: Sequence<ScatterReadOp>
}

export function sortOps(table: OpTable): SortedOps {
  const ops = table.byCompletion()
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
