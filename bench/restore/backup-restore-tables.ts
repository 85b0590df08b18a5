// The tables of the part backup-restore. PURE. Not here: measuring (backup-restore.ts).
import {ratioOf, spreadOf} from '../router/figures.ts'
import {spreadText} from '../router/format.ts'
import type {Table} from '../router/part.ts'
import type {ByContender} from '../router/rounds.ts'
import type {PhaseMs} from './hl-way.ts'
import {cacheText, type Cache} from './page-cache.ts'
import {workers, zstdLevel} from './pgbackrest.ts'
import {gibText, mibPerSecond, secondsMedian, secondsSpread} from './sizes.ts'

export const names = ['floor', 'hl', 'pgBackRest', 'hl, zstd', 'pgBackRest, zstd'] as const
export type Name = (typeof names)[number]

export interface Backup {
  readonly ms: number
  readonly bytes: number
}

export interface Measured {
  readonly backups: ByContender<Name, Backup>
  readonly restores: ByContender<Name, PhaseMs>
  readonly databaseBytes: number
  readonly walBytes: number
  readonly cache: Cache
}

/** What a restore may take of the floor, and of pgBackRest at the same compression. */
const floorMax = 1.2
const pgbackrestMax = 1

const rivals: Readonly<Partial<Record<Name, Name>>> = {'hl': 'pgBackRest', 'hl, zstd': 'pgBackRest, zstd'}

export function backupTable({backups, databaseBytes, cache}: Measured, rounds: number): Table {
  const ms = (name: Name): readonly number[] => backups[name].map(backup => backup.ms)
  return {
    title: `Full backup of ${gibText(databaseBytes)}`,
    head: ['by', 's', 'MiB/s of the database', 'x floor', 'x pgBackRest', 'stored'],
    rows: names.map(name => [
      name,
      secondsSpread(ms(name)),
      mibPerSecond(databaseBytes, spreadOf(ms(name)).median),
      ...ratios(name, ms),
      gibText(spreadOf(backups[name].map(({bytes}) => bytes)).median),
    ]),
    note: `Median of ${rounds} rounds, interleaved; in brackets the least and the greatest. ${cacheText(cache)} The server is idle. Rows of 1 kB, narrow rows with three indexes, jsonb in TOAST, and a table of which half of the rows are dead. hl: \`hl backups create\`, pg_basebackup over the network with SHA-256 in its manifest, from whose end on everything is on the disk. pgBackRest: process-max=${workers}, start-fast, on the database's own machine into a local folder, so without network. zstd: level ${zstdLevel}, ${workers} workers. Floor: \`cp -a\` of the data directory without pg_wal, and a sync; of a running server that is no backup.`,
  }
}

export function restoreTable({restores, databaseBytes, walBytes, cache}: Measured, rounds: number): Table {
  const ms = (name: Name): readonly number[] => restores[name].map(total)
  const phase = (name: Name, of: keyof PhaseMs): string =>
    restores[name].every(phases => phases[of] === undefined)
      ? ''
      : secondsMedian(restores[name].map(phases => phases[of] ?? Number.NaN))
  return {
    title: `Restore of ${gibText(databaseBytes)} with ${gibText(walBytes)} of WAL after the backup`,
    head: ['by', 'fetch s', 'compare s', 'start s', 'replay s', 'promote s', 'all s', 'x floor', 'x pgBackRest'],
    rows: names.map(name => [
      name,
      phase(name, 'fetch'),
      phase(name, 'compare'),
      phase(name, 'start'),
      phase(name, 'replay'),
      phase(name, 'promote'),
      secondsSpread(ms(name)),
      ...ratios(name, ms),
    ]),
    note: `${verdicts(ms)} Median of ${rounds} rounds, interleaved; in brackets the least and the greatest, of ratios those of one round. ${cacheText(cache)} Fetch: until the files are there. Compare: each of them against the manifest (pg_verifybackup); pgBackRest hashes while it fetches, the floor never does. Start: until the data is consistent, which syncs all of it. Replay: until the target is reached. Promote: until it is promoted and shut down cleanly, for hl also until the roles have new passwords. Each restore was checked once against the rows of the primary. hl: \`backup-fetch\` and \`recovery\` as \`hl restore\` runs them, WAL by \`wal-get\`; its WAL is stored as it is. pgBackRest: process-max=${workers}, WAL fetched ahead by archive-async, in zstd's case compressed, local folder, then hl's own \`recovery\`. Floor: \`cp -a\` of hl's backup, all WAL in pg_wal before the clock runs.`,
  }
}

function total(phases: PhaseMs): number {
  return Object.values(phases).reduce((sum, ms) => sum + ms, 0)
}

function ratios(name: Name, ms: (name: Name) => readonly number[]): readonly string[] {
  const rival = rivals[name]
  return [
    name === 'floor' ? '1' : spreadText(ratioOf(ms(name), ms('floor')), 2),
    rival === undefined ? '' : spreadText(ratioOf(ms(name), ms(rival)), 2),
  ]
}

function verdicts(ms: (name: Name) => readonly number[]): string {
  const said = (what: string, ratio: number, limit: number): string =>
    `${what} ${ratio.toFixed(2)} (${ratio <= limit ? 'met' : '**not met**'}: at most ${limit})`
  const one = (name: Name, rival: Name): string =>
    said(`${name} of ${rival}`, ratioOf(ms(name), ms(rival)).median, pgbackrestMax)
  return `Targets: ${[said('hl of the floor', ratioOf(ms('hl'), ms('floor')).median, floorMax), one('hl', 'pgBackRest'), one('hl, zstd', 'pgBackRest, zstd')].join('; ')}.`
}
