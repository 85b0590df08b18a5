// Part: the whole way of a statement of one key through this process, without network: the driver answers by itself.
import {differenceOf, spreadOf} from '../router/figures.ts'
import {spreadText} from '../router/format.ts'
import type {Findings} from '../router/part.ts'
import {interleaved, warmUp, warmUpMs} from '../router/rounds.ts'
import {contendersOf, endAll} from './contender.ts'
import type {ShardsBench, ShardsPart} from './shards-part.ts'
import {targetsTable} from './targets.ts'
import {routerWay, shardedWay, wholeWay} from './ways.ts'

const names = ['pg.Pool', 'Router', 'ShardedPool'] as const
type Name = (typeof names)[number]

const roundMs = 1_000
const user = 1
const addedUsMax = 1

export const routing: ShardsPart = {
  name: 'routing',
  about: 'the whole way of a statement of one key, with a driver that answers by itself',
  run,
}

async function run({rounds, sizes, servers, undo, tell}: ShardsBench): Promise<Findings> {
  const all = await servers()
  const contenders = contendersOf<Name>(
    {'pg.Pool': wholeWay(all), 'Router': routerWay(all), 'ShardedPool': shardedWay(all)},
    undo,
  )
  const turn = async (name: Name, forMs: number): Promise<number> =>
    (await contenders[name].run('routed', {user, forMs})).p50Us
  tell('the driver answers')
  await warmUp(names, turn, sizes.ms(warmUpMs))
  const us = await interleaved(names, rounds, async name => turn(name, sizes.ms(roundMs)))
  await endAll(contenders)
  const added = differenceOf(us.ShardedPool, us.Router)
  return {
    tables: [
      {
        title: 'Routing: a read by key, without network',
        head: ['through', 'µs per statement'],
        rows: names.map(name => [name, spreadText(spreadOf(us[name]), 2)]),
        note: `p50 over batches of 100; the driver answers on the next tick, one caller; median of ${rounds} rounds of ${sizes.ms(roundMs)} ms, in brackets the least and the greatest.`,
      },
      targetsTable(
        'Routing: target',
        [
          {
            what: 'ShardedPool over the router’s own',
            figure: added,
            digits: 2,
            unit: 'µs',
            bound: {atMost: addedUsMax},
          },
        ],
        'All that a pool over shards adds: the planner, the map, and the promises between them. The median of the differences of each round.',
      ),
    ],
    raw: us,
    versions: all.versions,
  }
}
