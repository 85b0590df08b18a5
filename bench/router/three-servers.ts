// Part: one primary and two standbys. What balancing costs while all is well, and what readers see when a standby lags,
// hangs or dies.
import {Contender} from './contender.ts'
import {docker} from './containers.ts'
import {faultPhases, type FaultMoments, type FaultPhases} from './fault-phases.ts'
import {ratioOf, spreadOf} from './figures.ts'
import {percentText, secondsText, spreadText} from './format.ts'
import type {Load} from './load.ts'
import type {Bench, Findings, Part, Table} from './part.ts'
import {killServer, port, serverVersion, sql, startPrimary, startServer, startStandby, type Server} from './postgres.ts'
import {interleaved, type ByContender} from './rounds.ts'
import type {Undo} from './undo.ts'
import {Writer} from './writer.ts'

const inFlight = 64
const roundMs = 1_000
const warmUpMs = 1_300
const beforeMs = 1_000
/** Below the default of 10 s, so that a lagging standby is left out while the bench looks. */
const lagMsMax = 1_000

interface Fault {
  readonly name: string
  readonly duringMs: number
  readonly afterMs: number
  inject(standby: Server): Promise<unknown>
  heal(standby: Server): Promise<unknown>
}

const faults: readonly Fault[] = [
  {
    name: 'lags (replay paused)',
    duringMs: 3_000,
    afterMs: 2_000,
    inject: async standby => sql(standby, 'SELECT pg_wal_replay_pause()'),
    heal: async standby => sql(standby, 'SELECT pg_wal_replay_resume()'),
  },
  // Longer than a node's last word counts (3 s), after which a frozen one is given up.
  {
    name: 'hangs (docker pause)',
    duringMs: 5_000,
    afterMs: 5_000,
    inject: async ({container}) => docker.text(['pause', container.name]),
    heal: async ({container}) => docker.text(['unpause', container.name]),
  },
  {name: 'is killed (SIGKILL)', duringMs: 3_000, afterMs: 6_000, inject: killServer, heal: startServer},
]

const names = ['pg.Pool, one server', 'Router, one server', 'Router, three servers'] as const
type Name = (typeof names)[number]

interface Trial {
  readonly fault: string
  readonly phases: FaultPhases
}

export const threeServers: Part = {
  name: 'three-servers',
  about: 'a primary and two standbys: balanced reads, and reads while one standby lags, hangs or dies',
  run,
}

async function run(bench: Bench): Promise<Findings> {
  const {undo, rounds, trials, tell} = bench
  const primary = await startPrimary(undo)
  const standbys = await Promise.all(['pg2', 'pg3'].map(async service => startStandby(service, primary, undo)))
  const hosts = [primary, ...standbys].map(({node}) => node)
  const loads = await balanced(hosts, primary, bench)
  const done: Trial[] = []
  for (let trial = 1; trial <= trials; trial++) {
    for (const [index, fault] of faults.entries()) {
      tell(`a standby ${fault.name}, trial ${trial} of ${trials}`)
      const bad = standbys[(trial + index) % standbys.length]
      if (bad !== undefined) done.push({fault: fault.name, phases: await faultTrial(fault, hosts, primary, bad, undo)})
    }
  }
  return {
    tables: [balanceTable(loads, rounds), faultTable(done, trials)],
    raw: {loads, trials: done},
    versions: {PostgreSQL: await serverVersion(primary)},
  }
}

async function balanced(
  hosts: readonly string[],
  primary: Server,
  {undo, rounds, tell}: Bench,
): Promise<ByContender<Name, Load>> {
  tell(`balanced reads, ${inFlight} in flight`)
  const contenders: Readonly<Record<Name, Contender>> = {
    'pg.Pool, one server': new Contender({kind: 'pool', host: primary.host, port}, undo),
    'Router, one server': new Contender({kind: 'router', options: {topology: {hosts: [primary.node]}}}, undo),
    'Router, three servers': new Contender({kind: 'router', options: {topology: {hosts}}}, undo),
  }
  const turn = async (name: Name, forMs: number): Promise<Load> =>
    contenders[name].run('load', {statement: 'read, named', inFlight, forMs})
  await contenders['Router, three servers'].run('seesStandbys', {count: 2})
  for (const name of names) await turn(name, 800)
  const loads = await interleaved(names, rounds, async name => turn(name, roundMs))
  for (const name of names) await contenders[name].end()
  return loads
}

async function faultTrial(
  fault: Fault,
  hosts: readonly string[],
  primary: Server,
  bad: Server,
  undo: Undo,
): Promise<FaultPhases> {
  const reader = new Contender({kind: 'router', options: {topology: {hosts}, lagMsMax}}, undo)
  await reader.run('seesStandbys', {count: 2})
  await reader.run('load', {statement: 'read, named', inFlight, forMs: warmUpMs})
  const writer = await Writer.start(primary, undo)
  const stop = new Int32Array(new SharedArrayBuffer(4))
  const reading = reader.run('watchedReads', {inFlight, stop})
  const moments = await faultMoments(fault, bad)
  Atomics.store(stop, 0, 1)
  const reads = await reading
  await writer.stop()
  await reader.end()
  return faultPhases(reads, bad.node, moments)
}

async function faultMoments(fault: Fault, bad: Server): Promise<FaultMoments> {
  await pause(beforeMs)
  const injectedAtMs = now()
  await fault.inject(bad)
  await pause(fault.duringMs)
  const healingAtMs = now()
  await fault.heal(bad)
  const healedAtMs = now()
  await pause(fault.afterMs)
  return {injectedAtMs, healingAtMs, healedAtMs}
}

/** As the reads' own times. */
const now = (): number => performance.timeOrigin + performance.now()
const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

function balanceTable(loads: ByContender<Name, Load>, rounds: number): Table {
  const figures = (name: Name, field: keyof Load): readonly number[] => loads[name].map(load => load[field])
  const ratio = (name: Name, field: keyof Load): string =>
    name === names[0] ? '1' : spreadText(ratioOf(figures(name, field), figures(names[0], field)), 2)
  const median = (name: Name, field: keyof Load, digits: number): string =>
    spreadOf(figures(name, field)).median.toFixed(digits)
  return {
    title: `Three servers: reads, ${inFlight} in flight`,
    head: ['through', 'reads/s', 'x pg.Pool', 'p50 ms', 'p99 ms', 'client CPU µs', 'x pg.Pool'],
    rows: names.map(name => [
      name,
      median(name, 'perSecond', 0),
      ratio(name, 'perSecond'),
      median(name, 'p50Ms', 2),
      median(name, 'p99Ms', 2),
      median(name, 'processCpuUs', 1),
      ratio(name, 'processCpuUs'),
    ]),
    note: `Prepared reads by primary key; median of ${rounds} rounds of ${roundMs} ms per contender, interleaved; in brackets the least and the greatest ratio of one round. All servers and the client share the cores of one host, so more servers cannot be faster here: this shows what balancing costs, not what it gives.`,
  }
}

function faultTable(done: readonly Trial[], trials: number): Table {
  return {
    title: `Three servers: reads while one of two standbys fails, ${inFlight} in flight`,
    head: [
      'a standby',
      'trial',
      'reads',
      'errors',
      'p50 / p99 ms before',
      'during',
      'after',
      'longest read ms',
      'its share before',
      's until below 1 %',
      's until back',
    ],
    rows: faults.flatMap(({name}) =>
      done.filter(({fault}) => fault === name).map(({phases}, index) => faultRow(name, index + 1, phases)),
    ),
    note: `Prepared reads by primary key in a closed loop, so a reader whose read stalls asks nothing meanwhile; 50 writes/s from elsewhere. ${trials} trials per fault, each with a router that is new, pg's defaults and lagMsMax ${lagMsMax} ms (default 10,000). Seconds before, during and after: ${faults.map(({duringMs, afterMs}) => [beforeMs, duringMs, afterMs].map(ms => ms / 1_000).join(' + ')).join(', ')}. Before: reads that ended before it; after: reads that began after it. Share: of reads begun in the same 100 ms that the standby answered or failed. Until below 1 %: from the docker command or the statement that injects the fault (which takes up to 0.3 s) to the beginning of the last such 100 ms with more. Until back: from the end of the command that heals it (for the killed one: it accepts connections) to the beginning of the first 500 ms in which it has 40 % on average; never: not in the time looked at.`,
  }
}

function faultRow(
  fault: string,
  trial: number,
  {reads, errors, before, during, after, longestMs, shareBefore, leftAfterMs, backAfterMs}: FaultPhases,
): readonly string[] {
  const pair = ({p50Ms, p99Ms}: FaultPhases['before']): string => `${p50Ms.toFixed(1)} / ${p99Ms.toFixed(1)}`
  return [
    fault,
    String(trial),
    String(reads),
    errors.length === 0 ? '0' : `${errors.length}: ${errors[0] ?? ''}`,
    pair(before),
    pair(during),
    pair(after),
    longestMs.toFixed(0),
    percentText(shareBefore, 0),
    secondsText(leftAfterMs),
    secondsText(backAfterMs),
  ]
}
