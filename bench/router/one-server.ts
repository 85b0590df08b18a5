// Part: the router in front of one server, where it has nothing to give, beside what else could stand there. What is
// left is what each of them costs.
import {startPgbouncer, startPgpool, type Proxy} from './proxies.ts'
import {Contender} from './contender.ts'
import {middleHalfOf, ratiosOf, spreadOf} from './figures.ts'
import {spreadText} from './format.ts'
import type {Load, LoadWish} from './load.ts'
import type {Bench, Findings, Part, Table} from './part.ts'
import {port, serverVersion, startPrimary} from './postgres.ts'
import {interleaved, warmUpBy, warmUpStatements, type ByContender} from './rounds.ts'
import {statementNames, type StatementName} from './statements.ts'

const inFlights = [1, 16, 64]
// Short turns, many of them: the host itself gets faster and slower by a third within seconds, and what changes between
// two neighbours' turns is in their ratio.
const roundMs = 250
const turnsOfThread = 24
/** Of a warm-up, at least: one statement after the other would take minutes. */
const warmUpInFlight = 16

const names = ['pg.Pool', 'Router', 'PgBouncer', 'pgpool-II'] as const
type Name = (typeof names)[number]
type Contenders = Readonly<Record<Name, Contender>>

interface Case {
  readonly statement: StatementName
  readonly inFlight: number
  readonly loads: ByContender<Name, Load>
  /** CPU of the proxy's container per statement, over all rounds. */
  readonly proxyCpuUs: Readonly<Partial<Record<Name, number>>>
}

export const oneServer: Part = {
  name: 'one-server',
  about: 'the router, PgBouncer and pgpool-II in front of one server, beside a bare pg.Pool',
  run,
}

async function run(bench: Bench): Promise<Findings> {
  const {undo} = bench
  const server = await startPrimary(undo)
  const [pgbouncer, pgpool] = await Promise.all([startPgbouncer(server, undo), startPgpool(server, undo)])
  const pool = ({host, port: at}: {readonly host: string; readonly port: number}): Contender =>
    new Contender({kind: 'pool', host, port: at}, undo)
  const start = (): Contenders => ({
    'pg.Pool': pool({host: server.host, port}),
    'Router': new Contender({kind: 'router', options: {topology: {hosts: [server.node]}}}, undo),
    'PgBouncer': pool(pgbouncer),
    'pgpool-II': pool(pgpool),
  })
  // What gets compiled how is settled by chance within a thread: of two threads that did the same, one stayed at 0.90
  // of a bare pool for 21 turns and the other at 1.08. So the median is taken over many threads.
  const threads = bench.rounds
  const cases: Case[] = []
  for (const statement of statementNames) {
    for (const inFlight of inFlights) {
      bench.tell(`${statement}, ${inFlight} in flight`)
      cases.push(
        await measure(
          {statement, inFlight, forMs: roundMs},
          start,
          {'PgBouncer': pgbouncer, 'pgpool-II': pgpool},
          threads,
        ),
      )
    }
  }
  const tables = statementNames.map(statement =>
    tableOf(
      statement,
      cases.filter(each => each.statement === statement),
      threads,
    ),
  )
  return {
    tables,
    raw: cases,
    versions: {'PostgreSQL': await serverVersion(server), 'PgBouncer': pgbouncer.version, 'pgpool-II': pgpool.version},
  }
}

async function measure(
  wish: LoadWish,
  start: () => Contenders,
  proxies: Readonly<Partial<Record<Name, Proxy>>>,
  threads: number,
): Promise<Case> {
  const cpuMs = async (): Promise<ReadonlyMap<Name, number>> => {
    const all = names.map(async name => [name, (await proxies[name]?.container.cpuMs()) ?? 0] as const)
    return new Map(await Promise.all(all))
  }
  const loads: Readonly<Record<Name, Load[]>> = {'pg.Pool': [], 'Router': [], 'PgBouncer': [], 'pgpool-II': []}
  const cpu = new Map<Name, number>()
  for (let thread = 0; thread < threads; thread++) {
    const contenders = start()
    const warmUp = {...wish, inFlight: Math.max(warmUpInFlight, wish.inFlight), forMs: 1_000}
    await warmUpBy(names, async name => (await contenders[name].run('load', warmUp)).count)
    const before = await cpuMs()
    const measured = await interleaved(
      names,
      turnsOfThread,
      async name => contenders[name].run('load', wish),
      thread * turnsOfThread,
    )
    const after = await cpuMs()
    for (const name of names) {
      loads[name].push(...measured[name])
      cpu.set(name, (cpu.get(name) ?? 0) + (after.get(name) ?? 0) - (before.get(name) ?? 0))
      await contenders[name].end()
    }
  }
  const perStatement = (name: Name): number =>
    ((cpu.get(name) ?? 0) * 1_000) / loads[name].reduce((sum, {count}) => sum + count, 0)
  return {
    statement: wish.statement,
    inFlight: wish.inFlight,
    loads,
    proxyCpuUs: Object.fromEntries(
      names.filter(name => proxies[name] !== undefined).map(name => [name, perStatement(name)]),
    ),
  }
}

function tableOf(statement: StatementName, cases: readonly Case[], threads: number): Table {
  return {
    title: `One server: ${statement}`,
    head: [
      'in flight',
      'through',
      'statements/s',
      'x pg.Pool',
      'p50 ms',
      'p99 ms',
      'client CPU µs',
      'x pg.Pool',
      'proxy CPU µs',
    ],
    rows: cases.flatMap(each => names.map(name => rowOf(each, name))),
    note: `Median of ${threads * turnsOfThread} turns of ${roundMs} ms per contender, interleaved, in ${threads} threads of each, one after the other, each after ${warmUpStatements} statements in which compiling ends; ratios: the median of the turns' ratios, in brackets the middle half. CPU per statement: of the client's process, and of the proxy's container. All of it shares the cores of one host, so a proxy also takes CPU from the server and the client; on machines of their own they would cost a network hop instead.`,
  }
}

function rowOf({inFlight, loads, proxyCpuUs}: Case, name: Name): readonly string[] {
  const figures = (field: keyof Load, of: Name = name): readonly number[] => loads[of].map(load => load[field])
  const ratio = (field: keyof Load): string =>
    name === 'pg.Pool' ? '1' : spreadText(middleHalfOf(ratiosOf(figures(field), figures(field, 'pg.Pool'))), 2)
  const proxyUs = proxyCpuUs[name]
  return [
    String(inFlight),
    name,
    spreadOf(figures('perSecond')).median.toFixed(0),
    ratio('perSecond'),
    spreadOf(figures('p50Ms')).median.toFixed(3),
    spreadOf(figures('p99Ms')).median.toFixed(2),
    spreadOf(figures('processCpuUs')).median.toFixed(1),
    ratio('processCpuUs'),
    proxyUs === undefined ? '' : proxyUs.toFixed(1),
  ]
}
