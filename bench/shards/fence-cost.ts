// Part: what the fence costs a write: tables with its triggers and tables without, on the same server.
import {differenceOf, ratioOf, spreadOf} from '../router/figures.ts'
import {spreadText} from '../router/format.ts'
import type {Load} from '../router/load.ts'
import type {Findings, Table} from '../router/part.ts'
import {sql} from '../router/postgres.ts'
import {interleaved, warmUp, warmUpMs, type ByContender} from '../router/rounds.ts'
import {credentials} from '../router/statements.ts'
import {contendersOf, endAll} from './contender.ts'
import {usersOf} from './keys.ts'
import type {BenchServers} from './servers.ts'
import {unfencedSql} from './set-up-sql.ts'
import type {ShardsBench, ShardsPart} from './shards-part.ts'
import type {Dialect, StatementName} from './statements.ts'
import {targetsTable, type Target} from './targets.ts'
import {legWay} from './ways.ts'

const names = ['without', 'fenced'] as const
type Name = (typeof names)[number]
const dialects: Readonly<Record<Name, Dialect>> = {without: 'free', fenced: 'tables'}
const tables: Readonly<Record<Name, string>> = {without: 'entries_free', fenced: 'entries'}
const statements = ['update', 'insert'] as const satisfies readonly StatementName[]
const inFlights = [1, 16]
const roundMs = 1_000
const bulkUsers = 100
const bulkPerUser = 100
const costMost = 1.05

interface Case {
  readonly statement: StatementName
  readonly inFlight: number
  readonly loads: ByContender<Name, Load>
}

export const fenceCost: ShardsPart = {
  name: 'fence',
  about: 'writes with the fence and without, on the same server',
  run,
}

async function run(bench: ShardsBench): Promise<Findings> {
  const servers = await bench.servers()
  await sql(servers.shards.s1, unfencedSql(credentials.user))
  await sql(servers.shards.s1, 'VACUUM ANALYZE')
  const cases: Case[] = []
  for (const statement of statements) {
    for (const inFlight of inFlights) {
      bench.tell(`${statement}, ${inFlight} in flight`)
      cases.push(await measure(statement, inFlight, servers, bench))
    }
  }
  bench.tell('many rows in one statement')
  const bulkUs = await measureBulk(servers, bench)
  return {
    tables: [
      tableOf(cases, `${bench.rounds} rounds of ${bench.sizes.ms(roundMs)} ms`),
      bulkTable(bulkUs, bench.rounds),
      targetsTable(
        'Fence: targets',
        cases.map(targetOf),
        'The time of a write with the fence times that of one without: p50 with one in flight, the time per write at full throughput with more.',
      ),
    ],
    raw: {cases, bulkUs},
    versions: servers.versions,
  }
}

async function measure(
  statement: StatementName,
  inFlight: number,
  servers: BenchServers,
  {sizes, rounds, undo}: ShardsBench,
): Promise<Case> {
  const contenders = contendersOf<Name>({without: legWay(servers, 's1'), fenced: legWay(servers, 's1')}, undo)
  const users = usersOf('s1', sizes.users, sizes.users)
  const turn = async (name: Name, forMs: number): Promise<Load> =>
    contenders[name].run('load', {statement, dialect: dialects[name], users, inFlight, forMs})
  await warmUp(names, turn, sizes.ms(warmUpMs))
  const loads = await interleaved(names, rounds, async name => turn(name, sizes.ms(roundMs)))
  await endAll(contenders)
  return {statement, inFlight, loads}
}

async function measureBulk(
  servers: BenchServers,
  {sizes, rounds, undo}: ShardsBench,
): Promise<ByContender<Name, number>> {
  const contenders = contendersOf<Name>({without: legWay(servers, 's1'), fenced: legWay(servers, 's1')}, undo)
  const users = usersOf('s1', sizes.users, bulkUsers)
  const turn = async (name: Name): Promise<number> =>
    contenders[name].run('bulk', {table: tables[name], users, perUser: bulkPerUser})
  for (const name of names) await turn(name)
  const us = await interleaved(names, rounds, turn)
  await endAll(contenders)
  return us
}

const figures = ({loads}: Case, name: Name, field: keyof Load): readonly number[] =>
  loads[name].map(load => load[field])

function targetOf(each: Case): Target {
  const isAlone = each.inFlight === 1
  return {
    what: `${each.statement}, ${each.inFlight} in flight, x without`,
    figure: isAlone
      ? ratioOf(figures(each, 'fenced', 'p50Ms'), figures(each, 'without', 'p50Ms'))
      : ratioOf(figures(each, 'without', 'perSecond'), figures(each, 'fenced', 'perSecond')),
    digits: 3,
    unit: '',
    bound: {atMost: costMost},
  }
}

function tableOf(cases: readonly Case[], rounds: string): Table {
  return {
    title: 'Fence: writes of one row',
    head: ['statement', 'in flight', 'table', 'writes/s', 'x without', 'p50 ms', 'x without', 'p99 ms'],
    rows: cases.flatMap(each => names.map(name => rowOf(each, name))),
    note: `Prepared, by primary key, autocommit with fsync, through a bare pg.Pool; both tables on one shard's server. Median of ${rounds} per table, interleaved; ratios: the median of the rounds' ratios, in brackets the least and the greatest.`,
  }
}

function rowOf(each: Case, name: Name): readonly string[] {
  const median = (field: keyof Load, digits: number): string =>
    spreadOf(figures(each, name, field)).median.toFixed(digits)
  const ratio = (field: keyof Load): string =>
    name === 'without' ? '1' : spreadText(ratioOf(figures(each, name, field), figures(each, 'without', field)), 3)
  return [
    each.statement,
    String(each.inFlight),
    name,
    median('perSecond', 0),
    ratio('perSecond'),
    median('p50Ms', 3),
    ratio('p50Ms'),
    median('p99Ms', 2),
  ]
}

function bulkTable(us: ByContender<Name, number>, rounds: number): Table {
  return {
    title: `Fence: INSERT … SELECT of ${bulkUsers * bulkPerUser} rows`,
    head: ['table', 'µs per row', 'x without', 'more µs'],
    rows: names.map(name => [
      name,
      spreadText(spreadOf(us[name]), 2),
      name === 'without' ? '1' : spreadText(ratioOf(us.fenced, us.without), 2),
      name === 'without' ? '' : spreadText(differenceOf(us.fenced, us.without), 2),
    ]),
    note: `One statement, so what is left is the row and its trigger: no round trip, no commit of its own. Median of ${rounds} rounds, interleaved, in brackets the least and the greatest.`,
  }
}
