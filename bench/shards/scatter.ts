// Part: reads of all shards, beside their slowest leg alone, both legs at once by hand, one server and postgres_fdw.
// Invariant: before anything is timed, every way gives the rows that one server gives.
import {isDeepStrictEqual} from 'node:util'
import {spreadOf} from '../router/figures.ts'
import {spreadText} from '../router/format.ts'
import type {Load} from '../router/load.ts'
import type {Findings, Table} from '../router/part.ts'
import {interleaved, warmUp, warmUpMs, type ByContender} from '../router/rounds.ts'
import {contendersOf, endAll, type Contender} from './contender.ts'
import type {ShardsBench, ShardsPart} from './shards-part.ts'
import {scatterNames, scatters, type ScatterName} from './statements.ts'
import {aboveLegs, targetsTable, timesLegs, type Target} from './targets.ts'
import {legsWay, legWay, shardedWay, throughWay, wholeWay} from './ways.ts'

const roundMs = 1_500

const names = [
  'ShardedPool, two shards',
  'leg s1 alone',
  'leg s2 alone',
  'both legs at once, by hand',
  'pg.Pool, one server',
  'postgres_fdw',
] as const
type Name = (typeof names)[number]
const sharded: Name = 'ShardedPool, two shards'
const legs = ['leg s1 alone', 'leg s2 alone'] as const
/** Their rows must be the same. */
const whole: readonly Name[] = ['pg.Pool, one server', sharded, 'postgres_fdw']

interface Case {
  readonly scatter: ScatterName
  readonly loads: ByContender<Name, Load>
}

export const scatter: ShardsPart = {
  name: 'scatter',
  about: 'count(*), the first 100 by an unindexed column and GROUP BY over all shards, beside their slowest leg',
  run,
}

async function run({servers: start, sizes, rounds, undo, tell}: ShardsBench): Promise<Findings> {
  const servers = await start()
  const contenders = contendersOf<Name>(
    {
      'ShardedPool, two shards': shardedWay(servers),
      'leg s1 alone': legWay(servers, 's1'),
      'leg s2 alone': legWay(servers, 's2'),
      'both legs at once, by hand': legsWay(servers),
      'pg.Pool, one server': wholeWay(servers),
      'postgres_fdw': throughWay(servers),
    },
    undo,
  )
  const cases: Case[] = []
  for (const name of scatterNames) {
    tell(name)
    const text = scatters[name]
    await agree(contenders, text)
    const turn = async (contender: Name, forMs: number): Promise<Load> =>
      contenders[contender].run('repeat', {text, forMs})
    await warmUp(names, turn, sizes.ms(warmUpMs))
    const loads = await interleaved(names, rounds, async contender => turn(contender, sizes.ms(roundMs)))
    cases.push({scatter: name, loads})
  }
  await endAll(contenders)
  const orders = sizes.users * sizes.ordersPerUser
  const how = `${orders} rows in all, half of them on each shard; one caller; median of ${rounds} rounds of ${sizes.ms(roundMs)} ms per contender, interleaved, of each round's p50 and p99`
  return {
    tables: [
      ...cases.map(each => tableOf(each, how)),
      targetsTable(
        'Scatter: targets',
        cases.flatMap(targetsOf),
        'p50 of the whole against 1.1 times the p50 of the slowest leg alone, and 1 ms more; at most 0: within. Legs alone have the host to themselves; in the whole, two servers and the client share it, which both legs at once by hand show without the library.',
      ),
    ],
    raw: cases,
    versions: servers.versions,
  }
}

async function agree(contenders: Readonly<Record<Name, Contender>>, text: string): Promise<void> {
  const [expected, ...others] = await Promise.all(
    whole.map(async name => [name, await contenders[name].run('ask', {text})] as const),
  )
  for (const [name, rows] of others)
    if (!isDeepStrictEqual(rows, expected?.[1])) throw new Error(`${name} gives other rows than one server: ${text}`)
}

const p50s = ({loads}: Case, name: Name): readonly number[] => loads[name].map(({p50Ms}) => p50Ms)

function targetsOf(each: Case): readonly Target[] {
  const alone = legs.map(leg => p50s(each, leg))
  const one = (what: string, figure: Target['figure']): Target => ({
    what: `${each.scatter}: ${what}`,
    figure,
    digits: 2,
    unit: 'ms',
    bound: {atMost: 0},
  })
  return [
    one('above what the slowest leg alone allows', aboveLegs(p50s(each, sharded), alone)),
    one(
      'above what both legs at once, by hand, allow',
      aboveLegs(p50s(each, sharded), [p50s(each, 'both legs at once, by hand')]),
    ),
  ]
}

function tableOf(each: Case, how: string): Table {
  const alone = legs.map(leg => p50s(each, leg))
  const median = (name: Name, field: keyof Load): string =>
    spreadOf(each.loads[name].map(load => load[field])).median.toFixed(2)
  return {
    title: `Scatter: ${each.scatter}`,
    head: ['through', 'p50 ms', 'p99 ms', 'p50 x slowest leg alone', 'client CPU µs'],
    rows: names.map(name => [
      name,
      median(name, 'p50Ms'),
      median(name, 'p99Ms'),
      spreadText(timesLegs(p50s(each, name), alone), 2),
      median(name, 'processCpuUs'),
    ]),
    note: `\`${scatters[each.scatter]}\`; ${how}; in brackets the least and the greatest ratio of one round. No parallel workers on any server: a leg has one core, and one server has one too. A leg is the same statement on one shard. postgres_fdw: enable_partitionwise_aggregate is on, fetch_size 500.`,
  }
}
