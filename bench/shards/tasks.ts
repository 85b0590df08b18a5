// What a contender's thread can be told to do with its way to the rows. Invariants: what goes in and what comes out can
// be copied between threads; an answer that is not what was asked for is an error, not a fast answer.
import type {TransactionClient} from '../../src/router/index.ts'
import {closedLoop, type Load} from '../router/load.ts'
import {stubbed} from '../router/stubbed-driver.ts'
import {statementOf, someId, transferTexts, type Dialect, type StatementName} from './statements.ts'
import {streamAll, type Streamed} from './stream-all.ts'
import {poolOf, routerOf, shardedOf, type Opened} from './way.ts'

export type Tasks = typeof tasks

const serializationFailure = '40001'

export const tasks = {ask, bulk, load, repeat, routed, stream, transfers}

interface LoopWish {
  readonly inFlight: number
  readonly forMs: number
}

/** One statement, for its rows. */
async function ask({ask: send}: Opened, {text}: {readonly text: string}): Promise<readonly unknown[]> {
  return (await send({text})).rows as unknown[]
}

/** Statements of one key, of the users given, or of 1 to so many. */
async function load(
  opened: Opened,
  {
    statement,
    dialect,
    users,
    ...wish
  }: LoopWish & {
    readonly statement: StatementName
    readonly dialect: Dialect
    readonly users: number | readonly number[]
  },
): Promise<Load> {
  const one = async (): Promise<void> => {
    const asked = statementOf(statement, dialect, someOf(users))
    const {rows} = await untilSerialized(async () => opened.ask(asked))
    if (statement === 'read' && rows.length !== 1) throw new Error(`${rows.length} rows of one user`)
  }
  return closedLoop(one, wish)
}

/**
 * Foreign tables ask their servers in REPEATABLE READ, in which of two writes of a row one fails; an application sends
 * it again, which is part of its time.
 */
async function untilSerialized<T>(send: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await send()
    } catch (error) {
      if ((error as {readonly code?: unknown}).code !== serializationFailure) throw error
    }
  }
}

/** One text again and again, one after the other. */
async function repeat(opened: Opened, {text, forMs}: {readonly text: string; readonly forMs: number}): Promise<Load> {
  return closedLoop(async () => opened.ask({text}), {inFlight: 1, forMs})
}

/** The read of one user with a driver that answers by itself. */
async function routed(
  opened: Opened,
  {user, forMs}: {readonly user: number; readonly forMs: number},
): Promise<{readonly p50Us: number; readonly count: number}> {
  const statement = statementOf('read', 'tables', user)
  let fromServer = 0
  const one = async (): Promise<void> => {
    const [row] = (await opened.ask(statement)).rows as {readonly user_id?: unknown}[]
    // The first is to come from the server; another one was sent with a text that the driver does not answer.
    if (row?.user_id !== undefined && ++fromServer > 1) throw new Error('the server answered, not the driver')
  }
  return stubbed(one, statement, forMs)
}

/** Many rows in one statement on one server: µs per row. */
async function bulk(
  opened: Opened,
  {table, users, perUser}: {readonly table: string; readonly users: readonly number[]; readonly perUser: number},
): Promise<number> {
  // Ids of one statement follow each other, so a start must leave room.
  const start = Math.floor(someId() / 2)
  const startMs = performance.now()
  await poolOf(opened).query(
    `INSERT INTO ${table} (user_id, id, amount) SELECT user_id, $2::int8 + id, 1 FROM unnest($1::int8[]) AS user_id, generate_series(1, $3::int8) AS id`,
    [users, start, perUser],
  )
  return ((performance.now() - startMs) * 1_000) / (users.length * perUser)
}

async function stream(opened: Opened, {rows}: {readonly rows: number}): Promise<Streamed> {
  return streamAll(opened, rows)
}

export interface TransferWish extends LoopWish {
  readonly from: readonly number[]
  readonly to: readonly number[]
  /** Of a pool over shards: what the commit must have been. null: a router on one server. */
  readonly phases: 1 | 2 | null
}

/** Some amount from one account to another: two statements in a transaction. */
async function transfers(opened: Opened, {from, to, phases, ...wish}: TransferWish): Promise<Load> {
  const work = async (client: {query: (text: string, values: unknown[]) => Promise<unknown>}): Promise<void> => {
    const [first, second] = inOrder(someOf(from), someOf(to))
    await client.query(transferTexts.from, [first, 1])
    await client.query(transferTexts.to, [second, 1])
  }
  if (phases === null)
    return closedLoop(async () => routerOf(opened).transaction((client: TransactionClient) => work(client)), wish)
  const pool = shardedOf(opened)
  const one = async (): Promise<void> => {
    const done = await pool.transaction(client => work(client))
    if (done.phases !== phases) throw new Error(`${done.phases} phases, not ${phases}`)
  }
  return closedLoop(one, wish)
}

/** Else two of them on one shard would wait for each other. */
function inOrder(one: number, other: number): readonly [number, number] {
  return one < other ? [one, other] : [other, one]
}

function someOf(users: number | readonly number[]): number {
  if (typeof users === 'number') return 1 + Math.floor(Math.random() * users)
  return users[Math.floor(Math.random() * users.length)] ?? Number.NaN
}
