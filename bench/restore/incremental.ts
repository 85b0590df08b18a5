// Part: full and incremental backups when a share of the pages has changed: what they take, what they store, and what
// it costs to restore a chain. Not here: the way itself (hl-way.ts).
import type {BackupRecord} from '../../src/model/backup.ts'
import {ratioOf, spreadOf} from '../router/figures.ts'
import {spreadText} from '../router/format.ts'
import type {Findings, Table} from '../router/part.ts'
import {interleaved, type ByContender} from '../router/rounds.ts'
import {emptyRestorePlace, restoredData, startArchive, startRestorePlace, type Archive} from './archive.ts'
import {forgetBackup, hlBackup, listingOf, wayOf} from './hl-way.ts'
import {databaseBytes} from './load-shop.ts'
import type {Machine} from './machines.ts'
import {cacheText, emptyCache, type Cache} from './page-cache.ts'
import {ask, pushCommand, startPrimary, type Primary} from './primary.ts'
import {recovery} from './recover.ts'
import type {RestoreBench, RestorePart} from './restore-part.ts'
import {restoreCommand} from '../../src/backup/wal/timeline-history.ts'
import {gib, gibText, secondsSpread, timed} from './sizes.ts'

const tableBytes = 1 * gib
/** Of a page of 8 kB, rows of 850 bytes, and room for a new version of one or two. */
const rowsPerPage = 6

const kinds = ['full', 'incremental'] as const
type Kind = (typeof kinds)[number]
const shares = [1, 10, 100] as const

/** Of a full one: what an increment may take of its size or time and still be worth the longer chain. */
const savesLessThan = 0.8

interface Turn {
  readonly backupMs: number
  readonly bytes: number
  readonly fetchMs: number
  readonly startMs: number
}

interface Case {
  readonly share: number
  readonly turns: ByContender<Kind, Turn>
}

interface Setting {
  readonly archive: Archive
  readonly primary: Primary
  readonly place: Machine
  /** What every incremental one is a difference to. */
  readonly base: BackupRecord
}

export const incremental: RestorePart = {
  name: 'incremental',
  about: 'full and incremental backups, and their restores, when 1 %, 10 % and 100 % of the pages have changed',
  run,
}

async function run({undo, rounds, scale, tell}: RestoreBench): Promise<Findings> {
  const archive = await startArchive(undo)
  const primary = await startPrimary({archive}, undo)
  const {machine} = primary
  tell('loading')
  const pages = Math.round((tableBytes * scale) / 8_192)
  await ask(
    machine,
    `ALTER SYSTEM SET archive_command = '${pushCommand}'; ALTER SYSTEM SET max_wal_size = '4GB'; SELECT pg_reload_conf();
    CREATE EXTENSION pgcrypto; CREATE TABLE pages (id int, version int NOT NULL, filler text NOT NULL) WITH (fillfactor = 66, autovacuum_enabled = off);
    INSERT INTO pages SELECT id, 0, encode(gen_random_bytes(410), 'hex') FROM generate_series(1, ${pages * rowsPerPage}) id;
    VACUUM (FREEZE, ANALYZE) pages; CHECKPOINT;`,
  )
  const place = await startRestorePlace({archive}, undo)
  const setting: Setting = {archive, primary, place, base: await hlBackup(archive, {kind: 'full', compression: 'none'})}
  const facts = {databaseBytes: await databaseBytes(machine)}
  const cases: Case[] = []
  let cache: Cache = 'warm'
  for (const [index, share] of shares.entries()) {
    await changePages(machine, share, index + 1)
    const turns = await interleaved(kinds, rounds, async kind => {
      tell(`${share} % of the pages changed: ${kind}`)
      cache = await emptyCache(machine.name)
      return turnOf(setting, kind)
    })
    cases.push({share, turns})
  }
  return {
    tables: [tableOf(cases, facts.databaseBytes, cache, rounds)],
    raw: cases,
    versions: {PostgreSQL: primary.version},
  }
}

/**
 * One row of each chosen page, a new one in the same page: no other page is touched. `row`: another each time, since
 * the one before has no version of its own there any more.
 */
async function changePages(machine: Machine, percent: number, row: number): Promise<void> {
  await ask(
    machine,
    `UPDATE pages SET version = version + 1 WHERE ctid IN (SELECT format('(%s,${row})', page)::tid FROM generate_series(0, pg_relation_size('pages') / 8192 - 1, ${100 / percent}) page); CHECKPOINT;`,
  )
}

/**
 * Takes one, restores it up to its consistent point, and takes it out of the catalog: the next one finds what this one
 * found.
 */
async function turnOf({archive, primary, place, base}: Setting, kind: Kind): Promise<Turn> {
  const taken: BackupRecord[] = []
  const backupMs = await timed(async () => taken.push(await hlBackup(archive, {kind, compression: 'none'})))
  const [record] = taken
  if (record === undefined) throw new Error('no backup was taken')
  const chain = kind === 'incremental' ? [base, record] : [record]
  const listing = await listingOf(archive, primary.systemIdentifier)
  const directory = `/archive/${primary.systemIdentifier}`
  await emptyRestorePlace(place)
  await emptyCache(place.name)
  const fetchMs = await timed(async () =>
    place.exec(`backup-fetch ${directory} ${restoredData} ${chain.map(({id}) => id).join(' ')}`),
  )
  const startMs = await timed(async () =>
    recovery(place, [
      'start',
      `restore_command=${restoreCommand(directory, wayOf(listing), listing.segmentBytes)}`,
      'recovery_target=immediate',
      'recovery_target_action=pause',
    ]),
  )
  await recovery(place, ['wait'])
  await recovery(place, ['stop'])
  await forgetBackup(archive, record)
  return {backupMs, bytes: record.bytes.stored, fetchMs, startMs}
}

function tableOf(cases: readonly Case[], bytes: number, cache: Cache, rounds: number): Table {
  return {
    title: `Full and incremental backup of ${gibText(bytes)}`,
    head: ['pages changed', 'kind', 'stored', 'x full', 'backup s', 'x full', 'restore s', 'x full', 'of it fetch s'],
    rows: cases.flatMap(each => kinds.map(kind => rowOf(each, kind))),
    note: `${cases.map(verdict).join(' ')} Median of ${rounds} rounds, interleaved; in brackets the least and the greatest, of ratios those of one round. ${cacheText(cache)} One row was updated in each changed page, pages evenly spread; each incremental backup is a difference to the same full one, and all changes add up, so 10 % and 100 % include those before. \`hl backups create --kind …\` without compression. Restore: \`backup-fetch\`, which combines a chain by pg_combinebackup, and the start until the data is consistent, which syncs all of it; WAL of an incremental backup is the same as of a full one, and is not in here. The server keeps WAL summaries, as in a lab.`,
  }
}

function rowOf({share, turns}: Case, kind: Kind): readonly string[] {
  const figures = (of: (turn: Turn) => number, ofKind: Kind = kind): readonly number[] => turns[ofKind].map(of)
  const ratio = (of: (turn: Turn) => number): string =>
    kind === 'full' ? '1' : spreadText(ratioOf(figures(of), figures(of, 'full')), 2)
  return [
    `${share} %`,
    kind,
    gibText(spreadOf(figures(({bytes}) => bytes)).median),
    ratio(({bytes}) => bytes),
    secondsSpread(figures(({backupMs}) => backupMs)),
    ratio(({backupMs}) => backupMs),
    secondsSpread(figures(restoreMs)),
    ratio(restoreMs),
    secondsSpread(figures(({fetchMs}) => fetchMs)),
  ]
}

function restoreMs({fetchMs, startMs}: Turn): number {
  return fetchMs + startMs
}

/** In words, from the medians. */
function verdict({share, turns}: Case): string {
  const ratio = (of: (turn: Turn) => number): number => ratioOf(turns.incremental.map(of), turns.full.map(of)).median
  const [size, backup, restore] = [ratio(({bytes}) => bytes), ratio(({backupMs}) => backupMs), ratio(restoreMs)]
  const pays = Math.min(size, backup) < savesLessThan
  return `At ${share} % an incremental backup stores ${size.toFixed(2)} of a full one, takes ${backup.toFixed(2)} of its time, and its chain ${restore.toFixed(2)} of its restore: ${pays ? 'it pays for who backs up more often than restores' : '**it does not pay**'}.`
}
