// Part: everything but the archive is gone at a random moment: what was acknowledged and lost, for each way into the
// archive, at a low rate and as fast as it goes; and what each way costs.
// Not here: one loss (rpo-trial.ts).
import {ratioOf, spreadOf} from '../router/figures.ts'
import {spreadText} from '../router/format.ts'
import type {Findings, Table} from '../router/part.ts'
import {interleaved, type ByContender} from '../router/rounds.ts'
import {startArchive, startRestorePlace, type Archive} from './archive.ts'
import type {Pace} from './ledger.ts'
import type {Machine} from './machines.ts'
import type {ArchiveWay} from './primary.ts'
import type {RestoreBench, RestorePart} from './restore-part.ts'
import {backUp, judge, prepare, writeAndKill, type BackedUp, type Trial} from './rpo-trial.ts'

const lowPerSecond = 20
const low: Pace = {clients: 1, everyMs: 1_000 / lowPerSecond}
const fast: Pace = {clients: 16, everyMs: null}
/** The archive_timeout of a lab: kills are spread over one of it, so that every phase of it is as likely. */
const archiveTimeoutMs = 60_000
const lowFromMs = 5_000
const fastFromMs = 5_000
const fastWithinMs = 6_000

const archived = ['command', 'stream', 'sync'] as const
const ways = ['none', ...archived] as const
const texts: Readonly<Record<ArchiveWay, string>> = {
  none: 'none',
  command: 'archive_command, archive_timeout 60 s',
  stream: 'pg_receivewal',
  sync: 'pg_receivewal --synchronous, commits wait for it',
}

interface Measured {
  readonly low: readonly Trial[]
  readonly fast: ByContender<ArchiveWay, Trial>
}

export const rpo: RestorePart = {
  name: 'rpo',
  about:
    'acknowledged writes that are lost with everything but the archive, by way into the archive and rate, and what each way costs',
  run,
}

async function run(bench: RestoreBench): Promise<Findings> {
  const {undo, trials, tell} = bench
  const archive = await startArchive(undo)
  const place = await startRestorePlace({archive}, undo)
  const slow = await lowRate(archive, place, bench)
  const turns = new Map<ArchiveWay, number>()
  let version = ''
  const quick = await interleaved(ways, trials, async way => {
    const turn = turns.get(way) ?? 0
    turns.set(way, turn + 1)
    const killAfterMs = fastFromMs + momentIn(turn, trials, fastWithinMs)
    tell(`as fast as it goes, ${texts[way]}: killed after ${(killAfterMs / 1_000).toFixed(1)} s`)
    const doomed = await backUp(
      archive,
      await prepare(archive, {service: `pg-${way}-${turn}`, way, pace: fast, killAfterMs}, undo),
    )
    version = doomed.primary.version
    return judge(archive, place, await writeAndKill(doomed))
  })
  const measured: Measured = {low: slow, fast: quick}
  return {
    tables: [lossTable(measured, trials, bench.scale), costTable(measured, trials)],
    raw: measured,
    versions: {PostgreSQL: version},
  }
}

/** All at once: so few writes leave the machine idle. */
async function lowRate(
  archive: Archive,
  place: Machine,
  {undo, trials, scale, tell}: RestoreBench,
): Promise<readonly Trial[]> {
  const wishes = Array.from({length: trials}, (_, turn) =>
    archived.map(way => ({
      service: `pg-low-${way}-${turn}`,
      way,
      pace: low,
      killAfterMs: lowFromMs + momentIn(turn, trials, archiveTimeoutMs * Math.min(1, scale)),
    })),
  ).flat()
  tell(
    `${lowPerSecond}/s: ${wishes.length} servers at once, for ${Math.round(Math.max(...wishes.map(({killAfterMs}) => killAfterMs)) / 1_000)} s`,
  )
  const doomed = await Promise.all(wishes.map(async wish => prepare(archive, wish, undo)))
  const backedUp: BackedUp[] = []
  for (const each of doomed) backedUp.push(await backUp(archive, each))
  const lost = await Promise.all(backedUp.map(writeAndKill))
  const done: Trial[] = []
  for (const each of lost) done.push(await judge(archive, place, each))
  return done
}

/** A random moment in the `turn`th of `turns` parts of the time, so that few of them are spread over all of it. */
function momentIn(turn: number, turns: number, withinMs: number): number {
  return ((turn + Math.random()) / turns) * withinMs
}

function lossTable({low: slow, fast: quick}: Measured, trials: number, scale: number): Table {
  const rows = archived.flatMap(way => [
    lossRow(
      way,
      `${lowPerSecond}/s`,
      slow.filter(trial => trial.way === way),
    ),
    lossRow(way, 'as fast as it goes', quick[way]),
  ])
  const shorter =
    scale < 1 ? ' **A shortened run: kills at the low rate were not spread over all of archive_timeout.**' : ''
  return {
    title: 'Everything but the archive is lost: acknowledged writes that are gone',
    head: [
      'way into the archive',
      'writes',
      'acknowledged/s',
      'kills',
      'acknowledged in all',
      'lost',
      'lost s',
      'kept, not acknowledged',
    ],
    rows,
    note: `Medians of ${trials} kills, each at a random moment; in brackets the least and the greatest.${shorter} SIGKILL to the whole container of the server at once, its volume removed; then hl's restore from the archive to its end. Lost: acknowledged to the client and not in the restored database. Seconds: from the newest write that was recovered to the newest that was acknowledged, both on the client's clock. The lab's other nodes are not there: in a lab standbys archive too (archive_mode = always). At the low rate kills are spread evenly over one archive_timeout after the last switch of WAL, and one client writes; as fast as it goes: ${fast.clients} clients, killed after ${fastFromMs / 1_000} to ${(fastFromMs + fastWithinMs) / 1_000} s. Servers, archive and client share one host: the way to the archive is as short as it gets, and a host that dies with its network may lose more of what is on its way.`,
  }
}

function lossRow(way: ArchiveWay, rate: string, trials: readonly Trial[]): readonly string[] {
  const of = (figure: (loss: NonNullable<Trial['loss']>) => number): readonly number[] =>
    trials.flatMap(({loss}) => (loss === null ? [] : [figure(loss)]))
  const sum = of(({acknowledged}) => acknowledged).reduce((all, count) => all + count, 0)
  return [
    texts[way],
    rate,
    spreadOf(trials.map(({perSecond}) => perSecond)).median.toFixed(0),
    String(trials.length),
    String(sum),
    spreadText(spreadOf(of(({lost}) => lost)), 0),
    spreadText(spreadOf(of(({seconds}) => seconds)), 2),
    spreadText(spreadOf(of(({unacknowledgedKept}) => unacknowledgedKept)), 0),
  ]
}

function costTable({fast: quick}: Measured, trials: number): Table {
  const rates = (way: ArchiveWay): readonly number[] => quick[way].map(({perSecond}) => perSecond)
  return {
    title: 'What the way into the archive costs in throughput',
    head: ['way into the archive', 'commits/s', 'x none'],
    rows: ways.map(way => [
      texts[way],
      spreadText(spreadOf(rates(way)), 0),
      way === 'none' ? '1' : spreadText(ratioOf(rates(way), rates('none')), 2),
    ]),
    note: `Median of ${trials} rounds, interleaved, each on a new server; in brackets the least and the greatest, of ratios those of one round. ${fast.clients} clients in a closed loop, one insert of a small row per transaction, from the second second on until the kill. All of it shares the cores and the disk of one host, so what the archive takes is in it.`,
  }
}
