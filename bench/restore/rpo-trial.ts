// One loss of everything but the archive: a server, a backup, writers; SIGKILL to all of it at one moment, its data
// gone; then what the archive gives back.
// Not here: how many of them and when (rpo.ts), what counts as lost (loss.ts).
import {restoreCommand} from '../../src/backup/wal/timeline-history.ts'
import type {BackupRecord} from '../../src/model/backup.ts'
import type {Undo} from '../router/undo.ts'
import {emptyRestorePlace, restoredData, type Archive} from './archive.ts'
import {hlBackup, listingOf, wayOf} from './hl-way.ts'
import {Ledger, ledgerTable, pause, type Acknowledged, type Pace} from './ledger.ts'
import {lossOf, perSecond, type Loss} from './loss.ts'
import {docker, type Machine} from './machines.ts'
import {ask, database, poolFor, startPrimary, type ArchiveWay, type Primary} from './primary.ts'
import {endReceiver, settlePushes, startReceiver} from './receiver.ts'
import {recovery} from './recover.ts'

export interface TrialWish {
  /** Never the same twice in one run: names of hosts stay known. */
  readonly service: string
  readonly way: ArchiveWay
  readonly pace: Pace
  readonly killAfterMs: number
}

/** A server that is ready to be lost. */
export interface Doomed {
  readonly wish: TrialWish
  readonly primary: Primary
}

/** One with a backup; null: without an archive there is nothing to come back from. */
export interface BackedUp extends Doomed {
  readonly backup: BackupRecord | null
}

export interface Lost {
  readonly doomed: BackedUp
  readonly acknowledged: Acknowledged
  readonly startedAtMs: number
  readonly killedAtMs: number
}

export interface Trial {
  readonly way: ArchiveWay
  readonly killAfterMs: number
  readonly perSecond: number
  /** null: not asked. */
  readonly loss: Loss | null
}

export async function prepare(archive: Archive, wish: TrialWish, undo: Undo): Promise<Doomed> {
  const {service, way} = wish
  const primary = await startPrimary({archive, service, way}, undo)
  await ask(primary.machine, ledgerTable)
  if (way === 'stream' || way === 'sync') await startReceiver(archive, primary, service, way)
  return {wish, primary}
}

/** One at a time: while a backup is being taken the catalog cannot be read. */
export async function backUp(archive: Archive, {wish, primary}: Doomed): Promise<BackedUp> {
  return {
    wish,
    primary,
    backup:
      wish.way === 'none' ? null : await hlBackup(archive, {kind: 'full', compression: 'none', primary: wish.service}),
  }
}

/** The kill and the loss of the data are one: the container, its volume and everything that ran in it. */
export async function writeAndKill(doomed: BackedUp): Promise<Lost> {
  const {
    wish: {pace, killAfterMs},
    primary: {machine},
  } = doomed
  const pool = poolFor(doomed.primary, pace.clients)
  // Connections are made first, so that the first second has the same rate as the others.
  await Promise.all(Array.from({length: pace.clients}, async () => pool.query('SELECT pg_sleep(0.05)')))
  const ledger = new Ledger(pool, pace)
  await pause(killAfterMs)
  ledger.expectTheEnd()
  const killedAtMs = performance.now()
  await docker.text(['kill', '--signal', 'KILL', machine.name])
  const acknowledged = await ledger.end()
  await pool.end()
  await machine.remove()
  return {doomed, acknowledged, startedAtMs: ledger.startedAtMs, killedAtMs}
}

/** Restores from the archive alone, to its end, and compares. */
export async function judge(
  archive: Archive,
  place: Machine,
  {doomed: {wish, primary, backup}, acknowledged, startedAtMs, killedAtMs}: Lost,
): Promise<Trial> {
  const {way, killAfterMs, service} = wish
  const trial = {way, killAfterMs, perSecond: perSecond(acknowledged, startedAtMs, killedAtMs)}
  if (backup === null) return {...trial, loss: null}
  const {systemIdentifier} = primary
  if (way === 'command') await settlePushes(archive, systemIdentifier)
  else await endReceiver(archive, service)
  const listing = await listingOf(archive, systemIdentifier)
  const directory = `/archive/${systemIdentifier}`
  await emptyRestorePlace(place)
  await place.exec(`backup-fetch ${directory} ${restoredData} ${backup.id}`)
  await recovery(place, [
    'start',
    `restore_command=${restoreCommand(directory, wayOf(listing), listing.segmentBytes)}`,
    'recovery_target_timeline=1',
  ])
  await recovery(place, ['wait'])
  const rows = await place.exec(
    `psql -qXAt -d ${database} -c 'SELECT client, max(seq), count(*) FROM ledger GROUP BY client'`,
  )
  await recovery(place, ['stop'])
  await archive.machine.exec(`rm -rf ${directory}`)
  return {...trial, loss: lossOf(acknowledged, recoveredOf(rows), startedAtMs)}
}

function recoveredOf(rows: string): readonly number[] {
  const recovered: number[] = []
  for (const row of rows.split('\n').filter(text => text !== '')) {
    const [client = 0, newest = 0, count = 0] = row.split('|').map(Number)
    // Otherwise there are holes, and counting from the end would hide them.
    if (newest !== count) throw new Error(`client ${client}: ${count} of ${newest} writes are there`)
    recovered[client] = newest
  }
  return recovered
}
