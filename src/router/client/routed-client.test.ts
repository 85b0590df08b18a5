// What connect() gives, against in-process fakes: what is told of a transaction whose connection broke, and what is
// sent after it. Not here: a real server (test/integration/router).
import {once} from 'node:events'
import type {PoolClient, QueryConfig} from 'pg'
import {describe, expect, it, onTestFinished} from 'vitest'
import {eventually, lab, ok, type Answer, type Lab} from '../../../test/fakes/router-lab.ts'
import {runInSession} from '../freshness/session-scope.ts'
import {Session} from '../freshness/session.ts'
import type {RouterOptions} from '../options.ts'

const insert = 'INSERT INTO t VALUES (1)'
const cut: Answer = {kind: 'close'}

/** A client, in a cluster of which all is known. */
async function connected(options: Partial<RouterOptions> = {}): Promise<Lab & {readonly client: PoolClient}> {
  const made = await lab(undefined, options)
  await once(made.router.events, 'primary')
  await eventually(() => made.router.topology().standbys.length).toBe(2)
  const client = await made.router.connect()
  client.on('error', () => undefined)
  onTestFinished(() => client.release())
  return {...made, client}
}

/** Answers so the first time that a statement comes, on whatever node. */
function answersOnce({pg1, pg2, pg3}: Lab, text: string, answer: Answer): void {
  let isFirst = true
  for (const {postgres} of [pg1, pg2, pg3])
    postgres.answer = came => {
      if (came !== text || !isFirst) return ok
      isFirst = false
      return answer
    }
}

describe('a connection that breaks', () => {
  it.each(['INSERT INTO t VALUES (1); COMMIT', 'COMMIT AND CHAIN', "PREPARE TRANSACTION 'x'"])(
    'under %s behind BEGIN: unknown, and not sent again',
    async text => {
      const made = await connected()
      answersOnce(made, text, cut)
      await made.client.query('BEGIN')
      await expect(made.client.query(text)).rejects.toMatchObject({name: 'CommitUnknownError', outcome: 'unknown'})
      expect(made.pg1.postgres.count(text)).toBe(1)
      await expect(made.client.query('SELECT 1')).rejects.toMatchObject({code: 'TRANSACTION_LOST'})
      await made.client.query('ROLLBACK')
    },
  )

  it.each([
    insert,
    'ROLLBACK',
    'ROLLBACK AND CHAIN',
    'COMMIT',
    'COMMIT AND CHAIN',
    `${insert}; COMMIT`,
    "PREPARE TRANSACTION 'x'",
  ])('under a later %s: unknown where that may have committed the transaction', async text => {
    const made = await connected()
    await made.client.query('BEGIN')
    await made.client.query('UPDATE t SET a = 1')
    answersOnce(made, text, cut)
    const outcome = /^(INSERT INTO t VALUES .1.|ROLLBACK.*)$/.test(text) ? 'not-applied' : 'unknown'
    await expect(made.client.query(text)).rejects.toMatchObject({code: 'CONNECTION_LOST', outcome})
  })

  it('under COMMIT: the transaction is over, and the client goes on', async () => {
    const made = await connected()
    await made.client.query('BEGIN')
    await made.client.query(insert)
    answersOnce(made, 'COMMIT', cut)
    await expect(made.client.query('COMMIT')).rejects.toMatchObject({outcome: 'unknown'})
    await made.client.query(insert)
    expect(made.client.getTransactionStatus()).toBe('I')
  })

  it('under the COMMIT of a transaction on a standby: surely not applied, and no read has to see anything', async () => {
    const made = await connected()
    await made.client.query('BEGIN READ ONLY')
    await made.client.query('SELECT 1')
    expect(Reflect.get(made.client, 'node')).not.toBe('pg1')
    answersOnce(made, 'COMMIT', cut)
    await expect(made.client.query('COMMIT')).rejects.toMatchObject({name: 'RouterError', outcome: 'not-applied'})
    expect((await made.router.query('SELECT 1')).route.role).toBe('standby')
  })

  it('while what opens the transaction of a cursor is sent: it is sent on the next', async () => {
    const made = await connected()
    answersOnce(made, 'BEGIN', cut)
    await made.client.query('BEGIN')
    const {promise: handed, resolve} = Promise.withResolvers()
    made.client.query({text: insert, submit: () => resolve('handed over'), handleError: resolve} as never)
    expect(await handed).toBe('handed over')
    expect(made.pg1.postgres.received).toEqual(['BEGIN', 'BEGIN'])
  })
})

describe('a transaction that could not be opened for a cursor', () => {
  it('is lost: what follows does not run outside of it', async () => {
    const made = await connected()
    answersOnce(made, 'BEGIN', {kind: 'error', code: '42501'})
    await made.client.query('BEGIN')
    const {promise: refused, resolve} = Promise.withResolvers()
    made.client.query({text: insert, submit: () => null, handleError: resolve} as never)
    expect(await refused).toMatchObject({code: '42501'})
    await expect(made.client.query(insert)).rejects.toMatchObject({code: 'TRANSACTION_LOST'})
    await made.client.query('ROLLBACK')
    await made.client.query(insert)
    expect(made.pg1.postgres.received).toEqual(['BEGIN', insert])
  })
})

describe('a client that is destroyed while a statement is under way', () => {
  it('sends nothing again, and nothing of what was asked behind it', async () => {
    const {router, pg1} = await connected()
    const client = await router.connect()
    client.on('error', () => undefined)
    pg1.postgres.answer = text => (text === insert ? {kind: 'silence'} : ok)
    const asked = ['BEGIN', insert, 'COMMIT'].map(text => client.query(text).catch((error: unknown) => error))
    await eventually(() => pg1.postgres.received).toContain(insert)
    pg1.postgres.answer = () => ok
    client.release(true)
    const [, ...ended] = await Promise.all(asked)
    expect(ended).toMatchObject([{code: 'CONNECTION_LOST', outcome: 'not-applied'}, {code: 'TRANSACTION_LOST'}])
    expect(pg1.postgres.received).toEqual(['BEGIN', insert])
  })
})

it('a client that is destroyed in the turn in which it was asked gives its connection back once', async () => {
  const {router, pg1} = await connected()
  pg1.postgres.answer = () => ({kind: 'silence'})
  const client = await router.connect()
  client.on('error', () => undefined)
  const asked = [client.query(insert), client.query('SELECT 1')]
  client.release(true)
  const told = await Promise.allSettled(asked)
  expect(told).toMatchObject([{reason: {outcome: 'not-sent'}}, {reason: {outcome: 'not-sent'}}])
  expect(pg1.postgres.received).toEqual([])
})

describe('deadlineMs', () => {
  it('holds for every statement of a client, also within its transaction', async () => {
    const {client, pg1} = await connected({deadlineMs: 300})
    await client.query('BEGIN')
    await client.query(insert)
    pg1.postgres.answer = () => ({kind: 'silence'})
    await expect(client.query('SELECT 1')).rejects.toMatchObject({code: 'DEADLINE', outcome: 'not-applied'})
    await expect(client.query('COMMIT')).rejects.toMatchObject({code: 'TRANSACTION_LOST'})
  })
})

describe('a type parser that throws', () => {
  it('may have thrown at what was written: its session sees it', async () => {
    const {client, pg1} = await connected()
    const session = new Session()
    await runInSession(session, async () => {
      await client.query('SET DateStyle = ISO')
      pg1.postgres.answer = () => ({kind: 'ok', row: {id: '1'}})
      const getTypeParser = () => () => {
        throw new Error('no such type')
      }
      const statement = {text: `${insert} RETURNING id`, types: {getTypeParser}}
      await expect(client.query(statement as unknown as QueryConfig)).rejects.toThrow('no such type')
      expect(session.token).toEqual({timeline: 1, position: 1_000})
    })
  })
})
