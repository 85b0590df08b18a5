// Statements made by a seed, and known ones, through the pool over three shards and on one database: the same rows,
// order, columns, types, row counts and SQLSTATEs, and after a write the same tables, or a refusal. The oracle is
// PostgreSQL. The last shard has no rows. HL_DIFFERENTIAL: how many reads, and a quarter of that of writes;
// HL_DIFFERENTIAL_SEED: the seed of the first, each has the next one. So HL_DIFFERENTIAL=1 with the seed of a
// difference is that statement alone.
import type pg from 'pg'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import type {RouteExplanation, ShardedPool} from '../../../src/shards/index.ts'
import {byDay} from '../../suite/at-night.ts'
import {useServers} from '../router/servers.ts'
import {isSame, shown, type Told} from './differential-answers.ts'
import {openDatabases, planOf, type DifferentialDatabases} from './differential-databases.ts'
import {inTransaction, readWays, writeWays, type Try, type Way} from './differential-ways.ts'
import {knownReads, knownWrites, type KnownStatements} from './known-statements.ts'
import {ownRead, Random, readStatement, writeStatement, type Statement} from './routing-statements.ts'
import {keysOfType, type Keys} from './statement-keys.ts'
import {useShop} from './use-shop.ts'

const readsAsked = Number(process.env['HL_DIFFERENTIAL'] ?? byDay(1_000, 10_000))
const firstSeed = Number(process.env['HL_DIFFERENTIAL_SEED'] ?? 1)
/** How many are at work at once; writes go one after the other. */
const readersCount = 4
/** As many as are enough to judge their shares by. */
const enough = 150

/** Nothing fails here: a slow host is no failure. */
const patient = {
  topology: {pollMs: 1_000, fastPollMs: 100, timeoutMs: 10_000, evidenceTtlMs: 30_000},
  connectTimeoutMs: 10_000,
  waitMs: 60_000,
}

const servers = useServers('pool-differential', {standbys: 0})

class Tally {
  statements = 0
  errors = 0
  filled = 0
  readonly refusals = new Map<string, number>()
  /** Where statements went, by the first step of their merge. */
  readonly places = new Map<string, number>()
  readonly ways = new Map<string, number>()
  readonly differences: string[] = []

  add(seed: number, way: string, {statement, onShards, onOne}: Try): void {
    if (!isSame(onShards, onOne, statement.ordered))
      this.differ(seed, way, statement, `shards: ${shown(onShards)}\none:    ${shown(onOne)}`)
    if ('sqlState' in onOne) this.errors += 1
    if ('rows' in onOne && (onOne.rowCount ?? 0) > 0) this.filled += 1
  }

  differ(seed: number, way: string, {text, values}: Statement, what: string): void {
    this.differences.push(`seed ${seed}, ${way}: ${text}\n${JSON.stringify(values)}\n${what}`)
  }

  get refused(): number {
    return [...this.refusals.values()].reduce((sum, times) => sum + times, 0)
  }

  get compared(): number {
    return this.statements - this.refused
  }

  told(what: string): string {
    const share = (times: number): string => `${((100 * times) / this.statements).toFixed(1)} %`
    const codes = new Map<string, number>()
    for (const [why, times] of this.refusals) count(codes, why.split(' ')[0] ?? '', times)
    return [
      `${what} from seed ${firstSeed}: ${this.statements}, ${this.filled} answers with rows, ${this.errors} with an error, ${this.differences.length} differences`,
      `  ${listed(this.ways)}`,
      `  ${listed(this.places)}`,
      `  refused: ${share(this.refused)} (${[...codes].map(([code, times]) => `${code} ${share(times)}`).join(', ')})`,
      ...sorted(this.refusals).map(([why, times]) => `    ${times} ${why}`),
      ...this.differences.slice(0, 20),
    ].join('\n')
  }
}

function count(map: Map<string, number>, key: string, times = 1): void {
  map.set(key, (map.get(key) ?? 0) + times)
}
const sorted = (map: ReadonlyMap<string, number>): [string, number][] => [...map].sort(([, a], [, b]) => b - a)
const listed = (map: ReadonlyMap<string, number>): string =>
  sorted(map)
    .map(([key, times]) => `${times} ${key}`)
    .join(', ')

async function explained(pool: ShardedPool, {text, values}: Statement): Promise<RouteExplanation | null> {
  return pool.explain(text, values).catch(() => null)
}

/** Words without the columns and numbers of one statement. */
const placeOf = ({merge: [step = '']}: RouteExplanation): string => step.replace(/(:| by | \d).*$/, '')

/** Counts the statement by where it goes; what explain() refuses is refused when it is sent, and nothing else is. */
async function place(
  tally: Tally,
  pool: ShardedPool,
  seed: number,
  way: string,
  statement: Statement,
  onShards: Told | undefined,
): Promise<void> {
  tally.statements += 1
  count(tally.ways, way)
  const explanation = await explained(pool, statement)
  const isRefused = onShards !== undefined && 'refused' in onShards
  if (isRefused) count(tally.refusals, `${onShards.refused} ${onShards.clause}`)
  else if (explanation !== null) count(tally.places, placeOf(explanation))
  if (isRefused !== (explanation === null))
    tally.differ(seed, way, statement, `explain() ${isRefused ? 'tells shards' : 'refuses'}, sending it does otherwise`)
}

async function tryRead(seed: number, keys: Keys, tally: Tally, pool: ShardedPool, plain: pg.Client): Promise<void> {
  const random = new Random(seed)
  const statement = readStatement(random, keys)
  const [way, send] = random.of(Object.entries(readWays))
  // In a transaction a shard is read by itself.
  const isAlone = random.chance(0.3) && (await explained(pool, statement))?.shards.length === 1
  const tries = isAlone
    ? await inTransaction([statement], 'BEGIN READ ONLY', 'COMMIT', pool, plain)
    : await send(statement, pool, plain)
  const name = isAlone ? 'a transaction' : way
  await place(tally, pool, seed, name, statement, tries[0]?.onShards)
  for (const one of tries) tally.add(seed, name, one)
}

/** The write, then others that are not refused, and what they have left for one user. */
async function transactionOf(first: Statement, random: Random, keys: Keys, pool: ShardedPool): Promise<Statement[]> {
  const statements = [first]
  const most = 1 + random.below(3)
  for (let turn = 0; turn < 8 && statements.length <= most; turn += 1) {
    const next = random.chance(0.4) ? ownRead(random, keys) : writeStatement(random, keys)
    if ((await explained(pool, next)) !== null) statements.push(next)
  }
  return statements
}

async function tryWrite(
  seed: number,
  keys: Keys,
  tally: Tally,
  pool: ShardedPool,
  plain: pg.Client,
  at: DifferentialDatabases,
): Promise<void> {
  const random = new Random(seed)
  const statement = writeStatement(random, keys)
  const [way, send] = random.of(Object.entries(writeWays))
  const isInTransaction = random.chance(0.4)
  const name = isInTransaction ? 'a transaction' : way
  const begin = random.of(['BEGIN', 'START TRANSACTION', 'BEGIN ISOLATION LEVEL REPEATABLE READ'])
  const tries = isInTransaction
    ? await inTransaction(
        await transactionOf(statement, random, keys, pool),
        begin,
        random.chance(0.8) ? 'COMMIT' : 'ROLLBACK',
        pool,
        plain,
      )
    : await send(statement, pool, plain)
  await place(tally, pool, seed, name, statement, tries[0]?.onShards)
  for (const one of tries) tally.add(seed, name, one)
  const {differences, isAsAtFirst} = await at.state()
  if (differences.length > 0)
    tally.differ(seed, name, statement, `${tries.map(one => one.statement.text).join('\n')}\n${differences.join('\n')}`)
  if (!isAsAtFirst) await at.restore()
}

/** In each of the ways; `after` each of them. */
async function tryKnown(
  {answered, refused}: KnownStatements,
  ways: Readonly<Record<string, Way>>,
  tally: Tally,
  pool: ShardedPool,
  plain: pg.Client,
  after: (way: string, statement: Statement) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  for (const statement of [...answered, ...refused])
    for (const [way, send] of Object.entries(ways)) {
      const tries = await send(statement, pool, plain)
      await place(tally, pool, 0, way, statement, tries[0]?.onShards)
      for (const one of tries) tally.add(0, way, one)
      const isRefused = tries.every(({onShards}) => 'refused' in onShards)
      if (isRefused !== refused.includes(statement))
        tally.differ(0, way, statement, isRefused ? 'it is refused' : 'it is not refused')
      await after(way, statement)
    }
}

/** One after the other on each of the clients. */
async function tryAll(
  howMany: number,
  clients: readonly pg.Client[],
  tally: Tally,
  tryOne: (seed: number, plain: pg.Client) => Promise<void>,
): Promise<void> {
  let next = 0
  const work = async (plain: pg.Client): Promise<void> => {
    // More would say the same again.
    while (next < howMany && tally.differences.length < 100) {
      next += 1
      await tryOne(firstSeed + next - 1, plain)
    }
  }
  await Promise.all(clients.map(work))
}

const limits = (howMany: number): {timeout: number} => ({timeout: 120_000 + 200 * howMany})

describe.each([
  ['int8', 1, 'America/New_York'],
  ['uuid', 0.1, 'UTC'],
  ['text', 0.1, 'Asia/Kolkata'],
] as const)('keyed by %s, over shards as in one database', (type, share, timeZone) => {
  const keys = keysOfType[type]
  const plan = planOf(keys, timeZone)
  const shop = useShop(servers, plan)
  const reads = Math.ceil(readsAsked * share)
  const writes = Math.ceil((readsAsked * share) / 4)
  const open = (): ShardedPool => shop.pool({gather: {batchRows: 5}, ...patient})
  let at: DifferentialDatabases
  let opened: DifferentialDatabases | null = null

  beforeAll(async () => {
    at = await openDatabases(servers.primary, keys, plan, readersCount)
    opened = at
    expect(await at.state()).toEqual({differences: [], isAsAtFirst: true})
  })
  afterAll(() => opened?.end())

  it(`${reads} reads`, limits(reads), async () => {
    const [tally, pool] = [new Tally(), open()]
    await tryAll(reads, at.plain, tally, (seed, plain) => tryRead(seed, keys, tally, pool, plain))
    console.log(tally.told(`reads by ${type}`))
    expect(tally.differences.length).toBe(0)
    if (reads < enough) return
    // A pool that refuses everything is never wrong.
    expect(tally.compared).toBeGreaterThan(0.7 * reads)
    expect(tally.filled).toBeGreaterThan(0.5 * reads)
    expect(Object.keys(readWays).filter(way => (tally.ways.get(way) ?? 0) < 0.05 * reads)).toEqual([])
    for (const where of ['the answer of the shard as it is', 'merged', 'groups are put together'])
      expect(tally.places.get(where) ?? 0, where).toBeGreaterThan(0.05 * reads)
  })

  it(`${writes} writes`, limits(writes * 5), async () => {
    const [tally, pool] = [new Tally(), open()]
    await tryAll(writes, at.plain.slice(0, 1), tally, (seed, plain) => tryWrite(seed, keys, tally, pool, plain, at))
    console.log(tally.told(`writes by ${type}`))
    expect(tally.differences.length).toBe(0)
    if (writes < enough) return
    expect(tally.compared).toBeGreaterThan(0.6 * writes)
    expect(tally.filled).toBeGreaterThan(0.3 * writes)
    for (const where of [
      'the answer of the shard as it is',
      'row counts are added',
      'returned rows in the order of VALUES',
    ])
      expect(tally.places.get(where) ?? 0, where).toBeGreaterThan(0.01 * writes)
  })

  it('known ones, in every way', limits(1_000), async () => {
    const [tally, pool, [plain]] = [new Tally(), open(), at.plain]
    if (plain === undefined) throw new Error('no client')
    await tryKnown(knownReads(keys), readWays, tally, pool, plain)
    await tryKnown(knownWrites(keys), writeWays, tally, pool, plain, async (way, statement) => {
      const {differences, isAsAtFirst} = await at.state()
      if (differences.length > 0) tally.differ(0, way, statement, differences.join('\n'))
      if (!isAsAtFirst) await at.restore()
    })
    console.log(tally.told(`known statements by ${type}`))
    expect(tally.differences).toEqual([])
  })

  it('a row that one side only has is found, by reads and in the tables', limits(100), async () => {
    const [tally, pool] = [new Tally(), open()]
    await at.shards.get(plan.map.shards[1] ?? '')?.query(`UPDATE t SET n = 3 WHERE id = 0`)
    await tryAll(100, at.plain, tally, (seed, plain) => tryRead(seed, keys, tally, pool, plain))
    expect((await at.state()).differences.length).toBeGreaterThan(0)
    await at.restore()
    expect(tally.differences.length).toBeGreaterThan(5)
    expect(await at.state()).toEqual({differences: [], isAsAtFirst: true})
  })
})
