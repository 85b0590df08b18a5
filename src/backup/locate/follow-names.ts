// Which transactions took away what bears a name at the time, whenever it got that name: made, renamed or moved to
// another schema behind the beginning. WAL tells whose files went by their numbers; names are in the catalogs, which
// are looked at as they were just before whatever may have taken away such a table.
// Invariants: no look where it is known whose the files are and that they bear the names they bore; looks only go
// forward; what was not looked at is told.
// Not here: looking (look-at-tables.ts), what a transaction did to a table (follow-tables.ts).
import type {Lsn} from '../../model/lsn.ts'
import {chooseDrop, type Candidate, type Choice} from './choose-offending.ts'
import {tableFollower, type CommittedEffects, type TableFollower, type WatchedTable} from './follow-tables.ts'
import {pointOf, type CommitLine, type WalLine} from './parse-waldump.ts'

/** The catalogs of a database at one place in the WAL. */
export interface Catalogs {
  /** What the name means there, with what it reaches. */
  readonly tables: readonly WatchedTable[]
  /** Its oid. */
  readonly database: string
  /** `db/oid` of all that has rows for people: tables, partitioned ones, materialized views. */
  readonly tableOids: ReadonlySet<string>
  /** Whose a file is, of indexes and TOAST tables too: `db/oid` by `spc/db/rel`. */
  readonly owners: ReadonlyMap<string, string>
}

/** Just before the record that starts there; null: that cannot be looked at. */
export type Look = (beforeLsn: Lsn) => Promise<Catalogs | null>

export interface FollowedNames {
  readonly committed: readonly CommittedEffects[]
  readonly commitsSeen: number
  /** All that bore the name at some time. */
  readonly tables: readonly WatchedTable[]
  /** What took tables away that were made or renamed since, and was not looked at. */
  readonly unseen: readonly Candidate[]
  /** What dropped a table that had borne the name before, under another one. */
  readonly renamed: readonly Candidate[]
}

export interface NameFollower {
  readonly take: (line: WalLine) => Promise<void> | void
  readonly result: () => FollowedNames
}

/** From one look at the catalogs to the next. */
interface Stretch {
  readonly catalogs: Catalogs
  /** All that had a file, or is partitioned. */
  readonly oids: ReadonlySet<string>
  readonly owners: Map<string, string>
  readonly follower: TableFollower
  /** `db/oid` of what was locked since, as a new name needs it. */
  readonly locked: Set<string>
  schemasChanged: boolean
}

/** `first`: where the lines begin. A line that needs a look is taken when that is over. */
export function nameFollower(first: Catalogs, look: Look): NameFollower {
  const stretches = [stretchOf(first)]
  const pending = new Map<number, WalLine[]>()
  const unseen: Candidate[] = []
  const renamed: Candidate[] = []
  let commitsSeen = 0

  const latest = (): Stretch => stretches.at(-1) ?? stretchOf(first)
  const takeAll = ({xid, subxacts}: Pick<CommitLine, 'xid' | 'subxacts'>): readonly WalLine[] =>
    [xid, ...subxacts].flatMap(id => {
      const found = pending.get(id) ?? []
      pending.delete(id)
      return found
    })
  const lookBefore = async (line: CommitLine, lines: readonly WalLine[]): Promise<void> => {
    const found = await look(line.commitLsn)
    if (found === null) unseen.push({...pointOf(line), what: 'took away a table that was made or renamed since'})
    else {
      const now = new Set(found.tables.map(({oid}) => oid))
      const before = latest().catalogs.tables.filter(({oid}) => !now.has(oid) && line.droppedOids.includes(oid))
      if (before.length > 0)
        renamed.push({...pointOf(line), what: `dropped what had been ${before.map(({name}) => name).join(', ')}`})
      stretches.push(stretchOf(found))
    }
    takeCommit(latest(), line, lines)
  }
  const onCommit = (line: CommitLine): Promise<void> | void => {
    commitsSeen++
    const lines = takeAll(line)
    if (mayTake(latest(), line, lines)) return lookBefore(line, lines)
    takeCommit(latest(), line, lines)
  }
  const take = (line: WalLine): Promise<void> | void => {
    if (line.kind === 'commit') return onCommit(line)
    if (line.kind === 'abort') takeAll(line)
    else if (line.kind === 'truncate' || isOf(latest().catalogs, line))
      pending.set(line.xid, [...(pending.get(line.xid) ?? []), line])
  }
  return {
    take,
    result: () => ({
      committed: stretches.flatMap(({follower}) => follower.result().committed),
      commitsSeen,
      tables: [...new Map(stretches.flatMap(({catalogs}) => catalogs.tables).map(one => [one.oid, one])).values()],
      unseen,
      renamed,
    }),
  }
}

function stretchOf(catalogs: Catalogs): Stretch {
  return {
    catalogs,
    oids: new Set([...catalogs.tableOids, ...catalogs.owners.values()]),
    owners: new Map(catalogs.owners),
    follower: tableFollower(catalogs.tables),
    locked: new Set(),
    schemasChanged: false,
  }
}

/** Rows are nothing here, nor is another database. */
function isOf({database}: Catalogs, line: WalLine): boolean {
  if (line.kind === 'create') return databaseOf(line.relation) === database
  return line.kind === 'lock' && line.oid.startsWith(`${database}/`)
}

function databaseOf(file: string): string {
  return file.split('/')[1] ?? ''
}

/** May it have taken away a table whose name is not known for certain? */
function mayTake(
  {catalogs: {database, tableOids}, oids, owners, locked, schemasChanged}: Stretch,
  {relations, droppedOids}: CommitLine,
  lines: readonly WalLine[],
): boolean {
  const isSure = (oid: string): boolean =>
    oids.has(oid) && (!tableOids.has(oid) || (!schemasChanged && !locked.has(oid)))
  if (droppedOids.some(oid => tableOids.has(oid) && !isSure(oid))) return true
  const own = new Set(lines.flatMap(line => (line.kind === 'create' ? [line.relation] : [])))
  // What makes no file empties none: all that went was dropped, and is named.
  if (own.size === 0 && droppedOids.length > 0 && droppedOids.every(isSure)) return false
  return relations.some(
    file => databaseOf(file) === database && !own.has(file) && !isSure(owners.get(file) ?? 'nobody known'),
  )
}

function takeCommit(stretch: Stretch, line: CommitLine, lines: readonly WalLine[]): void {
  const {follower, owners, locked} = stretch
  for (const one of [...lines, line]) follower.take(one)
  for (const file of line.relations) owners.delete(file)
  for (const one of lines) if (one.kind === 'lock') locked.add(one.oid)
  stretch.schemasChanged ||= line.schemasChanged
}

/** The one that took the table away, or a question; `table` as the person wrote it. */
export function chooseNamed(followed: FollowedNames, table: string): Choice {
  const {unseen, renamed, tables} = followed
  const choice = chooseDrop(followed, tables)
  const more =
    unseen.length === 0 ? '' : `; ${unseen.length} that took away tables made or renamed since were not looked at`
  if (choice.kind === 'found') {
    const {offending, because} = choice
    return {kind: 'found', offending: {...offending, what: `${offending.what}${more}`}, because: `${because}${more}`}
  }
  if (choice.kind === 'ambiguous') return {...choice, because: `${choice.because}${more}`}
  const others = [...unseen, ...renamed].toSorted((a, b) => (a.commitLsn < b.commitLsn ? -1 : 1))
  if (others.length === 0) return choice
  return {
    kind: 'ambiguous',
    candidates: others,
    because: `nothing is known to have taken away ${table} by that name${more}`,
  }
}
