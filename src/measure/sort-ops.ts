// The stored operations in order of completion, split by kind. Invariant: in whatever order they were stored, the
// result is the same. Not here: what any of them means.
import type {AppendOp, Op, PinnedWriteOp, ReadOp, ScatterReadOp, TableWriteOp, TransferOp} from '../model/history.ts'
import {where} from './columns.ts'
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
    writes: ofKinds<ClientWrite>(ops, 'append', 'transfer'),
    pinned: ofKinds<PinnedWriteOp>(ops, 'pinned-write'),
    tableWrites: ofKinds<TableWriteOp>(ops, 'table-write'),
    readsPrimary: ofKinds<ReadOp>(ops, 'read-primary'),
    readsStandby: ofKinds<ReadOp>(ops, 'read-standby'),
    scatterReads: ofKinds<ScatterReadOp>(ops, 'scatter-read'),
  }
}

export function appendsOf(writes: Sequence<ClientWrite>): Sequence<AppendOp> {
  return ofKinds<AppendOp>(writes, 'append')
}

export function transfersOf(writes: Sequence<ClientWrite>): Sequence<TransferOp> {
  return ofKinds<TransferOp>(writes, 'transfer')
}

function ofKinds<Some extends Op>(ops: Sequence<Op>, ...kinds: readonly Some['kind'][]): Sequence<Some> {
  return where(ops, ({kind}) => kinds.some(one => one === kind)) as Sequence<Some>
}
