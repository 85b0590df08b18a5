// PURE: how many rows of some files each committed transaction inserted, updated and deleted, and which did most.
// Invariant: only what committed counts; a subtransaction's rows are its parent's, by the list in the COMMIT record.
// Changes come before the commit they belong to: lines in WAL order, or all of the heap lines and then all of the
// transaction lines. Not here: whole files (find-drop.ts), the choice (choose-offending.ts).
import {
  pointOf,
  type AbortLine,
  type ChangeLine,
  type CommitLine,
  type CommitPoint,
  type RowChange,
  type WalLine,
} from './parse-waldump.ts'
import {isAmong} from './relation-name.ts'

export type RowCounts = Readonly<Record<RowChange, number>>

export interface CommitChanges extends CommitPoint {
  /** By file, `spc/db/rel`; only files that are watched. */
  readonly relations: ReadonlyMap<string, RowCounts>
  readonly total: RowCounts
}

export interface ChangeCounts {
  /** Those that changed watched rows, in the order of their commits. */
  readonly commits: readonly CommitChanges[]
  /** Rows changed by transactions that were rolled back. */
  readonly abortedRows: number
  /**
   * Rows changed by transactions whose end was not seen: prepared, lost in a crash, or the transaction lines are
   * missing.
   */
  readonly unfinishedRows: number
}

export interface RankedCommit extends CommitChanges {
  /** Rows of the asked kind. */
  readonly rows: number
  /** For a person. */
  readonly what: string
}

export interface ChangeCounter {
  readonly take: (line: WalLine) => void
  readonly result: () => ChangeCounts
}

type Tally = Map<string, Record<RowChange, number>>

/**
 * A counter that takes lines as they come. `filenodes`: `spc/db/rel` or `db/rel`. Memory: a few numbers for each
 * transaction that changed watched rows.
 */
export function changeCounter(filenodes: ReadonlySet<string>): ChangeCounter {
  const pending = new Map<number, Tally>()
  const commits: CommitChanges[] = []
  let abortedRows = 0

  const takeAll = ({xid, subxacts}: CommitLine | AbortLine): Tally => {
    const tallies: Tally[] = []
    for (const id of [xid, ...subxacts]) {
      const tally = pending.get(id)
      if (tally !== undefined) tallies.push(tally)
      pending.delete(id)
    }
    return tallies.reduce<Tally>(merge, new Map())
  }
  const onCommit = (line: CommitLine) => {
    const relations = takeAll(line)
    if (relations.size > 0) commits.push({...pointOf(line), relations, total: totalOf(relations)})
  }
  const onChange = ({xid, change, rows, relation}: ChangeLine) => {
    if (!isAmong(filenodes, relation)) return
    const tally = pending.get(xid) ?? new Map<string, Record<RowChange, number>>()
    const counts = tally.get(relation) ?? {insert: 0, update: 0, delete: 0}
    counts[change] += rows
    pending.set(xid, tally.set(relation, counts))
  }

  const take = (line: WalLine) => {
    if (line.kind === 'change') onChange(line)
    else if (line.kind === 'commit') onCommit(line)
    else if (line.kind === 'abort') abortedRows += rowsOf(totalOf(takeAll(line)), 'any')
  }
  const unfinishedRows = () => [...pending.values()].reduce((sum, tally) => sum + rowsOf(totalOf(tally), 'any'), 0)
  return {take, result: () => ({commits: [...commits], abortedRows, unfinishedRows: unfinishedRows()})}
}

/** The same over lines that are all there. */
export function countChanges(lines: Iterable<WalLine>, filenodes: ReadonlySet<string>): ChangeCounts {
  const counter = changeCounter(filenodes)
  for (const line of lines) counter.take(line)
  return counter.result()
}

export type RankKind = RowChange | 'any'

/**
 * The commits that changed at least `minRows` rows (1) in the asked way, most rows first; of equal ones the newest
 * first.
 */
export function rankOffending(
  {commits}: ChangeCounts,
  {kind, minRows = 1}: {readonly kind: RankKind; readonly minRows?: number},
): readonly RankedCommit[] {
  const ranked = commits.map(commit => ({...commit, rows: rowsOf(commit.total, kind), what: describe(commit.total)}))
  return ranked
    .filter(({rows}) => rows >= minRows && rows > 0)
    .sort((a, b) => b.rows - a.rows || (a.commitLsn < b.commitLsn ? 1 : -1))
}

function merge(into: Tally, from: Tally): Tally {
  for (const [relation, counts] of from) {
    const before = into.get(relation) ?? {insert: 0, update: 0, delete: 0}
    into.set(relation, {
      insert: before.insert + counts.insert,
      update: before.update + counts.update,
      delete: before.delete + counts.delete,
    })
  }
  return into
}

function totalOf(tally: Tally): RowCounts {
  const total = {insert: 0, update: 0, delete: 0}
  for (const counts of tally.values()) {
    total.insert += counts.insert
    total.update += counts.update
    total.delete += counts.delete
  }
  return total
}

function rowsOf(counts: RowCounts, kind: RankKind): number {
  return kind === 'any' ? counts.insert + counts.update + counts.delete : counts[kind]
}

function describe(total: RowCounts): string {
  const parts = [
    [total.insert, 'inserted'],
    [total.update, 'updated'],
    [total.delete, 'deleted'],
  ] as const
  return parts
    .filter(([rows]) => rows > 0)
    .map(([rows, verb]) => `${verb} ${rows} ${rows === 1 ? 'row' : 'rows'}`)
    .join(', ')
}
