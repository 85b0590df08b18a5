// Part: one database, backed up and restored by hl and by pgBackRest, beside the floor: a plain copy of the same bytes,
// and replay alone. Not here: the tables (backup-restore-tables.ts).
import type {BackupRecord} from '../../src/model/backup.ts'
import type {Lsn} from '../../src/model/lsn.ts'
import type {Findings} from '../router/part.ts'
import {interleaved, type ByContender} from '../router/rounds.ts'
import {emptyRestorePlace, restoredData, startArchive, startRestorePlace, type Archive} from './archive.ts'
import {backupTable, names, restoreTable, type Measured, type Name} from './backup-restore-tables.ts'
import {forgetBackup, hlBackup, hlRestore, listingOf, type PhaseMs} from './hl-way.ts'
import {databaseBytes, loadShop, orderUntil, walPosition} from './load-shop.ts'
import {makeVolume, type Machine} from './machines.ts'
import {emptyCache, type Cache} from './page-cache.ts'
import {
  buildPgbackrest,
  createStanzas,
  expireBackups,
  pgbackrestBackup,
  pgbackrestImage,
  pgbackrestPush,
  pgbackrestRestore,
  pgbackrestVersion,
  prepareRestore,
  repositoryBytes,
  workers,
  zstdLevel,
  type Compression,
} from './pgbackrest.ts'
import {ask, database, handOverWal, pushCommand, startPrimary, stopServer, type Primary} from './primary.ts'
import {fetchAndRecover} from './recover.ts'
import type {RestoreBench, RestorePart} from './restore-part.ts'
import {gib, timed} from './sizes.ts'

const dataBytes = 5.2 * gib
const walBytes = 1 * gib

interface Setting {
  readonly archive: Archive
  readonly primary: Primary
  /** Of hl, the newest of each compression. */
  readonly records: Map<Name, BackupRecord>
}

/** One fewer than restores, which are what the targets are about. */
function backupRounds(rounds: number): number {
  return Math.max(1, rounds - 1)
}

export const backupRestore: RestorePart = {
  name: 'backup-restore',
  about: 'backup and restore by hl and by pgBackRest, beside a plain copy of the same bytes',
  run,
}

async function run({undo, rounds, scale, tell}: RestoreBench): Promise<Findings> {
  await buildPgbackrest()
  const archive = await startArchive(undo)
  const repository = await makeVolume('repository', undo)
  const primary = await startPrimary({archive, image: pgbackrestImage, moreVolumes: [`${repository}:/repo`]}, undo)
  tell('loading')
  const {events} = await loadShop(primary, dataBytes * scale)
  await createStanzas(primary.machine)
  await ask(
    primary.machine,
    `ALTER SYSTEM SET archive_command = '${pushCommand} && ${pgbackrestPush}'; SELECT pg_reload_conf();`,
  )
  const setting: Setting = {archive, primary, records: new Map()}
  let cache: Cache = 'warm'
  const backups = await interleaved(names, backupRounds(rounds), async name => {
    tell(`backup: ${name}`)
    await clearBackup(setting, name)
    cache = await emptyCache(primary.machine.name)
    return {ms: await timed(async () => takeOne(setting, name)), bytes: await storedBytes(setting, name)}
  })
  tell('orders after the backups')
  const from = await walPosition(primary.machine)
  const target = await orderUntil(primary.machine, from, walBytes * scale)
  await handOverWal(primary)
  const lateOrders = `SELECT count(*) || ' ' || coalesce(sum(amount * id), 0) FROM events WHERE id > ${events};`
  const facts = {
    databaseBytes: await databaseBytes(primary.machine),
    walBytes: Number(target - from),
    expected: await ask(primary.machine, lateOrders),
    pgbackrest: await pgbackrestVersion(primary.machine),
  }
  await stopServer(primary.machine)
  const place = await startRestorePlace({archive, image: pgbackrestImage, moreVolumes: [`${repository}:/repo`]}, undo)
  await prepareRestore(place)
  const restores = await restoreAll({
    setting,
    place,
    target,
    rounds,
    check: async () => checkRestored(place, lateOrders, facts.expected),
    tell,
  })
  const measured: Measured = {backups, restores, databaseBytes: facts.databaseBytes, walBytes: facts.walBytes, cache}
  return {
    tables: [backupTable(measured, backupRounds(rounds)), restoreTable(measured, rounds)],
    raw: measured,
    versions: {PostgreSQL: primary.version, pgBackRest: facts.pgbackrest},
  }
}

async function takeOne({archive, primary: {machine}, records}: Setting, name: Name): Promise<unknown> {
  switch (name) {
    // Of a running server, so it is no backup; it is what reading and writing so many bytes takes.
    case 'floor':
      return machine.exec(
        'mkdir /repo/floor; cd /pg/data; find . -mindepth 1 -maxdepth 1 ! -name pg_wal -exec cp -a -t /repo/floor {} +; sync -f /repo/floor',
      )
    case 'hl':
      return records.set(name, await hlBackup(archive, {kind: 'full', compression: 'none'}))
    case 'hl, zstd':
      return records.set(
        name,
        await hlBackup(archive, {kind: 'full', compression: `server-zstd:level=${zstdLevel},workers=${workers}`}),
      )
    case 'pgBackRest':
      return pgbackrestBackup(machine, 'none')
    case 'pgBackRest, zstd':
      return pgbackrestBackup(machine, 'zst')
    default:
      return name satisfies never
  }
}

async function clearBackup({archive, primary: {machine}, records}: Setting, name: Name): Promise<void> {
  const record = records.get(name)
  if (record !== undefined) await forgetBackup(archive, record)
  if (name === 'floor') await machine.exec('rm -rf /repo/floor', 'root')
}

async function storedBytes({primary: {machine}, records}: Setting, name: Name): Promise<number> {
  if (name === 'floor') return Number(await machine.exec('du -sb /repo/floor | cut -f1; rm -rf /repo/floor'))
  const compression = compressionOf(name)
  if (compression === null) return records.get(name)?.bytes.stored ?? Number.NaN
  await expireBackups(machine, compression)
  return repositoryBytes(machine, compression)
}

/** Of pgBackRest's ways; null for the others. */
function compressionOf(name: Name): Compression | null {
  return name === 'pgBackRest' ? 'none' : name === 'pgBackRest, zstd' ? 'zst' : null
}

interface Restoring {
  readonly setting: Setting
  readonly place: Machine
  readonly target: Lsn
  readonly rounds: number
  readonly check: () => Promise<void>
  readonly tell: (text: string) => void
}

async function restoreAll({
  setting,
  place,
  target,
  rounds,
  check,
  tell,
}: Restoring): Promise<ByContender<Name, PhaseMs>> {
  const checked = new Set<Name>()
  const listing = await listingOf(setting.archive, setting.primary.systemIdentifier)
  return interleaved(names, rounds, async name => {
    tell(`restore: ${name}`)
    await emptyRestorePlace(place)
    if (name === 'floor') await putWalInPlace(place, setting.primary.systemIdentifier)
    await emptyCache(place.name)
    const compression = compressionOf(name)
    const record = setting.records.get(name)
    const phases =
      compression !== null
        ? await pgbackrestRestore(place, compression, target)
        : record !== undefined
          ? await hlRestore(place, listing, [record], {kind: 'lsn', lsn: target, inclusive: true})
          : await restoreFloor(place, setting, target)
    // Once per way: that it was a restore at all.
    if (!checked.has(name)) await check()
    checked.add(name)
    return phases
  })
}

/** Before the clock runs: the floor has its WAL already. */
async function putWalInPlace(place: Machine, systemIdentifier: string): Promise<void> {
  await place.exec(
    `mkdir -m 0700 ${restoredData}/pg_wal; cp /archive/${systemIdentifier}/wal/????????????????????????* ${restoredData}/pg_wal/`,
  )
}

/** The very files of hl's backup; nothing fetches WAL. */
async function restoreFloor(
  place: Machine,
  {records, primary: {systemIdentifier}}: Setting,
  target: Lsn,
): Promise<PhaseMs> {
  const id = records.get('hl')?.id ?? ''
  return fetchAndRecover(
    place,
    async () => place.exec(`cp -a /archive/${systemIdentifier}/backups/${id}/data/. ${restoredData}/`),
    'false',
    target,
  )
}

async function checkRestored(place: Machine, question: string, expected: string): Promise<void> {
  const answer = await place.exec(
    `pg_ctl -D ${restoredData} -s -w -o '-c listen_addresses= -c archive_mode=off -c synchronous_standby_names=' -l /tmp/check.log start; psql -qXAt -d ${database} -c "${question}"; pg_ctl -D ${restoredData} -s -w -m fast stop`,
  )
  if (answer !== expected) throw new Error(`restored orders: ${answer}; on the primary: ${expected}`)
}
