// Part: reads and writes of one key, on two shards and on one server with the same cores, beside PostgreSQL's own ways.
import {ratioOf, spreadOf, type Spread} from '../router/figures.ts'
import {spreadText} from '../router/format.ts'
import type {Load} from '../router/load.ts'
import type {Findings, Table} from '../router/part.ts'
import {interleaved, warmUp, warmUpMs, type ByContender} from '../router/rounds.ts'
import {contendersOf, endAll} from './contender.ts'
import type {BenchServers} from './servers.ts'
import type {ShardsBench, ShardsPart} from './shards-part.ts'
import {statementNames, type Dialect, type StatementName} from './statements.ts'
import {targetsTable, type Target} from './targets.ts'
import type {Way} from './way.ts'
import {routersWay, routerWay, shardedWay, throughWay} from './ways.ts'

const inFlights = [1, 16, 64]
const roundMs = 500
/** What gets compiled how is settled by chance within a thread. */
const generations = 4
const ratioLeast = 0.95

const names = [
  'Router, one server',
  'ShardedPool, two shards',
  'Routers by hand, two servers',
  'postgres_fdw',
  'PL/Proxy',
] as const
type Name = (typeof names)[number]
const base: Name = 'Router, one server'

interface Case {
  readonly statement: StatementName
  readonly inFlight: number
  readonly loads: ByContender<Name, Load>
}

export const singleKey: ShardsPart = {
  name: 'single-key',
  about: 'reads and writes of one key on two shards, beside one server, postgres_fdw and PL/Proxy',
  run,
}

async function run(bench: ShardsBench): Promise<Findings> {
  const servers = await bench.servers()
  const present = names.filter(name => name !== 'PL/Proxy' || servers.withoutPlproxy === null)
  const cases: Case[] = []
  for (const statement of statementNames) {
    for (const inFlight of inFlights) {
      bench.tell(`${statement}, ${inFlight} in flight`)
      cases.push(await measure(statement, inFlight, present, servers, bench))
    }
  }
  return {
    tables: [
      ...statementNames.map(statement =>
        tableOf(
          statement,
          cases.filter(each => each.statement === statement),
          servers,
          `median of ${bench.rounds * generations} rounds of ${bench.sizes.ms(roundMs)} ms per contender, interleaved, in ${generations} threads of each`,
        ),
      ),
      targetsTable(
        'Single key: targets',
        cases.flatMap(targetsOf),
        'Statements/s through a pool over two shards, times those through a bare router on one server, and times those of two routers on the same two servers, of which the caller chooses the right one by itself: the one is what two servers are worth, the other what the library costs. All servers and the client share the cores and the one disk of a host: commits on two servers cannot share a flush.',
      ),
    ],
    raw: cases,
    versions: servers.versions,
  }
}

const wayOf: Readonly<Record<Name, (servers: BenchServers) => Way>> = {
  'Router, one server': routerWay,
  'ShardedPool, two shards': shardedWay,
  'Routers by hand, two servers': routersWay,
  'postgres_fdw': throughWay,
  'PL/Proxy': throughWay,
}
const dialectOf = (name: Name): Dialect => (name === 'PL/Proxy' ? 'functions' : 'tables')

async function measure(
  statement: StatementName,
  inFlight: number,
  present: readonly Name[],
  servers: BenchServers,
  {rounds, sizes, undo}: ShardsBench,
): Promise<Case> {
  const loads: Record<Name, Load[]> = {
    'Router, one server': [],
    'ShardedPool, two shards': [],
    'Routers by hand, two servers': [],
    'postgres_fdw': [],
    'PL/Proxy': [],
  }
  for (let generation = 0; generation < generations; generation++) {
    const contenders = contendersOf(
      Object.fromEntries(present.map(name => [name, wayOf[name](servers)])) as Record<Name, Way>,
      undo,
    )
    const turn = async (name: Name, forMs: number): Promise<Load> =>
      contenders[name].run('load', {statement, dialect: dialectOf(name), users: sizes.users, inFlight, forMs})
    await warmUp(present, turn, sizes.ms(warmUpMs))
    const measured = await interleaved(
      present,
      rounds,
      async name => turn(name, sizes.ms(roundMs)),
      generation * rounds,
    )
    for (const name of present) loads[name].push(...measured[name])
    await endAll(contenders)
  }
  return {statement, inFlight, loads}
}

const figures = ({loads}: Case, name: Name, field: keyof Load): readonly number[] =>
  loads[name].map(load => load[field])
const ratio = (each: Case, name: Name, field: keyof Load): Spread =>
  ratioOf(figures(each, name, field), figures(each, base, field))

function targetsOf(each: Case): readonly Target[] {
  const sharded = figures(each, 'ShardedPool, two shards', 'perSecond')
  const target = (words: string, figure: Spread): Target => ({
    what: `${each.statement}, ${each.inFlight} in flight, x ${words}`,
    figure,
    digits: 2,
    unit: '',
    bound: {atLeast: ratioLeast},
  })
  return [
    target('the router on one server', ratioOf(sharded, figures(each, base, 'perSecond'))),
    target(
      'routers by hand on the same two',
      ratioOf(sharded, figures(each, 'Routers by hand, two servers', 'perSecond')),
    ),
  ]
}

function tableOf(statement: StatementName, cases: readonly Case[], servers: BenchServers, how: string): Table {
  const missing = servers.withoutPlproxy === null ? '' : ` PL/Proxy: ${servers.withoutPlproxy}.`
  return {
    title: `Single key: ${statement}`,
    head: ['in flight', 'through', 'statements/s', 'x Router', 'p50 ms', 'p99 ms', 'client CPU µs', 'x Router'],
    rows: cases.flatMap(each => names.map(name => rowOf(each, name))),
    note: `Prepared statements by primary key, autocommit; ${how}; ratios: the median of the rounds' ratios, in brackets the least and the greatest. Ten connections in all for each contender (five to each shard). Writes on shards pass the fence. postgres_fdw: a table partitioned by hash over foreign tables on the shards' servers, async_capable, without a fence; a write that its REPEATABLE READ refuses (40001) is sent again. PL/Proxy: a function that calls one of the same name there.${missing}`,
  }
}

function rowOf(each: Case, name: Name): readonly string[] {
  if (each.loads[name].length === 0) return [String(each.inFlight), name, 'not available here', '', '', '', '', '']
  const median = (field: keyof Load, digits: number): string =>
    spreadOf(figures(each, name, field)).median.toFixed(digits)
  const against = (field: keyof Load): string => (name === base ? '1' : spreadText(ratio(each, name, field), 2))
  return [
    String(each.inFlight),
    name,
    median('perSecond', 0),
    against('perSecond'),
    median('p50Ms', 3),
    median('p99Ms', 2),
    median('processCpuUs', 1),
    against('processCpuUs'),
  ]
}
