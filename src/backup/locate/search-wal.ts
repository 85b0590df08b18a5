// Finds the bad transaction in the restore container: the tables as the catalogs had them, then what was done to them,
// from the archived WAL.
// Invariant: it only looks; the copied data is brought to a point before the bad transaction, read and stopped, and the
// recovery goes on from there afterwards. Where the WAL cannot be read to its end nothing is found for certain.
// Not here: reading lines and choosing (the pure files beside this one), the catalogs (look-at-tables.ts).
import {hint} from '../../model/command-hint.ts'
import type {BackupRecord} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import {formatLsn, type Lsn} from '../../model/lsn.ts'
import type {RestoreNode} from '../../model/ports.ts'
import {physicalBackups} from '../catalog/physical-backups.ts'
import {formatTime} from '../restore/parse-time.ts'
import {behindEnd, besides, upToEnd, type Choice} from './choose-offending.ts'
import {chooseNamed, nameFollower, type Catalogs} from './follow-names.ts'
import {madeItself, tableFollower} from './follow-tables.ts'
import {catalogsOf, locateTask, lookoutOf, rowsOf, tablesOf, type FoundTable, type Lookout} from './look-at-tables.ts'
import type {LoggedStatement, StatementLog} from './match-statement.ts'
import type {WalLine} from './parse-waldump.ts'
import {gapIn, openWal, readWal, type SearchRange, type WalEnd} from './read-wal.ts'
import {changesOf, parseTableName, type NamedTarget, type StatementChange} from './statement-targets.ts'
import {tieStatements, type TiedChange, type TiedStatement} from './tie-statement.ts'

/** What a person knows of the damage. */
export type Damage =
  | {readonly kind: 'drop'; readonly table: string}
  | {readonly kind: 'statement'; readonly pattern: RegExp; readonly found: StatementLog}

/** Behind a base. TARGET_UNREACHABLE for a logical one. */
export function endOf(base: BackupRecord): Pick<SearchRange, 'from' | 'consistentLsn'> {
  const [physical] = physicalBackups([base])
  if (physical === undefined)
    throw new HlError('TARGET_UNREACHABLE', `backup ${base.id} is logical: no WAL leads from it`, {
      next: [hint('backups list')],
    })
  const {timeline, stopLsn, stoppedMs} = physical
  return {from: {timeline, lsn: stopLsn, atMs: stoppedMs}, consistentLsn: stopLsn}
}

/** What a lab has: every table that hl itself keeps and restores by name is in there. */
const ownDatabase = 'hl'
/** More would have to be named more closely, and each costs a look at the catalogs. */
const statementsMax = 50
/** Each starts and stops the data, which takes about a second. */
const looksMax = 100
/** Ends of transactions, files, locks: few, however many rows are written. */
const tableRecords = ['Transaction', 'Storage', 'Standby']
const rowRecords = [...tableRecords, 'Heap', 'Heap2']

/**
 * The data directory holds the copied data; afterwards it is stopped at a point before the transaction that was found,
 * or where it was if it stands still. Errors: RESTORE_FAILED, TARGET_UNREACHABLE when the table is not there.
 */
export async function searchWal(node: RestoreNode, damage: Damage, range: SearchRange): Promise<Choice> {
  await openWal(node, range, locateTask)
  const lookout = lookoutOf(node, range)
  const choice =
    damage.kind === 'drop'
      ? await searchDrop(node, lookout, damage.table, range)
      : await searchStatement(node, lookout, damage.found, range, String(damage.pattern))
  if (choice.kind === 'found') await lookout.comeBefore(choice.offending.commitLsn)
  return choice
}

async function searchDrop(node: RestoreNode, lookout: Lookout, table: string, range: SearchRange): Promise<Choice> {
  const target = parseTableName(table)
  if (target === null) throw new HlError('BUG', `${table} is no name`, {next: ['report this with the command you ran']})
  const look = async (): Promise<Catalogs> => catalogsOf(node, ownDatabase, target)
  let looks = 0
  const follower = nameFollower(await lookout.lookAt(null, look), async beforeLsn =>
    range.fetchAgain === undefined || (looks += 1) > looksMax ? null : lookout.lookAt(beforeLsn, look),
  )
  const options = {fromLsn: range.from.lsn, managers: tableRecords}
  const end = (await readWal(node, range, options, locateTask, follower.take)) ?? gapIn(range)
  const followed = follower.result()
  const choice = chooseNamed(followed, table)
  if (choice.kind !== 'not-found' || followed.tables.length > 0) return upToEnd(choice, end)
  throw new HlError(
    'TARGET_UNREACHABLE',
    `there is no table ${table} where the search begins, at ${formatLsn(range.from.lsn)}, and none of ${followed.commitsSeen} commits since took one of that name away${end === null ? '' : `; ${behindEnd(end)}`}`,
    {next: ['write it as schema.table', 'an older backup may have it: --backup <id>', hint('backups list')]},
  )
}

async function searchStatement(
  node: RestoreNode,
  lookout: Lookout,
  {matches, statements, sessionOf}: StatementLog,
  range: SearchRange,
  pattern: string,
): Promise<Choice> {
  const wanted = matches.filter(statement => !isEarlier(statement, range))
  const [first] = wanted.toSorted((a, b) => a.startedMs - b.startedMs)
  if (first === undefined)
    return {
      kind: 'not-found',
      searched: `${matches.length} logged statements match ${pattern}, all of them before the search begins, at ${formatTime(range.from.atMs)}`,
    }
  if (wanted.length > statementsMax)
    return {
      kind: 'not-found',
      searched: `${wanted.length} logged statements match ${pattern}, which are too many to tell apart: write it more closely`,
    }
  const before = await readUntil(node, range, first.startedMs)
  if (before.lookLsn === null)
    return upToEnd(
      {
        kind: 'not-found',
        searched: `nothing in the archive was committed after the statement was logged, at ${formatTime(first.startedMs)}`,
      },
      before.end ?? gapIn(range),
    )
  // A copy stands further back: its tables are followed from there, and nobody counts what they hold later.
  const isThere = range.fetchAgain !== undefined || before.lookLsn <= range.consistentLsn
  const looked = await lookout.lookAt(isThere ? before.lookLsn : null, async () =>
    lookUp(node, {wanted, first, isThere}),
  )
  const follower = tableFollower(looked.tables, new Set(wanted.flatMap(({xid}) => xid ?? [])))
  for (const line of isThere ? before.carried : []) follower.take(line)
  const fromLsn = isThere ? before.scanLsn : range.from.lsn
  const end = await readWal(node, range, {fromLsn, managers: rowRecords}, locateTask, follower.take)
  // One whose end the log does not tell may be over long ago.
  const since = statements.filter(statement =>
    statement.endedMs === null ? !isEarlier(statement, range) : statement.endedMs >= first.startedMs,
  )
  const choice = tieStatements({
    wanted: looked.wanted,
    others: since.map(statement => ({...statement, changes: looked.changesByName(statement)})),
    tables: looked.tables,
    followed: follower.result(),
    sessionOf,
  })
  return upToEnd(besides(choice, earlierText(matches, range)), end ?? gapIn(range))
}

/** Was it begun before the search begins? The log shows ms. */
function isEarlier({startedMs}: LoggedStatement, {from: {atMs}}: SearchRange): boolean {
  return startedMs < Math.floor(atMs)
}

/** Those that match and lie before the search may be what is meant as well; null: there are none. */
function earlierText(matches: readonly LoggedStatement[], range: SearchRange): string | null {
  const earlier = matches.filter(statement => isEarlier(statement, range) && statement.failed === null)
  const last = earlier.reduce((most, {startedMs}) => Math.max(most, startedMs), 0)
  return earlier.length === 0
    ? null
    : `${earlier.length} more that match were logged before the search begins, the last at ${formatTime(last)}, and may be meant as well`
}

interface Before {
  /** The first transaction that ended after the statement was logged ends there; null: none did. */
  readonly lookLsn: Lsn | null
  /** The last end before: rows of any statement that was logged since lie behind it. */
  readonly scanLsn: Lsn
  /** What transactions had done to files by then that had not ended. */
  readonly carried: readonly WalLine[]
  /** Where the WAL could not be read on before that. */
  readonly end: WalEnd | null
}

async function readUntil(node: RestoreNode, range: SearchRange, startedMs: number): Promise<Before> {
  let lookLsn: Lsn | null = null
  let scanLsn = range.from.lsn
  const carried = new Map<number, WalLine[]>()
  const untilEndAt = formatTime(startedMs).replace('T', ' ').replace('Z', '').padEnd(20, '.').padEnd(23, '0')
  const options = {fromLsn: range.from.lsn, managers: tableRecords, untilEndAt}
  const end = await readWal(node, range, options, locateTask, line => {
    if (line.kind === 'commit' || line.kind === 'abort') {
      const [lsn, atMs] =
        line.kind === 'commit' ? [line.commitLsn, line.committedAtMs] : [line.abortLsn, line.abortedAtMs]
      if (lookLsn === null && atMs !== null && atMs >= startedMs) lookLsn = lsn
      if (lookLsn === null) {
        scanLsn = lsn
        for (const xid of [line.xid, ...line.subxacts]) carried.delete(xid)
      }
    } else if (line.kind !== 'change' && lookLsn === null) {
      carried.set(line.xid, [...(carried.get(line.xid) ?? []), line])
    }
  })
  return {lookLsn, scanLsn, carried: [...carried.values()].flat(), end}
}

interface Looked {
  readonly wanted: readonly TiedStatement[]
  readonly tables: readonly FoundTable[]
  /** Of any other statement, by the names of the tables that were found. */
  readonly changesByName: (statement: LoggedStatement) => readonly TiedChange[]
}

/**
 * The tables that the statements name, each in the database of its session. `isThere`: they are looked at when the
 * first of them was run, not long before; what that one means as every row is counted only then, since for a later one
 * the count may be out of date.
 */
async function lookUp(
  node: RestoreNode,
  {
    wanted,
    first,
    isThere,
  }: {readonly wanted: readonly LoggedStatement[]; readonly first: LoggedStatement; readonly isThere: boolean},
): Promise<Looked> {
  const found = new Map<string, {readonly database: string; readonly tables: readonly FoundTable[]}>()
  const tied: TiedStatement[] = []
  for (const statement of wanted) {
    const {database} = statement
    const changes: TiedChange[] = []
    for (const change of changesOf(statement.text)) {
      const key = `${database} ${JSON.stringify(change.targets)}`
      const tables = found.get(key)?.tables ?? (await tablesOf(node, database, change.targets))
      found.set(key, {database, tables})
      const everyRow = isThere && statement === first && change.everyRow
      changes.push(
        isThere && tables.length === 0 && isOfRows(change)
          ? {verb: change.verb, oids: [madeItself], rowsBefore: null}
          : await tiedChange(node, database, {...change, everyRow}, tables),
      )
    }
    tied.push({...statement, changes})
  }
  const lists = [...found.values()]
  return {
    wanted: tied,
    tables: [...new Map(lists.flatMap(({tables}) => tables).map(table => [table.oid, table])).values()],
    changesByName: ({database, text}) =>
      changesOf(text).flatMap(({verb, targets}) => {
        const oids = lists.flatMap(list => (list.database === database ? namedOids(list.tables, targets) : []))
        return oids.length === 0 ? [] : [{verb, oids, rowsBefore: null}]
      }),
  }
}

function isOfRows({verb}: StatementChange): boolean {
  return verb === 'insert' || verb === 'update' || verb === 'delete' || verb === 'merge'
}

async function tiedChange(
  node: RestoreNode,
  database: string,
  {verb, everyRow}: StatementChange,
  tables: readonly FoundTable[],
): Promise<TiedChange> {
  const names = tables.flatMap(({sqlName}) => sqlName ?? [])
  const [only] = names
  const rowsBefore = everyRow && only !== undefined && names.length === 1 ? await rowsOf(node, database, only) : null
  return {verb, oids: tables.map(({oid}) => oid), rowsBefore}
}

/** PURE: those of the tables that are named, with all that a name of one reaches. */
function namedOids(tables: readonly FoundTable[], targets: readonly NamedTarget[]): readonly string[] {
  const isNamed = ({name}: FoundTable): boolean =>
    targets.some(target => name === `${target.schema ?? name.slice(0, name.indexOf('.'))}.${target.name}`)
  const hit = tables.filter(isNamed)
  return hit.some(({sqlName}) => sqlName !== null) ? tables.map(({oid}) => oid) : hit.map(({oid}) => oid)
}
