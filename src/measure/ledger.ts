// The ledger against the final state: lost, duplicated, phantom, resurrected, and what became of the unknown ones.
// Invariant: only an acknowledged write can be lost; nothing is said when the final state could not be read. Not here:
// what a loss amounts to (rpo.ts).
import {
  acknowledged,
  type AppendOp,
  type FinalState,
  type Op,
  type PinnedWriteOp,
  type TransferOp,
} from '../model/history.ts'
import {finalProblem} from './final-problem.ts'
import {IdSet} from './id-set.ts'
import {countOf, type Sequence} from './sequence.ts'

export interface LedgerComparison {
  /** False: every unknown is unknowable, and the other counts are 0 because nothing can be said. */
  readonly readable: boolean
  /** Why not. */
  readonly problem: string | null
  /** How many rows the final state holds: without one it says nothing of what should not be there. */
  readonly rows: number
  /** Acknowledged writes of clients that are gone, oldest acknowledgement first. */
  readonly lost: Sequence<AppendOp | TransferOp>
  /**
   * Acknowledged pinned writes that are gone: a broken promise as well, counted apart because their rate is not the
   * clients'.
   */
  readonly lostPinned: Sequence<PinnedWriteOp>
  /** Ids that are there more than once. */
  readonly duplicated: readonly number[]
  /** Ids that are there and were never attempted. */
  readonly phantom: readonly number[]
  /** Ids that are there although the outcome was failed. */
  readonly resurrected: readonly number[]
  readonly unknown: {readonly found: number; readonly absent: number; readonly unknowable: number}
  /** Is this write in the final state? True for all when that could not be read. */
  readonly survived: (id: number) => boolean
}

export function compareLedger(
  writes: Sequence<AppendOp | TransferOp>,
  pinned: Sequence<PinnedWriteOp>,
  final: FinalState | null,
  sharded = false,
): LedgerComparison {
  const unknown = countOf(writes, isUnknown)
  const problem = finalProblem(final, writes, sharded)
  if (final === null || problem !== null) {
    return {
      readable: false,
      problem,
      rows: 0,
      lost: [],
      lostPinned: [],
      duplicated: [],
      phantom: [],
      resurrected: [],
      unknown: {found: 0, absent: 0, unknowable: unknown},
      survived: () => true,
    }
  }
  const appends = compareKind(
    writes.filter(op => op.kind === 'append'),
    final.ledgerIds,
  )
  const transfers = compareKind(
    writes.filter(op => op.kind === 'transfer'),
    final.transferIds,
  )
  const probes = compareKind(pinned, final.pinnedIds)
  const client = [appends, transfers]
  const found = client.reduce((sum, kind) => sum + kind.unknownFound, 0)
  return {
    readable: true,
    problem: null,
    rows: final.ledgerIds.length + final.transferIds.length + final.pinnedIds.length,
    lost: writes.filter(op => appends.lostIds.has(op.id) || transfers.lostIds.has(op.id)),
    lostPinned: pinned.filter(op => probes.lostIds.has(op.id)),
    duplicated: [...client, probes].flatMap(kind => kind.duplicated),
    phantom: [...client, probes].flatMap(kind => kind.phantom),
    resurrected: [...client, probes].flatMap(kind => kind.resurrected),
    unknown: {found, absent: unknown - found, unknowable: 0},
    survived: id => appends.present.has(id) || transfers.present.has(id),
  }
}

const isUnknown = ({outcome}: Op): boolean => outcome === 'unknown'

function compareKind(ops: Sequence<Op>, finalIds: readonly number[]) {
  const present = IdSet.of(finalIds)
  return {
    present,
    lostIds: IdSet.of(ops.filter(op => acknowledged(op) && !present.has(op.id)).map(op => op.id)),
    duplicated: present.size === finalIds.length ? [] : repeated(finalIds),
    phantom: phantoms(present, finalIds, ops),
    resurrected: [...ops.filter(op => op.outcome === 'failed' && present.has(op.id)).map(op => op.id)],
    unknownFound: countOf(ops, op => isUnknown(op) && present.has(op.id)),
  }
}

/** Those that no operation has, each once. */
function phantoms(present: IdSet, finalIds: readonly number[], ops: Sequence<Op>): readonly number[] {
  const found = new IdSet(finalIds.length)
  for (const {id} of ops) if (present.has(id)) found.add(id)
  return found.size === present.size ? [] : finalIds.filter(id => found.add(id))
}

function repeated(ids: readonly number[]): readonly number[] {
  const [once, twice] = [new IdSet(ids.length), new Set<number>()]
  for (const id of ids) if (!once.add(id)) twice.add(id)
  return [...twice]
}
