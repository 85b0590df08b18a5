// PURE: which commits took a table's file away: the COMMIT record lists every file that is gone with it.
// Invariant: that list alone does not tell DROP from what gives a table a new file (TRUNCATE, VACUUM FULL, CLUSTER,
// rewriting ALTER TABLE), so every candidate is given, newest last, with what is known about it. Files that took the
// place of a watched one are watched from there on: else a VACUUM FULL would hide the DROP after it.
// Not here: which of the candidates it was (choose-offending.ts), changes of rows (count-changes.ts).
import {pointOf, type CommitLine, type CommitPoint, type WalLine} from './parse-waldump.ts'
import {isAmong} from './relation-name.ts'

/**
 * `drop`, `truncate`: the WAL names a watched table by oid as dropped or truncated. `rewrite`: a new file and the table
 * still there; TRUNCATE (unless wal_level is logical), VACUUM FULL, CLUSTER, ALTER TABLE. `unknown`: no oids were given
 * to compare with, it is any of these.
 */
export type LossKind = 'drop' | 'truncate' | 'rewrite' | 'unknown'

export interface OffendingTransaction extends CommitPoint {
  /** For a person: how many of the watched files it took, and by what. */
  readonly what: string
  readonly how: LossKind
  /** The watched files that it took away, `spc/db/rel`. */
  readonly relations: readonly string[]
}

export interface DropFinding {
  /** Every commit that took a watched file or dropped a watched table, newest last. */
  readonly candidates: readonly OffendingTransaction[]
  readonly last: OffendingTransaction | null
  /**
   * What was watched in the end: `filenodes`, and the files that took their place. Rows changed after a rewrite are in
   * those.
   */
  readonly files: ReadonlySet<string>
  /** 0 means that there was nothing to search in, which is not the same as that nothing was dropped. */
  readonly commitsSeen: number
  /** What must be said beside the candidates; null when the WAL names each of them as a drop or a truncation. */
  readonly caution: string | null
}

export interface DropSearch {
  readonly take: (line: WalLine) => void
  readonly result: () => DropFinding
}

const meaning: Readonly<Record<LossKind, string>> = {
  drop: 'dropped the table',
  truncate: 'truncated the table',
  rewrite: 'emptied or rewrote the table (TRUNCATE, VACUUM FULL, CLUSTER or ALTER TABLE)',
  unknown: 'dropped, emptied or rewrote the table',
}

/**
 * A search that takes lines as they come. `filenodes`: `spc/db/rel` or `db/rel`. `oids`: `db/oid` of the tables, which
 * stays when the file changes; with them a DROP is told from the rest, and found though the file it dropped is not
 * known.
 */
export function searchDrop(filenodes: ReadonlySet<string>, oids: ReadonlySet<string> = new Set()): DropSearch {
  const watched = new Set(filenodes)
  const created = new Map<number, string[]>()
  const truncated = new Map<number, readonly string[]>()
  const candidates: OffendingTransaction[] = []
  let commitsSeen = 0

  const onCommit = (line: CommitLine) => {
    commitsSeen++
    const xids = [line.xid, ...line.subxacts]
    const relations = line.relations.filter(relation => isAmong(watched, relation))
    const how = howLost(
      line,
      xids.flatMap(xid => truncated.get(xid) ?? []),
      oids,
    )
    if (relations.length > 0 || how === 'drop') {
      candidates.push({
        ...pointOf(line),
        how,
        relations,
        what: `${meaning[how]}; took ${relations.length} of ${watched.size} watched files`,
      })
      // All that the transaction created, not only the heir: WAL does not say which is which. One watched too many
      // costs a candidate too many, one missed hides the offending transaction.
      for (const heir of xids.flatMap(xid => created.get(xid) ?? [])) watched.add(heir)
    }
    forget(xids)
  }
  const forget = (xids: readonly number[]) => {
    for (const xid of xids) {
      created.delete(xid)
      truncated.delete(xid)
    }
  }

  const take = (line: WalLine) => {
    if (line.kind === 'commit') onCommit(line)
    else if (line.kind === 'abort') forget([line.xid, ...line.subxacts])
    else if (line.kind === 'create') created.set(line.xid, [...(created.get(line.xid) ?? []), line.relation])
    else if (line.kind === 'truncate') truncated.set(line.xid, [...(truncated.get(line.xid) ?? []), ...line.oids])
  }
  return {
    take,
    result: () => ({
      candidates: [...candidates],
      last: candidates.at(-1) ?? null,
      files: new Set(watched),
      commitsSeen,
      caution: cautionOf(candidates),
    }),
  }
}

/** The same over lines that are all there. */
export function findDrop(
  lines: Iterable<WalLine>,
  filenodes: ReadonlySet<string>,
  oids?: ReadonlySet<string>,
): DropFinding {
  const search = searchDrop(filenodes, oids)
  for (const line of lines) search.take(line)
  return search.result()
}

function howLost(line: CommitLine, truncatedOids: readonly string[], oids: ReadonlySet<string>): LossKind {
  if (oids.size === 0) return 'unknown'
  if (line.droppedOids.some(oid => oids.has(oid))) return 'drop'
  // The TRUNCATE record leaves the database out, where the same oid may be another table: it only names how a watched
  // file went that the COMMIT lists.
  const tables = new Set([...oids].map(oid => oid.slice(oid.indexOf('/') + 1)))
  return truncatedOids.some(oid => tables.has(oid)) ? 'truncate' : 'rewrite'
}

function cautionOf(candidates: readonly OffendingTransaction[]): string | null {
  const unsure = candidates.filter(({how}) => how === 'rewrite' || how === 'unknown').length
  if (unsure === 0) return null
  const which = unsure === 1 ? '1 of the commits' : `${unsure} of the commits`
  return `WAL says which file is gone, not by which statement: ${which} may be harmless (VACUUM FULL, CLUSTER and ALTER TABLE replace the file and keep the rows)`
}
