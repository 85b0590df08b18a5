// Part: what finding the shard of a statement costs this process, piece by piece, without a server.
import {ratioOf, spreadOf, type Spread} from '../router/figures.ts'
import {spreadText} from '../router/format.ts'
import type {Findings} from '../router/part.ts'
import type {ByContender} from '../router/rounds.ts'
import {pieceNames, timePieces, type PieceName} from './pieces.ts'
import type {ShardsBench, ShardsPart} from './shards-part.ts'
import {targetsTable, type Target} from './targets.ts'

const pieceMs = 100
const bindNsMax = 1_000
const slotNsMax = 50

export const planning: ShardsPart = {
  name: 'planning',
  about: 'finding the shard of a statement, piece by piece, without a server',
  run,
}

async function run({rounds, sizes, tell}: ShardsBench): Promise<Findings> {
  const forMs = sizes.ms(pieceMs)
  tell('piece by piece')
  const timed = await timePieces(rounds, forMs)
  return {
    tables: [
      {
        title: 'Planning: piece by piece',
        head: ['piece', 'ns', 'x the router’s planOf'],
        rows: pieceNames.map(name => [name, spreadText(spreadOf(timed[name]), 0), relative(timed, name)]),
        note: `p50 over batches of 200 calls, each piece called for ${forMs} ms, ${rounds} times in turns; the median of these, in brackets the least and the greatest. Keys of slotOf are made before. planOf is what a router does with a known text, and is still done after the planner’s bind, by the router of the shard.`,
      },
      targetsTable(
        'Planning: targets',
        targetsOf(timed),
        'A plan hit: the planner’s look-up and bind, which comes on top of the router’s own.',
      ),
    ],
    raw: timed,
    versions: {},
  }
}

function targetsOf(timed: ByContender<PieceName, number>): readonly Target[] {
  const one = (name: PieceName, atMost: number): Target => ({
    what: name,
    figure: spread(timed, name),
    digits: 0,
    unit: 'ns',
    bound: {atMost},
  })
  return [
    one('planner: bind of a read by key, known text', bindNsMax),
    one('planner: bind of an insert, known text', bindNsMax),
    ...(['slotOf, int8, number', 'slotOf, int4, number', 'slotOf, int2, number'] as const).map(name =>
      one(name, slotNsMax),
    ),
    one('slotOf, int8, number above 2^31', slotNsMax),
  ]
}

const spread = (timed: ByContender<PieceName, number>, name: PieceName): Spread => spreadOf(timed[name])

function relative(timed: ByContender<PieceName, number>, name: PieceName): string {
  return name.startsWith('planner') ? spreadText(ratioOf(timed[name], timed['router: planOf, known text']), 1) : ''
}
