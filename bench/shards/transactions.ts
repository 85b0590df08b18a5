// Part: a transfer between two accounts: on one server through a router, on one shard (one phase), over two shards (two
// phases).
import {ratioOf, spreadOf} from '../router/figures.ts'
import {spreadText} from '../router/format.ts'
import type {Load} from '../router/load.ts'
import type {Findings, Table} from '../router/part.ts'
import {interleaved, warmUp, warmUpMs, type ByContender} from '../router/rounds.ts'
import {contendersOf, endAll} from './contender.ts'
import {usersOf} from './keys.ts'
import type {ShardsBench, ShardsPart} from './shards-part.ts'
import type {TransferWish} from './tasks.ts'
import {routerWay, shardedWay} from './ways.ts'

const names = ['Router.transaction, one server', 'one phase, one shard', 'two phases, two shards'] as const
type Name = (typeof names)[number]
const base: Name = 'one phase, one shard'
/** Fewer than the connections to one shard, so that nobody waits for one while it holds another. */
const inFlights = [1, 4]
const roundMs = 1_000
/** Enough that two in flight seldom want the same row. */
const accounts = 5_000

interface Case {
  readonly inFlight: number
  readonly loads: ByContender<Name, Load>
}

export const transactions: ShardsPart = {
  name: 'transactions',
  about: 'a transfer between two accounts, in one phase and in two',
  run,
}

async function run({servers: start, sizes, rounds, undo, tell}: ShardsBench): Promise<Findings> {
  const servers = await start()
  const [onS1, onS2] = [usersOf('s1', sizes.users, accounts), usersOf('s2', sizes.users, accounts)]
  const wishes: Readonly<Record<Name, Pick<TransferWish, 'from' | 'to' | 'phases'>>> = {
    'Router.transaction, one server': {from: onS1, to: onS1, phases: null},
    'one phase, one shard': {from: onS1, to: onS1, phases: 1},
    'two phases, two shards': {from: onS1, to: onS2, phases: 2},
  }
  const cases: Case[] = []
  for (const inFlight of inFlights) {
    tell(`${inFlight} in flight`)
    const contenders = contendersOf<Name>(
      {
        'Router.transaction, one server': routerWay(servers),
        'one phase, one shard': shardedWay(servers),
        'two phases, two shards': shardedWay(servers),
      },
      undo,
    )
    const turn = async (name: Name, forMs: number): Promise<Load> =>
      contenders[name].run('transfers', {...wishes[name], inFlight, forMs})
    await warmUp(names, turn, sizes.ms(warmUpMs))
    cases.push({inFlight, loads: await interleaved(names, rounds, async name => turn(name, sizes.ms(roundMs)))})
    await endAll(contenders)
  }
  return {
    tables: [tableOf(cases, `${rounds} rounds of ${sizes.ms(roundMs)} ms`)],
    raw: cases,
    versions: servers.versions,
  }
}

function tableOf(cases: readonly Case[], rounds: string): Table {
  return {
    title: 'Transactions: a transfer',
    head: ['in flight', 'how', 'transfers/s', 'p50 ms', 'x one phase', 'p99 ms', 'x one phase', 'client CPU µs'],
    rows: cases.flatMap(each => names.map(name => rowOf(each, name))),
    note: `Two UPDATEs by primary key, of ${accounts} accounts on each shard, with fsync and the fence (on one server without). Every commit is checked to have had as many phases. Two phases: PREPARE TRANSACTION on both servers, the decision kept by one of them. Median of ${rounds} per contender, interleaved; ratios: the median of the rounds' ratios, in brackets the least and the greatest.`,
  }
}

function rowOf({inFlight, loads}: Case, name: Name): readonly string[] {
  const figures = (of: Name, field: keyof Load): readonly number[] => loads[of].map(load => load[field])
  const median = (field: keyof Load, digits: number): string => spreadOf(figures(name, field)).median.toFixed(digits)
  const ratio = (field: keyof Load): string =>
    name === base ? '1' : spreadText(ratioOf(figures(name, field), figures(base, field)), 2)
  return [
    String(inFlight),
    name,
    median('perSecond', 0),
    median('p50Ms', 3),
    ratio('p50Ms'),
    median('p99Ms', 2),
    ratio('p99Ms'),
    median('processCpuUs', 1),
  ]
}
