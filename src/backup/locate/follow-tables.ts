// PURE: what each transaction of the WAL did to some tables: rows, files that went, locks. The tables are followed from
// file to file, since VACUUM FULL, CLUSTER, TRUNCATE and much of ALTER TABLE give them another.
// Invariant: only what committed is a change; a subtransaction's is its parent's, by the list in the COMMIT record.
// Lines come in the order of the WAL. Memory: a few numbers for each transaction that touched a table.
// Not here: which of the transactions is looked for (tie-statement.ts, choose-drop.ts).
import {
  pointOf,
  type AbortLine,
  type ChangeLine,
  type CommitLine,
  type CommitPoint,
  type RowChange,
  type WalLine,
} from './parse-waldump.ts'

/** A table as the catalogs had it where the WAL begins. */
export interface WatchedTable {
  /** `db/oid` */
  readonly oid: string
  /** For a person: schema.table. */
  readonly name: string
  /** `spc/db/rel`; null for one that is partitioned, which has none. */
  readonly file: string | null
  /** `db/oid` of its indexes, and of its TOAST table and that one's. */
  readonly kin: ReadonlySet<string>
}

export type RowCounts = Readonly<Record<RowChange, number>>

/**
 * How the file went. `rewrite`: the rows moved into another (VACUUM FULL, CLUSTER, ALTER TABLE). `unknown`: WAL does
 * not tell, since the transaction did more than one such thing.
 */
export type Loss = 'drop' | 'truncate' | 'rewrite' | 'unknown'

export interface TableEffect {
  readonly rows: RowCounts
  readonly lost: Loss | null
  /** An access exclusive lock was taken. */
  readonly locked: boolean
}

/** In place of an oid: what a transaction made itself, and nobody else saw before it was committed. */
export const madeItself = 'made'

/** By the table's oid. */
export type Effects = ReadonlyMap<string, TableEffect>

export interface CommittedEffects extends CommitPoint {
  readonly effects: Effects
}

/** What came to nothing: rolled back, also to a savepoint, or not ended where the WAL ends. */
export interface VoidEffects {
  readonly xid: number
  readonly how: 'rolled-back' | 'unfinished' | 'prepared'
  /** null where it did not end, or the zone is not UTC. */
  readonly atMs: number | null
  readonly effects: Effects
}

export interface FollowedTables {
  /** Those that did something to the tables, in the order of their commits. */
  readonly committed: readonly CommittedEffects[]
  readonly voided: readonly VoidEffects[]
  /** 0 means that there was nothing to search in, which is not the same as that nothing was done. */
  readonly commitsSeen: number
  /** How those transactions ended that were asked for by their ids. */
  readonly ends: ReadonlyMap<number, CommitPoint | 'rolled-back'>
}

interface Pending {
  readonly rows: Map<string, Record<RowChange, number>>
  readonly created: string[]
  readonly truncated: string[]
  readonly locked: Set<string>
  prepared: boolean
}

export interface TableFollower {
  readonly take: (line: WalLine) => void
  readonly result: () => FollowedTables
}

/** `xids`: transactions whose end is told whatever they did. */
export function tableFollower(tables: readonly WatchedTable[], xids: ReadonlySet<number> = new Set()): TableFollower {
  const files = fileBook(tables)
  const pending = new Map<number, Pending>()
  const committed: CommittedEffects[] = []
  const voided: VoidEffects[] = []
  const ends = new Map<number, CommitPoint | 'rolled-back'>()
  const fresh = new Set<string>()
  let commitsSeen = 0

  const pendingOf = (xid: number): Pending => {
    const found = pending.get(xid) ?? {rows: new Map(), created: [], truncated: [], locked: new Set(), prepared: false}
    pending.set(xid, found)
    return found
  }
  const takeAll = (line: CommitLine | AbortLine): Pending => {
    const all = mergeAll(takeOut(pending, line))
    for (const file of all.created) fresh.delete(file)
    return all
  }
  const onCommit = (line: CommitLine): void => {
    commitsSeen++
    if (xids.has(line.xid)) ends.set(line.xid, pointOf(line))
    const own = takeAll(line)
    const effects = effectsOf(tables, own, table => lossOf(line, own, files.kinOf(table), files.takenBy(line)))
    const all = withMade(effects, line, own)
    if (all.size > 0) committed.push({...pointOf(line), effects: all})
    files.replace(line, own.created)
  }
  const onAbort = (line: AbortLine): void => {
    if (xids.has(line.xid)) ends.set(line.xid, 'rolled-back')
    const effects = effectsOf(tables, takeAll(line), () => null)
    if (effects.size > 0) voided.push({xid: line.xid, how: 'rolled-back', atMs: line.abortedAtMs, effects})
  }
  const onChange = ({xid, change, rows, relation}: ChangeLine): void => {
    for (const oid of fresh.has(relation) ? [relation] : files.tablesOf(relation)) {
      const counts = pendingOf(xid).rows.get(oid) ?? {insert: 0, update: 0, delete: 0}
      counts[change] += rows
      pendingOf(xid).rows.set(oid, counts)
    }
  }
  const take = (line: WalLine): void => {
    if (line.kind === 'change') onChange(line)
    else if (line.kind === 'commit') onCommit(line)
    else if (line.kind === 'abort') onAbort(line)
    else if (line.kind === 'create') {
      pendingOf(line.xid).created.push(line.relation)
      fresh.add(line.relation)
    } else if (line.kind === 'truncate') pendingOf(line.xid).truncated.push(...line.oids)
    else if (line.kind === 'lock') pendingOf(line.xid).locked.add(line.oid)
    else pendingOf(line.xid).prepared = true
  }
  const open = (): readonly VoidEffects[] =>
    [...pending].flatMap(([xid, one]) => {
      const effects = effectsOf(tables, one, () => null)
      return effects.size === 0 ? [] : [{xid, how: one.prepared ? 'prepared' : 'unfinished', atMs: null, effects}]
    })
  return {take, result: () => ({committed: [...committed], voided: [...voided, ...open()], commitsSeen, ends})}
}

/** Which files the tables have, at the place in the WAL where the reader is. */
function fileBook(tables: readonly WatchedTable[]) {
  const owners = new Map<string, Set<string>>()
  const add = (file: string, oid: string): void => {
    owners.set(file, (owners.get(file) ?? new Set()).add(oid))
  }
  for (const {file, oid} of tables) if (file !== null) add(file, oid)
  const kin = new Map(tables.map(table => [table.oid, new Set(table.kin)]))
  const takenBy = ({relations, droppedOids}: CommitLine): ReadonlyMap<string, string> =>
    new Map(
      relations.flatMap(file => {
        const own = [...(owners.get(file) ?? [])]
        // Of those whose it may be, one that is dropped with it had it.
        const dropped = own.filter(oid => droppedOids.includes(oid))
        return (dropped.length > 0 ? dropped : own).map(oid => [oid, file] as const)
      }),
    )
  return {
    tablesOf: (file: string): Iterable<string> => owners.get(file) ?? [],
    /** With the indexes and TOAST tables that rewrites gave it. */
    kinOf: (table: WatchedTable): WatchedTable => ({...table, kin: kin.get(table.oid) ?? table.kin}),
    /** Tables whose file is gone with it, and which file that was. */
    takenBy,
    /**
     * All that the transaction created and kept, not only the heir: WAL does not say which is which. One watched too
     * many costs a candidate too many, one missed hides the transaction that is looked for.
     */
    replace: (line: CommitLine, created: readonly string[]): void => {
      const taken = [...takenBy(line).keys()]
      for (const oid of taken) for (const file of created) kin.get(oid)?.add(oidOf(file))
      for (const file of line.relations) owners.delete(file)
      for (const file of created) if (!line.relations.includes(file)) for (const oid of taken) add(file, oid)
    },
  }
}

/** What its subtransactions did too. */
function takeOut(pending: Map<number, Pending>, {xid, subxacts}: CommitLine | AbortLine): readonly Pending[] {
  return [xid, ...subxacts].flatMap(id => {
    const found = pending.get(id)
    pending.delete(id)
    return found ?? []
  })
}

function mergeAll(all: readonly Pending[]): Pending {
  const merged: Pending = {rows: new Map(), created: [], truncated: [], locked: new Set(), prepared: false}
  for (const one of all) {
    for (const [oid, counts] of one.rows) {
      const sum = merged.rows.get(oid) ?? {insert: 0, update: 0, delete: 0}
      addRows(sum, counts)
      merged.rows.set(oid, sum)
    }
    merged.created.push(...one.created)
    merged.truncated.push(...one.truncated)
    for (const oid of one.locked) merged.locked.add(oid)
  }
  return merged
}

const noRows: RowCounts = {insert: 0, update: 0, delete: 0}

function effectsOf(
  tables: readonly WatchedTable[],
  {rows, locked}: Pending,
  lostOf: (table: WatchedTable) => Loss | null,
): Effects {
  return new Map(
    tables.flatMap(table => {
      const effect = {rows: rows.get(table.oid) ?? noRows, lost: lostOf(table), locked: locked.has(table.oid)}
      return effect.rows === noRows && effect.lost === null && !effect.locked ? [] : [[table.oid, effect] as const]
    }),
  )
}

/**
 * Rows in files that it made and kept are counted by the file, since no catalog has told yet whose that is: of a table
 * that it made, or emptied before.
 */
function withMade(effects: Effects, {relations}: CommitLine, {rows, created}: Pending): Effects {
  const sum = {...noRows}
  for (const file of created) if (!relations.includes(file)) addRows(sum, rows.get(file) ?? noRows)
  if (sum.insert + sum.update + sum.delete === 0) return effects
  const filled = [...effects].map(([oid, effect]): readonly [string, TableEffect] => {
    if (effect.lost !== 'truncate') return [oid, effect]
    const all = {...effect.rows}
    addRows(all, sum)
    return [oid, {...effect, rows: all}]
  })
  return new Map([...filled, [madeItself, {rows: sum, lost: null, locked: false}]])
}

function addRows(to: Record<RowChange, number>, rows: RowCounts): void {
  for (const change of ['insert', 'update', 'delete'] as const) to[change] += rows[change]
}

/**
 * A DROP drops the statistics of the table's own oid. What rewrites a table fills a new one, gives its file to the
 * table and drops it again, under the oid that its file had: that file stays. TRUNCATE only makes an empty file, where
 * the old one was. Source: finish_heap_swap, RelationSetNewRelfilenumber.
 */
function lossOf(
  {droppedOids, relations}: CommitLine,
  {created, truncated, locked}: Pending,
  {oid, kin}: WatchedTable,
  taken: ReadonlyMap<string, string>,
): Loss | null {
  if (droppedOids.includes(oid)) return 'drop'
  const file = taken.get(oid)
  if (file === undefined) return null
  // The record leaves the database out.
  if (truncated.includes(oid.slice(oid.indexOf('/') + 1))) return 'truncate'
  const kept = created.filter(one => !relations.includes(one))
  const swapped = kept.filter(one => droppedOids.includes(oidOf(one)))
  if (swapped.length === 0) {
    if (kept.length === 0) return 'unknown'
    return kept.some(one => spaceOf(one) === spaceOf(file)) ? 'truncate' : 'rewrite'
  }
  // Was everything that was locked this table's? Then nothing else was rewritten, or truncated, beside it.
  const own = new Set([oid, ...kin, ...created.map(oidOf)])
  return taken.size === 1 && [...locked].every(one => own.has(one)) ? 'rewrite' : 'unknown'
}

/** `db/oid` of a new table: its first file bears its oid. */
function oidOf(file: string): string {
  return file.slice(file.indexOf('/') + 1)
}

function spaceOf(file: string): string {
  return file.slice(0, file.indexOf('/'))
}
