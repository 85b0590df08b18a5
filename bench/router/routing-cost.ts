// Part: what routing one statement costs this process, in three ways that must agree in kind: without network (the
// driver answers by itself), as CPU on a real server, and piece by piece.
import {Contender} from './contender.ts'
import {differenceOf, spreadOf, type Spread} from './figures.ts'
import {spreadText} from './format.ts'
import type {Bench, Findings, Part} from './part.ts'
import {pieces, timePieces} from './routing-pieces.ts'
import {port, serverVersion, startPrimary} from './postgres.ts'
import {interleaved, type ByContender} from './rounds.ts'

const names = ['pg.Pool', 'Router'] as const
type Name = (typeof names)[number]

const stubbedMs = 1_000
const realMs = 1_200
const inFlight = 16
const pieceMs = 50

export const routingCost: Part = {name: 'routing-cost', about: 'what routing one statement costs this process', run}

async function run({undo, rounds, tell}: Bench): Promise<Findings> {
  const server = await startPrimary(undo)
  const contenders: Readonly<Record<Name, Contender>> = {
    'pg.Pool': new Contender({kind: 'pool', host: server.host, port}, undo),
    'Router': new Contender({kind: 'router', options: {topology: {hosts: [server.node]}}}, undo),
  }
  const load = async (name: Name, forMs: number) =>
    contenders[name].run('load', {statement: 'read, named', inFlight, forMs})
  const stub = async (name: Name, forMs: number) => contenders[name].run('stubbedQueries', {forMs})
  tell('the driver answers')
  for (const name of names) await load(name, 500)
  for (const name of names) await stub(name, 500)
  const stubbed = await interleaved(names, rounds, async name => stub(name, stubbedMs))
  tell(`a real server, ${inFlight} in flight`)
  for (const name of names) await load(name, 500)
  const real = await interleaved(names, rounds, async name => load(name, realMs))
  tell('piece by piece')
  const timed = await timePieces(rounds, pieceMs)
  const statements = names.map(name => real[name].reduce((sum, {count}) => sum + count, 0))
  return {
    tables: [
      {
        title: 'Routing cost: per statement',
        head: ['measured', 'pg.Pool µs', 'Router µs', 'routing µs'],
        rows: [
          pairRow('time, without network', figures(stubbed, 'p50Us')),
          pairRow(`CPU of the JavaScript thread, real server, ${inFlight} in flight`, figures(real, 'threadCpuUs')),
          pairRow(`CPU of the process, real server, ${inFlight} in flight`, figures(real, 'processCpuUs')),
        ],
        note: `A prepared read by primary key whose plan is remembered. Medians of ${rounds} rounds per contender, interleaved; in brackets the least and the greatest round. Routing is the median of the differences of each round. Without network: the driver answers by itself on the next tick, one caller; p50 over batches of 100. Real server: ${statements.map((count, index) => `${count} statements through ${names[index] ?? ''}`).join(', ')}; the router's own questions to the server, four per second, are in it.`,
      },
      {
        title: 'Routing cost: piece by piece',
        head: ['piece', 'ns'],
        rows: pieces.map(({name}) => [name, spreadText(spreadOf(timed[name] ?? []), 0)]),
        note: `Each called again and again for ${pieceMs} ms, ${rounds} times in turns; median of the means, in brackets the least and the greatest.`,
      },
    ],
    raw: {stubbed, real, pieces: timed},
    versions: {PostgreSQL: await serverVersion(server)},
  }
}

function figures<Field extends string>(
  all: ByContender<Name, Readonly<Record<Field, number>>>,
  field: Field,
): ByContender<Name, number> {
  return {'pg.Pool': all['pg.Pool'].map(each => each[field]), 'Router': all.Router.map(each => each[field])}
}

function pairRow(what: string, {'pg.Pool': bare, 'Router': routed}: ByContender<Name, number>): readonly string[] {
  const text = (spread: Spread): string => spreadText(spread, 2)
  return [what, text(spreadOf(bare)), text(spreadOf(routed)), text(differenceOf(routed, bare))]
}
