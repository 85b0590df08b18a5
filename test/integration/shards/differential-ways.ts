// The ways in which a statement may be sent to a pool over shards, and each beside it to one database. For tests only.
// Not here: what is compared (differential-answers.ts), which statement goes which way (pool-differential.test.ts).
import {createHash} from 'node:crypto'
import type pg from 'pg'
import type {QueryConfig} from 'pg'
import type {ShardedPool} from '../../../src/shards/index.ts'
import {answerOf, told, type Answer, type Told} from './differential-answers.ts'
import type {Statement} from './routing-statements.ts'

/** One try of one statement, on both. */
export interface Try {
  readonly statement: Statement
  readonly onShards: Told
  readonly onOne: Told
}

type Send = (config: QueryConfig<unknown[]>) => Promise<Parameters<typeof answerOf>[0]>

/** Values as PostgreSQL's own texts. */
const asTexts = {getTypeParser: () => (text: string) => text}

function inTexts({text, values}: Statement): QueryConfig<unknown[]> & {rowMode: 'array'} {
  return {text, values: [...values], rowMode: 'array', types: asTexts}
}

async function tried(statement: Statement, config: QueryConfig<unknown[]>, pool: Send, plain: Send): Promise<Try> {
  const onShards = await told(async () => answerOf(await pool(config)))
  // A refusal has nothing beside it.
  if ('refused' in onShards) return {statement, onShards, onOne: onShards}
  return {statement, onShards, onOne: await told(async () => answerOf(await plain(config)))}
}

export type Way = (statement: Statement, pool: ShardedPool, plain: pg.Client) => Promise<readonly Try[]>

const byQuery: Way = async (statement, pool, plain) => [
  await tried(
    statement,
    inTexts(statement),
    config => pool.query(config),
    config => plain.query(config),
  ),
]

/** Values by pg's parsers, in objects. */
const asObjects: Way = async (statement, pool, plain) => [
  await tried(
    statement,
    {text: statement.text, values: [...statement.values]},
    config => pool.query(config),
    config => plain.query(config),
  ),
]

/** Twice: the second one finds it prepared. */
const prepared: Way = async (statement, pool, plain) => {
  const tries: Try[] = []
  const name = createHash('sha256').update(statement.text).digest('hex').slice(0, 32)
  const config = {...inTexts(statement), name}
  for (let run = 0; run < 2; run += 1)
    tries.push(
      await tried(
        statement,
        config,
        one => pool.query(one),
        one => plain.query(one),
      ),
    )
  return tries
}

const asStream: Way = async (statement, pool, plain) => {
  const onShards = await told(async () => {
    const rows: unknown[] = []
    for await (const row of pool.stream(inTexts(statement))) rows.push(row)
    return {rows, columns: null, rowCount: null, command: null}
  })
  if ('refused' in onShards) return [{statement, onShards, onOne: onShards}]
  return [{statement, onShards, onOne: await told(async () => answerOf(await plain.query(inTexts(statement))))}]
}

/** Of connect(), with no transaction open. */
const byClient: Way = async (statement, pool, plain) => {
  const client = await pool.connect()
  try {
    return [
      await tried(
        statement,
        inTexts(statement),
        config => client.query(config),
        config => plain.query(config),
      ),
    ]
  } finally {
    client.release()
  }
}

export const readWays: Readonly<Record<string, Way>> = {
  'query()': byQuery,
  'query() into objects': asObjects,
  'stream()': asStream,
  'prepared': prepared,
  'connect()': byClient,
}

export const writeWays: Readonly<Record<string, Way>> = {
  'query()': byQuery,
  'query() into objects': asObjects,
  'prepared': prepared,
}

/**
 * All in one transaction by texts, on both. It ends with `end`, or with ROLLBACK once a statement was refused; what
 * fails on both makes COMMIT a ROLLBACK on both.
 */
export async function inTransaction(
  statements: readonly Statement[],
  begin: string,
  end: 'COMMIT' | 'ROLLBACK',
  pool: ShardedPool,
  plain: pg.Client,
): Promise<readonly Try[]> {
  const client = await pool.connect()
  const tries: Try[] = []
  await client.query(begin)
  await plain.query(begin)
  try {
    for (const statement of statements) {
      const last = await tried(
        statement,
        inTexts(statement),
        config => client.query(config),
        config => plain.query(config),
      )
      tries.push(last)
      if (!('rows' in last.onShards)) break
    }
  } finally {
    const wasRefused = tries.some(({onShards}) => 'refused' in onShards)
    const text = wasRefused ? 'ROLLBACK' : end
    const [onShards, onOne] = [await told(commandOf(client, text)), await told(commandOf(plain, text))]
    tries.push({statement: {text, values: [], ordered: true}, onShards, onOne})
    client.release()
  }
  return tries
}

function commandOf(client: {query(text: string): Promise<{command: string}>}, text: string): () => Promise<Answer> {
  return async () => ({rows: [], columns: [], rowCount: null, command: (await client.query(text)).command})
}
