// Statements made by a seed, on one plain server and over three shards: the same rows, order, columns, types and row
// counts, or a refusal. The oracle is PostgreSQL. The last shard is empty.
import pg from 'pg'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {loadSql} from '../../../src/shards/routing/load-sql.ts'
import {RouteCache} from '../../../src/shards/routing/plan-cache.ts'
import {ShardError} from '../../../src/shards/shard-error.ts'
import {useServers} from '../router/servers.ts'
import {ask, openDatabases, type Databases, type Outcome} from './routing-databases.ts'
import {routed, run} from './routing-run.ts'
import {Random, readStatement, writeStatement, type Statement} from './routing-statements.ts'
import {testTables} from './routing-tables.ts'

const seed = Number(process.env['ROUTING_SEED'] ?? 20_260_422)
const readCount = 3_000
const writeCount = 600

const servers = useServers('shard-routing', {standbys: 0})
let databases: Databases
let opened: Databases | null = null
let cache: RouteCache

beforeAll(async () => {
  const {host, port} = servers.primary
  databases = await openDatabases({host, port, user: 'postgres', database: servers.connection.database}, seed)
  opened = databases
  const sql = await loadSql()
  if (sql === null) throw new Error('libpg-query and pgsql-deparser are needed')
  cache = new RouteCache(sql, testTables)
})
afterAll(() => opened?.end())

interface Tally {
  readonly run: number
  readonly refusals: ReadonlyMap<string, number>
  readonly kinds: ReadonlyMap<string, number>
  /** Statements that PostgreSQL refused, on both. */
  readonly errors: number
  /** Answers with rows, or changes of rows. */
  readonly filled: number
}

type Tried = Outcome | {readonly sqlState: string}

async function tried(work: () => Promise<Outcome>): Promise<Tried> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof pg.DatabaseError) return {sqlState: error.code ?? ''}
    throw error
  }
}

/** Rows in any order, by their texts. */
function inSomeOrder(outcome: Tried): Tried {
  if ('sqlState' in outcome) return outcome
  return {...outcome, rows: outcome.rows.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))}
}

async function compare(
  count: number,
  next: (random: Random) => Statement,
  around: (work: () => Promise<void>) => Promise<void>,
): Promise<Tally> {
  const random = new Random(seed)
  const refusals = new Map<string, number>()
  const kinds = new Map<string, number>()
  let runs = 0
  let errors = 0
  let filled = 0
  for (let turn = 0; turn < count; turn += 1) {
    const statement = next(random)
    await around(async () => {
      try {
        const bound = routed(statement, cache, databases, turn)
        const key = bound.merge.kind === 'gather' && bound.merge.plan.combine !== null ? 'combine' : bound.merge.kind
        kinds.set(key, (kinds.get(key) ?? 0) + 1)
        runs += 1
        const onShards = await tried(() => run(bound, databases))
        const onOne = await tried(() => ask(databases.plain, statement.text, statement.values))
        if ('sqlState' in onOne) errors += 1
        else if (onOne.rowCount > 0) filled += 1
        const about = `${statement.text}\n${JSON.stringify(statement.values)}\n${JSON.stringify(bound)}`
        if (statement.ordered || bound.merge.kind === 'placed') expect(onShards, about).toEqual(onOne)
        else expect(inSomeOrder(onShards), about).toEqual(inSomeOrder(onOne))
      } catch (error) {
        if (!(error instanceof ShardError)) throw error
        const why = `${error.code} ${error.message.split(':')[0] ?? ''}`
        refusals.set(why, (refusals.get(why) ?? 0) + 1)
      }
    })
  }
  return {run: runs, refusals, kinds, errors, filled}
}

function shown({run: runs, refusals, kinds, errors, filled}: Tally, count: number): string {
  const refused = [...refusals].toSorted((a, b) => b[1] - a[1]).map(([why, times]) => `  ${times} ${why}`)
  const share = ((100 * (count - runs)) / count).toFixed(1)
  return `${count} statements of seed ${seed}: ${runs} compared, ${filled} with rows, ${errors} with an error (${[...kinds].map(([kind, times]) => `${times} ${kind}`).join(', ')}), ${share} % refused\n${refused.join('\n')}`
}

const contents = ['SELECT * FROM t ORDER BY user_id, id', 'SELECT * FROM o ORDER BY user_id, id'] as const

/** Nothing lasts; before it goes, the tables of all shards together are those of the plain server. */
async function rolledBack(work: () => Promise<void>): Promise<void> {
  const clients = [databases.plain, ...databases.shards.values()]
  for (const client of clients) await client.query('BEGIN')
  try {
    await work()
    await compareContents()
  } finally {
    for (const client of clients) await client.query('ROLLBACK')
  }
}

async function compareContents(): Promise<void> {
  const all = [...databases.shards.values()]
  // A statement that failed on one failed on both, and an aborted transaction shows nothing.
  const [state] = await Promise.all([tried(() => ask(databases.plain, 'SELECT 1', []))])
  if ('sqlState' in state) return
  for (const text of contents) {
    const one = await ask(databases.plain, text, [])
    const parts: Outcome[] = []
    for (const client of all) parts.push(await ask(client, text, []))
    const together = parts.flatMap(({rows}) => rows)
    const sorted = together.toSorted((a, b) => Number(a[0]) - Number(b[0]) || Number(a[1]) - Number(b[1]))
    expect(sorted).toEqual(one.rows)
  }
  const reference = await ask(databases.plain, 'SELECT * FROM ref ORDER BY id', [])
  for (const client of all)
    expect((await ask(client, 'SELECT * FROM ref ORDER BY id', [])).rows).toEqual(reference.rows)
}

describe('over shards as on one server', () => {
  it(`${readCount} reads`, {timeout: 600_000}, async () => {
    const tally = await compare(readCount, readStatement, work => work())
    console.log(shown(tally, readCount))
    // A planner that refuses everything is never wrong.
    expect(tally.run).toBeGreaterThan(0.7 * readCount)
    expect(tally.filled).toBeGreaterThan(0.5 * readCount)
    expect(Math.min(...['alone', 'gather', 'combine'].map(kind => tally.kinds.get(kind) ?? 0))).toBeGreaterThan(200)
  })

  it(`${writeCount} writes`, {timeout: 600_000}, async () => {
    const tally = await compare(writeCount, writeStatement, rolledBack)
    console.log(shown(tally, writeCount))
    expect(tally.run).toBeGreaterThan(0.6 * writeCount)
    expect(tally.filled).toBeGreaterThan(0.3 * writeCount)
    for (const kind of ['alone', 'counts', 'placed', 'appended', 'same'])
      expect(tally.kinds.get(kind) ?? 0, kind).toBeGreaterThan(5)
  })
})
