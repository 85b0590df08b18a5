// Part: how fast the rows of a quarter of the groups come from one server to the other, and how fast they are compared.
import {ratioOf, spreadOf, type Spread} from '../router/figures.ts'
import {spreadText} from '../router/format.ts'
import type {Findings, Table} from '../router/part.ts'
import {interleaved, type ByContender} from '../router/rounds.ts'
import {targetsTable} from '../shards/targets.ts'
import {pipe, subscription} from './by-hand.ts'
import type {MoveBench, MovePart} from './move-part.ts'
import {moveTo, type MovedFigures, type Pair} from './servers.ts'

const names = ['pipe', 'subscription', 'move, 1 connection', 'move, 4 connections'] as const
type Name = (typeof names)[number]
const ofPipeLeast = 0.6

/** Of a move all figures; of the others the time alone. */
type Turn = Pick<MovedFigures, 'copyMs'> & Partial<MovedFigures>

export const copying: MovePart = {
  name: 'copy',
  about: 'the rows of a quarter of the groups, beside COPY through a pipe and a subscription',
  run,
}

async function run({rounds, pair: started, tell}: MoveBench): Promise<Findings> {
  const pair = await started()
  const turns = await interleaved(names, rounds, async name => {
    tell(name)
    return turn(name, pair)
  })
  return {tables: [tableOf(turns, rounds), targetsOf(turns)], raw: turns, versions: pair.versions}
}

async function turn(name: Name, pair: Pair): Promise<Turn> {
  if (name === 'pipe') return {copyMs: await pipe(pair)}
  if (name === 'subscription') return {copyMs: await subscription(pair)}
  const moved = await moveTo('s2', pair, {copies: name === 'move, 1 connection' ? 1 : 4})
  await moveTo('s1', pair)
  return moved
}

const perSecond = (amounts: readonly number[], ms: readonly number[]): Spread =>
  spreadOf(ms.map((each, round) => (amounts[round] ?? Number.NaN) / (each / 1_000)))

function tableOf(turns: ByContender<Name, Turn>, rounds: number): Table {
  const moved = turns['move, 1 connection']
  const rows = moved[0]?.rows ?? Number.NaN
  const bytes = moved[0]?.bytes ?? Number.NaN
  const copyMs = (name: Name): readonly number[] => turns[name].map(each => each.copyMs)
  const verified = moved.map(each => each.verifiedRows ?? Number.NaN)
  const verifyMs = moved.map(each => each.verifyMs ?? Number.NaN)
  return {
    title: `Copy of ${rows} rows, ${(bytes / 1_048_576).toFixed(1)} MiB as COPY has them`,
    head: ['way', 'seconds', 'rows/s', 'x pipe'],
    rows: [
      ...names.map(name => [
        name,
        spreadText(spreadOf(copyMs(name).map(ms => ms / 1_000)), 2),
        spreadText(
          perSecond(
            copyMs(name).map(() => rows),
            copyMs(name),
          ),
          0,
        ),
        name === 'pipe' ? '1' : spreadText(ratioOf(copyMs('pipe'), copyMs(name)), 2),
      ]),
      [
        'comparison of both sides',
        spreadText(spreadOf(verifyMs.map(ms => ms / 1_000)), 2),
        spreadText(perSecond(verified, verifyMs), 0),
        '',
      ],
    ],
    note: `Into tables with their primary keys, which have as many rows of other users, without load. pipe: COPY in binary from psql to psql on the destination's machine, one table after the other, as a process start each. subscription: PostgreSQL's own, with row filters and copy_data, until all tables are ready. move: from the slot until its last row, through the mover's process. Median of ${rounds} rounds, interleaved, in brackets the least and the greatest.`,
  }
}

function targetsOf(turns: ByContender<Name, Turn>): Table {
  const copyMs = (name: Name): readonly number[] => turns[name].map(each => each.copyMs)
  return targetsTable(
    'Copy: targets',
    [
      {
        what: 'rows per second of a move over 4 connections, x pipe',
        figure: ratioOf(copyMs('pipe'), copyMs('move, 4 connections')),
        digits: 2,
        unit: '',
        bound: {atLeast: ofPipeLeast},
      },
    ],
    'The time of the pipe over that of the move, by round.',
  )
}
