// Prepared statements whose plan the database has outgrown: they go on, as they do in pg.Pool, which gives up the
// connection for it. Not here: which errors those are (src/router/failures/stale-statement.test.ts).
import {randomUUID} from 'node:crypto'
import {beforeEach, describe, expect, it} from 'vitest'
import type {Router, TransactionClient} from '../../../src/router/index.ts'
import {useServers} from './servers.ts'
import {useRouter} from './use-router.ts'

const servers = useServers('it-stale', {standbys: 1})

beforeEach(async () => {
  await servers.sql(
    servers.primary,
    `DROP TABLE IF EXISTS hl_wide; DROP TYPE IF EXISTS hl_mood;
     CREATE OR REPLACE FUNCTION hl_note() RETURNS int LANGUAGE sql VOLATILE AS 'SELECT 1';
     CREATE TABLE hl_wide (id uuid); CREATE TYPE hl_mood AS ENUM ('well'); GRANT ALL ON hl_wide TO app`,
  )
  await servers.waitForReplay()
})

async function widen(): Promise<void> {
  await servers.sql(servers.primary, 'ALTER TABLE hl_wide ADD COLUMN more int')
  await servers.waitForReplay()
}

const named = (text: string, ...values: unknown[]): {name: string; text: string; values: unknown[]} => ({
  name: `q ${text.length}`,
  text,
  values,
})
const insert = 'INSERT INTO hl_wide (id) VALUES ($1) RETURNING *'
const select = 'SELECT * FROM hl_wide WHERE id = $1'

/** Prepared on every connection that there is. */
async function everywhere(router: Router, text: string): Promise<void> {
  await Promise.all(Array.from({length: 30}, () => router.query(named(text, randomUUID()))))
}

describe('a plan whose result has changed', () => {
  it('of writes through the pool: none fails, on whatever connection', async () => {
    const router = await useRouter(servers, {max: 5})
    await everywhere(router, insert)
    await widen()
    for (let turn = 0; turn < 20; turn++) {
      const {fields, route} = await router.query(named(insert, randomUUID()))
      expect([fields.map(({name}) => name), route.attempts]).toEqual([['id', 'more'], 1])
    }
    await everywhere(router, insert)
  })

  it('of reads: none fails, and they stay on standbys, shared connections too', async () => {
    const router = await useRouter(servers, {max: 2})
    await router.explain('SELECT 1')
    for (let turn = 0; turn < 3; turn++) await everywhere(router, select)
    await widen()
    await everywhere(router, select)
    for (let turn = 0; turn < 5; turn++) {
      const {fields, route} = await router.query(named(select, randomUUID()))
      expect([fields.length, route.role]).toEqual([2, 'standby'])
    }
  })

  it('of queries that may write: none fails, on whatever connection', async () => {
    const router = await useRouter(servers, {max: 5})
    await router.explain('SELECT 1')
    const text = 'SELECT *, hl_note() FROM hl_wide WHERE id = $1'
    await everywhere(router, text)
    await widen()
    for (let turn = 0; turn < 20; turn++) {
      const {fields, route} = await router.query(named(text, randomUUID()))
      expect([fields.length, route.attempts]).toEqual([3, 1])
    }
  })

  it('of a client: outside of a transaction, behind BEGIN, and in the transaction after the one that failed', async () => {
    const router = await useRouter(servers, {max: 1})
    const client = await router.connect()
    await client.query(named(insert, randomUUID()))
    await widen()
    await client.query(named(insert, randomUUID()))
    await servers.sql(servers.primary, 'ALTER TABLE hl_wide ADD COLUMN most int')
    await client.query('BEGIN')
    expect((await client.query(named(insert, randomUUID()))).fields).toHaveLength(3)
    await client.query('COMMIT')
    await servers.sql(servers.primary, 'ALTER TABLE hl_wide DROP COLUMN most')
    await client.query('BEGIN')
    await client.query('SELECT 1')
    // The server fails the whole transaction, as it does in pg.Pool.
    await expect(client.query(named(insert, randomUUID()))).rejects.toMatchObject({code: '0A000'})
    await client.query('ROLLBACK')
    await client.query('BEGIN')
    await client.query('SELECT 1')
    expect((await client.query(named(insert, randomUUID()))).fields).toHaveLength(2)
    await client.query('COMMIT')
    client.release()
  })

  it('of transaction(): its function runs again', async () => {
    const router = await useRouter(servers, {max: 1})
    const {name, text} = named(insert)
    const work = async (client: TransactionClient): Promise<number> =>
      (await client.query({name, text}, [randomUUID()])).fields.length
    expect((await router.transaction(work)).value).toBe(1)
    await widen()
    expect((await router.transaction(work)).value).toBe(2)
  })
})

describe('a statement that is not there any more', () => {
  it('is prepared again', async () => {
    const router = await useRouter(servers, {max: 1})
    await router.query(named(insert, randomUUID()))
    await router.query('/* hl: primary */ SELECT 1')
    const client = await router.connect()
    await client.query(named(insert, randomUUID()))
    await client.query('DEALLOCATE ALL')
    await client.query(named(insert, randomUUID()))
    client.release()
  })

  it('whose name somebody else has taken is prepared in its place', async () => {
    const router = await useRouter(servers, {max: 1})
    const client = await router.connect()
    await client.query(`PREPARE "${named(insert).name}" AS SELECT 1`)
    await client.query(named(insert, randomUUID()))
    client.release()
  })
})

it('a type that was dropped and made anew costs one error, as in pg.Pool', async () => {
  const router = await useRouter(servers, {max: 1})
  const text = '/* hl: primary */ SELECT $1::hl_mood AS mood'
  await router.query(named(text, 'well'))
  await servers.sql(servers.primary, `DROP TYPE hl_mood; CREATE TYPE hl_mood AS ENUM ('well')`)
  await router.query(named(text, 'well')).catch((error: unknown) => expect(error).toMatchObject({code: 'XX000'}))
  for (let turn = 0; turn < 5; turn++) expect((await router.query(named(text, 'well'))).rows).toEqual([{mood: 'well'}])
})
