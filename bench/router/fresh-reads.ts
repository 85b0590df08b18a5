// Part: users who read what they have just written. What the freshness that they get costs, who serves their reads, and
// how many would be stale without it.
import type {Consistency} from '../../src/router/index.ts'
import {Contender} from './contender.ts'
import {percentileOf, ratioOf, spreadOf} from './figures.ts'
import {percentText, spreadText} from './format.ts'
import type {Bench, Findings, Part, Table} from './part.ts'
import {serverVersion, startPrimary, startStandby} from './postgres.ts'
import {interleaved, type ByContender} from './rounds.ts'
import type {UsersSaw} from './users.ts'

const userCount = 8
const everyMs = 40
const roundMs = 1_000

const readsPerSecond = 200
const writeRates = [0, 1, 4, 20]
const rateMs = 1_500

const ways = {
  'eventual': {consistency: 'eventual', inSessions: false},
  'session, no sessions (default)': {consistency: 'session', inSessions: false},
  'session, each user in one': {consistency: 'session', inSessions: true},
  'strict': {consistency: 'strict', inSessions: false},
} as const satisfies Record<string, {readonly consistency: Consistency; readonly inSessions: boolean}>
type Name = keyof typeof ways
const names = Object.keys(ways) as readonly Name[]
const byDefault: Name = 'session, no sessions (default)'
/** What the others are compared with: nothing is asked or waited for in it. */
const base: Name = 'eventual'

export const freshReads: Part = {
  name: 'fresh-reads',
  about: 'users who read what they have just written: cost, who serves, stale reads',
  run,
}

async function run({undo, rounds, tell}: Bench): Promise<Findings> {
  const primary = await startPrimary(undo)
  const standbys = await Promise.all(['pg2', 'pg3'].map(async service => startStandby(service, primary, undo)))
  const hosts = [primary, ...standbys].map(({node}) => node)
  const contenders = Object.fromEntries(
    names.map(name => [
      name,
      new Contender({kind: 'router', options: {topology: {hosts}, consistency: ways[name].consistency}}, undo),
    ]),
  ) as Readonly<Record<Name, Contender>>
  const turn = async (name: Name, forMs: number): Promise<UsersSaw> =>
    contenders[name].run('users', {users: userCount, everyMs, forMs, inSessions: ways[name].inSessions})
  tell(`${userCount} users`)
  for (const name of names) {
    await contenders[name].run('seesStandbys', {count: standbys.length})
    await turn(name, 600)
  }
  const saw = await interleaved(names, rounds, async name => turn(name, roundMs))
  const byRate = await servedByRate(contenders[byDefault], tell)
  return {
    tables: [tableOf(saw, rounds), rateTable(byRate)],
    raw: {saw, byRate},
    versions: {PostgreSQL: await serverVersion(primary)},
  }
}

interface AtRate {
  readonly writesPerSecond: number
  readonly reads: number
  readonly byStandby: number
}

async function servedByRate(contender: Contender, tell: (text: string) => void): Promise<readonly AtRate[]> {
  const all: AtRate[] = []
  for (const writesPerSecond of writeRates) {
    tell(`reads beside ${writesPerSecond} writes/s`)
    all.push({
      writesPerSecond,
      ...(await contender.run('readsBesideWrites', {readsPerSecond, writesPerSecond, forMs: rateMs})),
    })
  }
  return all
}

function rateTable(rates: readonly AtRate[]): Table {
  return {
    title: 'Fresh reads: reads of anything, outside of sessions, beside writes through the same router',
    head: ['writes/s', 'reads', 'by standbys'],
    rows: rates.map(({writesPerSecond, reads, byStandby}) => [
      String(writesPerSecond),
      String(reads),
      percentText(byStandby / reads, 0),
    ]),
    note: `${readsPerSecond} reads/s at a steady rate for ${rateMs / 1_000} s each, defaults (consistency session, pollMs 250). Outside of sessions a read sees all that was written through its router, so after each write reads go to the primary until the next sample of it is in and a standby has reached that.`,
  }
}

function tableOf(saw: ByContender<Name, UsersSaw>, rounds: number): Table {
  return {
    title: 'Fresh reads: a write, and at once a read of it',
    head: [
      'consistency',
      'writes',
      'write p50 ms',
      'x eventual',
      'write p99 ms',
      'read p50 ms',
      'read p99 ms',
      'reads by standbys',
      'stale reads',
    ],
    rows: names.map(name => rowOf(saw, name)),
    note: `${userCount} users, each writes every ${everyMs} ms an own row by UPDATE, autocommit, and reads it as soon as that is acknowledged; stale: the value read is older than the one written. One asynchronous primary with two standbys on one host, so the standbys are behind by less than over a network. Median of ${rounds} rounds of ${roundMs} ms per way, interleaved, of each round's p50 and p99; in brackets the least and the greatest ratio of one round. In a session a write costs a question for its position on the same connection.`,
  }
}

function rowOf(saw: ByContender<Name, UsersSaw>, name: Name): readonly string[] {
  const percentiles = (of: Name, field: 'writeMs' | 'readMs', share: number): readonly number[] =>
    saw[of].map(round => percentileOf(round[field], share))
  const median = (field: 'writeMs' | 'readMs', share: number): string =>
    spreadOf(percentiles(name, field, share)).median.toFixed(2)
  const sum = (of: (round: UsersSaw) => number): number => saw[name].reduce((total, round) => total + of(round), 0)
  const reads = sum(({readMs}) => readMs.length)
  const stale = sum(round => round.stale)
  return [
    name,
    String(reads),
    median('writeMs', 0.5),
    name === base ? '1' : spreadText(ratioOf(percentiles(name, 'writeMs', 0.5), percentiles(base, 'writeMs', 0.5)), 2),
    median('writeMs', 0.99),
    median('readMs', 0.5),
    median('readMs', 0.99),
    percentText(sum(round => round.byStandby) / reads),
    stale === 0 ? '0' : `${stale} (${percentText(stale / reads)})`,
  ]
}
