// The ledger against the final state: lost, duplicated, phantom, resurrected, and what became of the unknown ones.
// Invariant: only an acknowledged write can be lost; nothing is said when the final state could not be read. Not here:
// what a loss amounts to (rpo.ts).
import {acknowledged, type FinalState, type Op, type PinnedWriteOp} from '../model/history.ts'
import {countWhere, eachNumber, where, whose} from './columns.ts'
import {finalProblem} from './final-problem.ts'
import {IdSet} from './id-set.ts'
import type {Sequence} from './sequence.ts'
import {appendsOf, transfersOf, type ClientWrite} from './sort-ops.ts'

export interface LedgerComparison {
  /** False: every unknown is unknowable, and the other counts are 0 because nothing can be said. */
  readonly readable: boolean
  /** Why not. */
  readonly problem: string | null
  /** How many rows the final state holds: without one it says nothing of what should not be there. */
  readonly rows: number
  /** Acknowledged writes of clients that are gone, oldest acknowledgement first. */
  readonly lost: Sequence<ClientWrite>
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
  writes: Sequence<ClientWrite>,
  pinned: Sequence<PinnedWriteOp>,
  final: FinalState | null,
  sharded = false,
): LedgerComparison {
  const unknown = countWhere(writes, isUnknown)
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
  const appends = compareKind(appendsOf(writes), final.ledgerIds)
  const transfers = compareKind(transfersOf(writes), final.transferIds)
  const probes = compareKind(pinned, final.pinnedIds)
  const client = [appends, transfers]
  const found = client.reduce((sum, kind) => sum + kind.unknownFound, 0)
  return {
    readable: true,
    problem: null,
    rows: final.ledgerIds.length + final.transferIds.length + final.pinnedIds.length,
    lost: whose(writes, 'id', id => appends.lostIds.has(id) || transfers.lostIds.has(id)),
    lostPinned: whose(pinned, 'id', id => probes.lostIds.has(id)),
    duplicated: [...client, probes].flatMap(kind => kind.duplicated),
    phantom: [...client, probes].flatMap(kind => kind.phantom),
    resurrected: [...client, probes].flatMap(kind => kind.resurrected),
    unknown: {found, absent: unknown - found, unknowable: 0},
    survived: id => appends.present.has(id) || transfers.present.has(id),
  }
}

const isUnknown = ({outcome}: Pick<Op, 'outcome'>): boolean => outcome === 'unknown'

function compareKind(ops: Sequence<Op>, finalIds: readonly number[]) {
  const present = IdSet.of(finalIds)
  const isThere = (id: number): boolean => present.has(id)
  return {
    present,
    lostIds: IdSet.of(idsOf(where(ops, acknowledged), id => !isThere(id))),
    duplicated: present.size === finalIds.length ? [] : repeated(finalIds),
    phantom: phantoms(present, finalIds, ops),
    resurrected: idsOf(
      where(ops, ({outcome}) => outcome === 'failed'),
      isThere,
    ),
    unknownFound: idsOf(where(ops, isUnknown), isThere).length,
  }
}

function idsOf(ops: Sequence<Op>, is: (id: number) => boolean): readonly number[] {
  const ids: number[] = []
  eachNumber(ops, 'id', id => {
    if (is(id)) ids.push(id)
  })
  return ids
}

/** Those that no operation has, each once. */
function phantoms(present: IdSet, finalIds: readonly number[], ops: Sequence<Op>): readonly number[] {
  const found = new IdSet(finalIds.length)
  eachNumber(ops, 'id', id => {
    if (present.has(id)) found.add(id)
  })
  return found.size === present.size ? [] : finalIds.filter(id => found.add(id))
}

function repeated(ids: readonly number[]): readonly number[] {
  const [once, twice] = [new IdSet(ids.length), new Set<number>()]
  for (const id of ids) if (!once.add(id)) twice.add(id)
  return [...twice]
}
