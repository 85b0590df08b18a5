// The client for BEGIN and COMMIT as texts, without servers: what fails a transaction, what is carried out.
import {describe, expect, it, vi} from 'vitest'
import type {Fleet, Opened} from './fleet.ts'
import {loadSql} from './routing/load-sql.ts'
import {Planner} from './planner.ts'
import {ShardedClient} from './sharded-client.ts'

const sql = await loadSql()
if (sql === null) throw new Error('libpg-query and pgsql-deparser are needed')
const grammar = sql

const played = () => {
  const planner = new Planner(grammar, () => {
    throw new Error('no map')
  })
  const transaction = {
    shards: [],
    commit: vi.fn<() => Promise<void>>(async () => undefined),
    rollback: vi.fn<() => Promise<void>>(async () => undefined),
  }
  const opened = {planner, transactions: {begin: () => transaction}} as unknown as Opened
  return {transaction, client: new ShardedClient({} as unknown as Fleet, opened, {answerRowsMax: 1})}
}

describe('a client over shards', () => {
  it.each(['INSRT INTO t', 'SAVEPOINT a', 'SELECT * FROM nowhere'])('rolls back after %s', async text => {
    const {client, transaction} = played()
    await client.query('BEGIN')
    await expect(client.query(text)).rejects.toMatchObject({name: 'ShardError'})
    expect((await client.query('COMMIT')).command).toBe('ROLLBACK')
    expect([transaction.commit.mock.calls.length, transaction.rollback.mock.calls.length]).toEqual([0, 1])
  })

  it.each([
    ['BEGIN', 'BEGIN'],
    ['START TRANSACTION READ ONLY', 'START'],
  ])('answers %s as the server does', async (text, command) => {
    const {client} = played()
    expect((await client.query(text)).command).toBe(command)
  })

  it('carries out what was asked for before release(), and nothing after it', async () => {
    const {client, transaction} = played()
    const asked = [client.query('BEGIN'), client.query('COMMIT')]
    client.release()
    await Promise.all(asked)
    expect(transaction.commit).toHaveBeenCalledTimes(1)
    await expect(client.query('BEGIN')).rejects.toMatchObject({code: 'ENDED'})
  })
})
