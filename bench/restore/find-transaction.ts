// Part: how long hl's own search takes to find the transaction that did the damage, by how much WAL it has to look
// through. Not here: the search (src/backup/locate).
import {endOf, searchWal, type Damage} from '../../src/backup/locate/search-wal.ts'
import type {Choice} from '../../src/backup/locate/choose-offending.ts'
import {findStatements} from '../../src/backup/locate/read-logs.ts'
import type {Lsn} from '../../src/model/lsn.ts'
import type {RestoreNode} from '../../src/model/ports.ts'
import {spreadOf} from '../router/figures.ts'
import type {Findings, Table} from '../router/part.ts'
import {interleaved, type ByContender} from '../router/rounds.ts'
import {emptyRestorePlace, restoredData, startArchive, startRestorePlace} from './archive.ts'
import {hlBackup, listingOf, restoreNode, wayOf} from './hl-way.ts'
import {loadShop, orderUntil, walPosition} from './load-shop.ts'
import {cacheText, emptyCache, type Cache} from './page-cache.ts'
import {ask, handOverWal, pushCommand, startPrimary, stopServer} from './primary.ts'
import type {RestoreBench, RestorePart} from './restore-part.ts'
import {gib, gibText, secondsMedian, secondsSpread} from './sizes.ts'

const baseBytes = 0.25 * gib
const victimRows = 50_000
const badUpdate = /UPDATE updated SET/
const sizes = ['0.06', '0.25', '1'] as const
const damages = ['DROP TABLE', 'UPDATE without WHERE'] as const
type Size = (typeof sizes)[number]
type DamageName = (typeof damages)[number]
type Name = `${DamageName}, ${Size}`
const names = sizes.flatMap(size => damages.map((damage): Name => `${damage}, ${size}`))

interface Search {
  /** Bringing the copied base to its consistent point, and asking it which files the table has. */
  readonly baseMs: number
  /** pg_waldump, and bringing its lines here. */
  readonly dumpMs: number
  readonly allMs: number
  readonly outcome: string
}

interface Measured {
  readonly searches: ByContender<Name, Search>
  readonly walBytes: ReadonlyMap<Size, number>
  readonly cache: Cache
}

export const findTransaction: RestorePart = {
  name: 'find-transaction',
  about:
    'how long finding the transaction of a DROP TABLE or an UPDATE without WHERE takes, by the WAL that is searched',
  run,
}

async function run({undo, rounds, scale, tell}: RestoreBench): Promise<Findings> {
  const archive = await startArchive(undo)
  const primary = await startPrimary(
    {archive, settings: {log_statement: 'none', log_line_prefix: '%m [%p] %q%v %x %u@%d '}},
    undo,
  )
  const {machine} = primary
  tell('loading')
  await loadShop(primary, baseBytes * scale)
  await ask(machine, `ALTER SYSTEM SET archive_command = '${pushCommand}'; SELECT pg_reload_conf(); ${victims}`)
  const backup = await hlBackup(archive, {kind: 'full', compression: 'none'})
  const from = await walPosition(machine)
  const walUntil = async (gibs: number): Promise<Lsn> => orderUntil(machine, from, gibs * gib * scale)
  tell('orders, damage, orders')
  await walUntil(Number(sizes[0]) / 2)
  const xids: Readonly<Record<DamageName, string>> = {
    'DROP TABLE': await damage(machine, 'DROP TABLE dropped'),
    'UPDATE without WHERE': await damage(machine, 'UPDATE updated SET amount = 0'),
  }
  const ends = new Map<Size, Lsn>()
  for (const size of sizes) ends.set(size, await walUntil(Number(size)))
  await handOverWal(primary)
  const log = await machine.exec('cat /pg/log')
  await stopServer(machine)
  const place = await startRestorePlace({archive}, undo)
  await emptyRestorePlace(place)
  await place.exec(`backup-fetch /archive/${primary.systemIdentifier} ${restoredData} ${backup.id}`)
  const listing = await listingOf(archive, primary.systemIdentifier)
  const wishes: Readonly<Record<DamageName, Damage>> = {
    'DROP TABLE': {kind: 'drop', table: 'dropped'},
    'UPDATE without WHERE': {kind: 'statement', pattern: badUpdate, found: findStatements([log], badUpdate)},
  }
  let cache: Cache = 'warm'
  const searches = await interleaved(names, rounds, async name => {
    tell(`search: ${name} GiB`)
    cache = await emptyCache(place.name)
    const {size, damage: kind} = partsOf(name)
    return search(restoreNode(place), xids[kind], async node =>
      searchWal(node, wishes[kind], {
        listing,
        ...endOf(backup),
        lineage: wayOf(listing),
        endLsn: ends.get(size) ?? from,
      }),
    )
  })
  const measured: Measured = {
    searches,
    walBytes: new Map(sizes.map(size => [size, Number((ends.get(size) ?? from) - from)])),
    cache,
  }
  return {
    tables: [tableOf(measured, rounds)],
    raw: {...measured, walBytes: Object.fromEntries(measured.walBytes)},
    versions: {PostgreSQL: primary.version},
  }
}

const victims = `CREATE TABLE dropped (id int PRIMARY KEY, note text NOT NULL); INSERT INTO dropped SELECT id, md5(id::text) FROM generate_series(1, ${victimRows}) id;
  CREATE TABLE updated (id int PRIMARY KEY, amount int NOT NULL); INSERT INTO updated SELECT id, id FROM generate_series(1, ${victimRows}) id;`

/** One statement, logged as a lab logs it; gives its transaction. */
async function damage(machine: Parameters<typeof ask>[0], statement: string): Promise<string> {
  return ask(machine, `SET log_statement = mod; BEGIN; SELECT pg_current_xact_id(); ${statement}; COMMIT;`)
}

function partsOf(name: Name): {readonly damage: DamageName; readonly size: Size} {
  const kind = damages.find(each => name.startsWith(each)) ?? damages[0]
  return {damage: kind, size: sizes.find(each => name === `${kind}, ${each}`) ?? sizes[0]}
}

/** Times what the search asks of the container; the rest of its time is spent reading lines. */
async function search(inner: RestoreNode, xid: string, find: (node: RestoreNode) => Promise<Choice>): Promise<Search> {
  const spent = {baseMs: 0, dumpMs: 0}
  let cut = ''
  const node: RestoreNode = {
    remove: async () => inner.remove(),
    exec: async (argv, options) => {
      const isDump = argv.includes('pg_waldump')
      const fromMs = performance.now()
      const result = await inner.exec(argv, options)
      spent[isDump ? 'dumpMs' : 'baseMs'] += performance.now() - fromMs
      // The search goes on with what there is, so its time would be that of less WAL than it says.
      if (isDump && result.exitCode !== 0)
        cut = ` (in a part of the WAL only: pg_waldump was cut off after ${(result.stdout.length / 1e6).toFixed(0)} MB of lines)`
      return result
    },
  }
  const fromMs = performance.now()
  const outcome = await find(node).then(
    choice => outcomeOf(choice, xid),
    (error: unknown) => (error instanceof Error ? error.message.slice(0, 200) : String(error)),
  )
  return {...spent, allMs: performance.now() - fromMs, outcome: outcome + cut}
}

function outcomeOf(choice: Choice, xid: string): string {
  if (choice.kind !== 'found')
    return choice.kind === 'ambiguous'
      ? `ambiguous: ${choice.candidates.length} candidates`
      : `not found: ${choice.searched}`
  return String(choice.offending.xid) === xid ? 'found' : `wrong: ${choice.offending.xid} instead of ${xid}`
}

function tableOf({searches, walBytes, cache}: Measured, rounds: number): Table {
  const rows = damages.flatMap(kind =>
    sizes.map(size => {
      const done = searches[`${kind}, ${size}`]
      const bytes = walBytes.get(size) ?? Number.NaN
      const rest = spreadOf(done.map(({allMs, baseMs}) => allMs - baseMs)).median
      return [
        kind,
        gibText(bytes),
        secondsSpread(done.map(({allMs}) => allMs)),
        secondsMedian(done.map(({baseMs}) => baseMs)),
        secondsMedian(done.map(({dumpMs}) => dumpMs)),
        secondsMedian(done.map(({allMs, baseMs, dumpMs}) => allMs - baseMs - dumpMs)),
        (rest / 1_000 / (bytes / gib)).toFixed(1),
        [...new Set(done.map(({outcome}) => outcome))].join('; '),
      ]
    }),
  )
  return {
    title: 'Finding the bad transaction',
    head: [
      'damage',
      'WAL searched',
      'all s',
      'of it base s',
      'pg_waldump s',
      'reading lines s',
      's per GiB without base',
      'outcome',
    ],
    rows,
    note: `Median of ${rounds} rounds, interleaved; in brackets the least and the greatest. ${cacheText(cache)} hl's own search (\`--before-drop\`, \`--before-statement\`) after the copy of the base: base is the start up to the consistent point, and asking which files the tables have. The damage (${victimRows} rows) lies in the first ${sizes[0]} GiB; all of the WAL up to the end of the range is searched, since a later one may be the offending transaction too. Found: its transaction and no other. DROP needs the records of transactions only, UPDATE those of rows as well. The log that bounds the time of the UPDATE holds nothing but the damage here; in a lab it holds every statement that changes something.`,
  }
}
