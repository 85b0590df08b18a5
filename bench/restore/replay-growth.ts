// Part: how a restore grows with the WAL that has to be replayed. One backup, one archive, targets further and further
// behind it. Not here: the way itself (hl-way.ts).
import type {Lsn} from '../../src/model/lsn.ts'
import {spreadOf} from '../router/figures.ts'
import type {Findings, Table} from '../router/part.ts'
import {interleaved, type ByContender} from '../router/rounds.ts'
import {emptyRestorePlace, startArchive, startRestorePlace} from './archive.ts'
import {hlBackup, hlRestore, listingOf, type PhaseMs} from './hl-way.ts'
import {databaseBytes, loadShop, orderUntil, walPosition} from './load-shop.ts'
import {cacheText, emptyCache, type Cache} from './page-cache.ts'
import {ask, handOverWal, pushCommand, startPrimary, stopServer} from './primary.ts'
import type {RestoreBench, RestorePart} from './restore-part.ts'
import {gib, gibText, mibPerSecond, secondsMedian, secondsSpread} from './sizes.ts'

const baseBytes = 0.3 * gib
const names = ['0', '0.25', '0.5', '1', '2'] as const
type Name = (typeof names)[number]

interface Measured {
  readonly restores: ByContender<Name, PhaseMs>
  readonly walBytes: Readonly<Record<Name, number>>
  readonly databaseBytes: number
  readonly cache: Cache
}

export const replayGrowth: RestorePart = {
  name: 'replay-growth',
  about: 'how long a restore takes as the WAL after the backup grows',
  run,
}

async function run({undo, rounds, scale, tell}: RestoreBench): Promise<Findings> {
  const archive = await startArchive(undo)
  const primary = await startPrimary({archive}, undo)
  const {machine} = primary
  tell('loading')
  await loadShop(primary, baseBytes * scale)
  await ask(machine, `ALTER SYSTEM SET archive_command = '${pushCommand}'; SELECT pg_reload_conf();`)
  const record = await hlBackup(archive, {kind: 'full', compression: 'none'})
  const facts = {databaseBytes: await databaseBytes(machine)}
  const from = await walPosition(machine)
  const marks = new Map<Name, Lsn>()
  for (const name of names) {
    tell(`orders up to ${name} GiB of WAL`)
    marks.set(name, await orderUntil(machine, from, Number(name) * gib * scale))
  }
  await handOverWal(primary)
  await stopServer(machine)
  const place = await startRestorePlace({archive}, undo)
  const listing = await listingOf(archive, primary.systemIdentifier)
  const lsnOf = (name: Name): Lsn => marks.get(name) ?? from
  let cache: Cache = 'warm'
  const restores = await interleaved(names, rounds, async name => {
    tell(`restore with ${name} GiB of WAL`)
    await emptyRestorePlace(place)
    cache = await emptyCache(place.name)
    return hlRestore(place, listing, [record], {kind: 'lsn', lsn: lsnOf(name), inclusive: true})
  })
  const walBytes = Object.fromEntries(names.map(name => [name, Number(lsnOf(name) - from)])) as Record<Name, number>
  const measured: Measured = {restores, walBytes, ...facts, cache}
  return {tables: [tableOf(measured, rounds)], raw: measured, versions: {PostgreSQL: primary.version}}
}

function tableOf({restores, walBytes, databaseBytes: bytes, cache}: Measured, rounds: number): Table {
  const total = (name: Name): readonly number[] =>
    restores[name].map(phases => Object.values(phases).reduce((sum, ms) => sum + ms, 0))
  const phase = (name: Name, of: keyof PhaseMs): readonly number[] =>
    restores[name].map(phases => phases[of] ?? Number.NaN)
  const [first, last] = [names[0], names[names.length - 1] ?? names[0]]
  const grownMs = spreadOf(total(last)).median - spreadOf(total(first)).median
  const grownBytes = walBytes[last] - walBytes[first]
  return {
    title: `Restore of ${gibText(bytes)} as WAL grows`,
    head: ['WAL to replay', 'fetch s', 'compare s', 'start s', 'replay s', 'replay MiB/s', 'promote s', 'all s'],
    rows: names.map(name => {
      const replayMs = spreadOf(phase(name, 'replay')).median
      return [
        gibText(walBytes[name]),
        secondsMedian(phase(name, 'fetch')),
        secondsMedian(phase(name, 'compare')),
        secondsMedian(phase(name, 'start')),
        secondsSpread(phase(name, 'replay')),
        name === first ? '' : mibPerSecond(walBytes[name], replayMs),
        secondsMedian(phase(name, 'promote')),
        secondsSpread(total(name)),
      ]
    }),
    note: `Each GiB of WAL costs ${((grownMs / 1_000 / grownBytes) * gib).toFixed(1)} s (from the first row to the last). Median of ${rounds} rounds, interleaved; in brackets the least and the greatest. ${cacheText(cache)} \`hl restore --to-lsn\` from one full backup without compression, orders of four clients as WAL, full pages after each checkpoint in it. The WAL comes from the archive by \`wal-get\`, one segment after the other, and replay is one process. The recovered server has the lab's shared_buffers, 128 MB.`,
  }
}
