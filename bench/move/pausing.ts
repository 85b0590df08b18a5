// Part: how long writes wait at the switch, and what a move costs the application meanwhile, under a closed loop of
// writes to the groups that move.
import {percentileOf, spreadOf, type Spread} from '../router/figures.ts'
import {spreadText} from '../router/format.ts'
import type {Load} from '../router/load.ts'
import type {Findings, Table} from '../router/part.ts'
import {Contender} from '../shards/contender.ts'
import {map, usersOf} from '../shards/keys.ts'
import {slotOf, groupOf} from '../../src/shards/index.ts'
import {targetsTable} from '../shards/targets.ts'
import {wholeDatabase} from '../shards/servers.ts'
import {lockedSwitch} from './by-hand.ts'
import type {MoveBench, MovePart} from './move-part.ts'
import {moveTo, movingGroups, type MovedFigures, type Pair} from './servers.ts'

const movesEachRound = 4
const inFlight = 16
const beforeMs = 3_000
/** Longer than a move takes to its switch; a switch that comes after it does not count. */
const duringMs = 15_000
const pauseMostMs = 50
const costMost = 2

interface Moved extends MovedFigures {
  readonly before: Load
  readonly during: Load
}

export const pausing: MovePart = {
  name: 'pause',
  about: 'the pause of writes at the switch, beside a subscription that is switched under a lock',
  run,
}

async function run({rounds, sizes, pair: started, undo, tell}: MoveBench): Promise<Findings> {
  const pair = await started()
  const {s1, s2} = pair.servers
  const writer = new Contender({kind: 'sharded', shards: {s1: s1.host, s2: s2.host}, database: wholeDatabase}, undo)
  const users = usersOf('s1', sizes.users, sizes.users).filter(user =>
    movingGroups.includes(groupOf(slotOf('int8', user))),
  )
  const write = async (forMs: number): Promise<Load> =>
    writer.run('load', {statement: 'update', dialect: 'tables', users, inFlight, forMs})
  const moved: Moved[] = []
  const byHandMs: number[] = []
  for (let round = 0; round < rounds; round++) {
    tell(`round ${round + 1} of ${rounds}`)
    for (let turn = 0; turn < movesEachRound; turn++)
      moved.push(await oneMove(turn % 2 === 0 ? 's2' : 's1', pair, write))
    byHandMs.push(await oneByHand(pair, write))
  }
  await writer.end()
  return {
    tables: [tableOf(moved, byHandMs), costTable(moved), targetsOf(moved)],
    raw: {moved, byHandMs},
    versions: pair.versions,
  }
}

async function oneMove(to: 's1' | 's2', pair: Pair, write: (forMs: number) => Promise<Load>): Promise<Moved> {
  const before = await write(beforeMs)
  let endedMs = Number.NaN
  const writing = write(duringMs).finally(() => (endedMs = performance.now()))
  const figures = await moveTo(to, pair)
  // A write that fails fails the part.
  const during = await writing
  if (!(figures.switchedAtMs < endedMs))
    throw new Error('the load had ended before the switch: its pause shows nothing')
  return {...figures, before, during}
}

async function oneByHand(pair: Pair, write: (forMs: number) => Promise<Load>): Promise<number> {
  const writing: Promise<Load>[] = []
  const tookMs = await lockedSwitch(pair, async () => {
    writing.push(write(duringMs / 3))
    await new Promise(resolve => setTimeout(resolve, 1_000))
  })
  await Promise.all(writing)
  return tookMs
}

const pausesOf = (moved: readonly Moved[]): readonly number[] => moved.map(each => each.pausedMs)
const takenBackOf = (moved: readonly Moved[]): number => moved.reduce((sum, each) => sum + each.takenBack, 0)

function tableOf(moved: readonly Moved[], byHandMs: readonly number[]): Table {
  const row = (name: string, ms: readonly number[], backs: string): readonly string[] => [
    name,
    String(ms.length),
    percentileOf(ms, 0.5).toFixed(1),
    Math.max(...ms).toFixed(1),
    backs,
  ]
  return {
    title: 'Pause of writes at the switch',
    head: ['way', 'switches', 'p50 ms', 'max ms', 'taken back'],
    rows: [row('hl', pausesOf(moved), String(takenBackOf(moved))), row('subscription under a lock', byHandMs, '')],
    note: `${movingGroups.length} of ${map.groupsOf('s1').length} groups of a shard there and back, while ${inFlight} callers of a ShardedPool in another thread update accounts of these groups, each as soon as the last was answered; not one may fail. hl: from before the fence until the destination owns the groups, with the marker and the sequences. By hand: from asking for an EXCLUSIVE lock on the tables until the subscriber has confirmed all, asked without a pause; clients would have to be sent elsewhere after that.`,
  }
}

function costTable(moved: readonly Moved[]): Table {
  const spread = (of: (each: Moved) => number): Spread => spreadOf(moved.map(of))
  return {
    title: 'What a move costs the application',
    head: ['figure', 'before', 'while it is moved', 'x before'],
    rows: [
      [
        'writes/s',
        spreadText(
          spread(each => each.before.perSecond),
          0,
        ),
        spreadText(
          spread(each => each.during.perSecond),
          0,
        ),
        spreadText(
          spread(each => each.during.perSecond / each.before.perSecond),
          2,
        ),
      ],
      [
        'p50 ms',
        spreadText(
          spread(each => each.before.p50Ms),
          2,
        ),
        spreadText(
          spread(each => each.during.p50Ms),
          2,
        ),
        spreadText(
          spread(each => each.during.p50Ms / each.before.p50Ms),
          2,
        ),
      ],
      [
        'p99 ms',
        spreadText(
          spread(each => each.before.p99Ms),
          2,
        ),
        spreadText(
          spread(each => each.during.p99Ms),
          2,
        ),
        spreadText(
          spread(each => each.during.p99Ms / each.before.p99Ms),
          2,
        ),
      ],
    ],
    note: 'A closed loop of so many callers takes what the servers have; the mover, both servers and the callers share the host. Medians, in brackets the least and the greatest.',
  }
}

function targetsOf(moved: readonly Moved[]): Table {
  return targetsTable(
    'Pause: targets',
    [
      {
        what: 'longest pause of a switch',
        figure: spreadOf([Math.max(...pausesOf(moved))]),
        digits: 1,
        unit: 'ms',
        bound: {atMost: pauseMostMs},
      },
      {
        what: 'p99 of writes while it is moved, x before',
        figure: spreadOf(moved.map(each => each.during.p99Ms / each.before.p99Ms)),
        digits: 2,
        unit: '',
        bound: {atMost: costMost},
      },
    ],
    'Zero writes failed, or the part would have.',
  )
}
