// Part: many rows in order, merged from two shards, beside the same rows from one server through one cursor; and how
// much memory a process takes that reads them, as their number grows tenfold.
import {execFile} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import {promisify} from 'node:util'
import {differenceOf, ratioOf, spreadOf} from '../router/figures.ts'
import {spreadText} from '../router/format.ts'
import type {Findings, Table} from '../router/part.ts'
import {interleaved, type ByContender} from '../router/rounds.ts'
import {contendersOf, endAll} from './contender.ts'
import type {BenchServers} from './servers.ts'
import type {ShardsBench, ShardsPart} from './shards-part.ts'
import type {Streamed} from './stream-all.ts'
import {targetsTable} from './targets.ts'
import type {Way} from './way.ts'
import {shardedWay, throughWay, wholeWay} from './ways.ts'

const names = ['pg-cursor, one server', 'ShardedPool.stream, two shards', 'pg-cursor, postgres_fdw'] as const
type Name = (typeof names)[number]
const base: Name = 'pg-cursor, one server'
const sharded: Name = 'ShardedPool.stream, two shards'
/** How much more memory ten times the rows may take. */
const growthMibMax = 120

const child = fileURLToPath(new URL('stream-child.ts', import.meta.url))
/**
 * V8 optimises the WebAssembly of PostgreSQL's grammar once per process, which takes up to 0.5 GB for some seconds and
 * would hide what a reading takes.
 */
const quickCompiler = ['--liftoff-only']

export const stream: ShardsPart = {
  name: 'stream',
  about: 'a million rows in order from two shards, beside one cursor on one server; memory as they grow tenfold',
  run,
}

interface Grown {
  readonly few: ByContender<Name, number>
  readonly many: ByContender<Name, number>
}

async function run({servers: start, sizes, rounds, undo, tell}: ShardsBench): Promise<Findings> {
  const servers = await start()
  const rows = sizes.users * sizes.ordersPerUser
  const contenders = contendersOf(waysOf(servers), undo)
  const turn = async (name: Name, count: number): Promise<Streamed> => contenders[name].run('stream', {rows: count})
  tell(`${rows} rows`)
  for (const name of names) await turn(name, rows / 10)
  const streamed = await interleaved(names, rounds, async name => turn(name, rows))
  await endAll(contenders)
  tell('memory')
  const childRounds = Math.ceil(rounds / 2)
  const peaks = async (count: number): Promise<ByContender<Name, number>> =>
    interleaved(names, childRounds, async name => peakMib(waysOf(servers)[name], count))
  const grown = {few: await peaks(rows / 10), many: await peaks(rows)}
  return {
    tables: [
      speedTable(streamed, rows, rounds),
      memoryTable(grown, rows, childRounds),
      targetsTable(
        'Stream: target',
        [
          {
            what: `${sharded}: resident memory of ${rows} rows over that of ${rows / 10}`,
            figure: differenceOf(grown.many[sharded], grown.few[sharded]),
            digits: 0,
            unit: 'MiB',
            bound: {atMost: growthMibMax},
          },
        ],
        'The median of the differences of each round.',
      ),
    ],
    raw: {streamed, grown},
    versions: servers.versions,
  }
}

function waysOf(servers: BenchServers): Readonly<Record<Name, Way>> {
  return {
    'pg-cursor, one server': wholeWay(servers),
    'ShardedPool.stream, two shards': shardedWay(servers),
    'pg-cursor, postgres_fdw': throughWay(servers),
  }
}

/** Of a process of its own, at most. */
async function peakMib(way: Way, rows: number): Promise<number> {
  const {stdout} = await promisify(execFile)(process.execPath, [
    ...quickCompiler,
    child,
    JSON.stringify(way),
    String(rows),
  ])
  return (JSON.parse(stdout) as {readonly peakMib: number}).peakMib
}

function speedTable(streamed: ByContender<Name, Streamed>, rows: number, rounds: number): Table {
  const figures = (name: Name, field: keyof Streamed): readonly number[] => streamed[name].map(each => each[field])
  return {
    title: `Stream: ${rows} rows in the order of their key`,
    head: ['through', 'rows/s', 'x one cursor', 'first row ms'],
    rows: names.map(name => [
      name,
      spreadOf(figures(name, 'rowsPerSecond')).median.toFixed(0),
      name === base ? '1' : spreadText(ratioOf(figures(name, 'rowsPerSecond'), figures(base, 'rowsPerSecond')), 2),
      spreadOf(figures(name, 'firstRowMs')).median.toFixed(1),
    ]),
    note: `Rows as objects, looked at one by one, 500 at a time from each server; each reading to its last row, with its order checked. Median of ${rounds} rounds per contender, interleaved; in brackets the least and the greatest ratio of one round. Servers and the client share the cores of one host.`,
  }
}

function memoryTable({few, many}: Grown, rows: number, rounds: number): Table {
  return {
    title: 'Stream: resident memory of a process that reads it',
    head: ['through', `${rows / 10} rows, MiB`, `${rows} rows, MiB`, 'more MiB'],
    rows: names.map(name => [
      name,
      spreadText(spreadOf(few[name]), 0),
      spreadText(spreadOf(many[name]), 0),
      spreadText(differenceOf(many[name], few[name]), 0),
    ]),
    note: `The most that the process ever had (VmHWM), Node itself in it; each in a process of its own, ${rounds} times, interleaved, with --liftoff-only, since the optimising of the grammar’s WebAssembly would be the peak of all. Median, in brackets the least and the greatest.`,
  }
}
