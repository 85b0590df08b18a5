// The forms in which a statement can be given, through every method that takes one: each must mean what it means to
// pg. The forms themselves are compared with pg in src/router/requests/call.test.ts.
import {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import pg from 'pg'
import * as copy from 'pg-copy-streams'
import Cursor from 'pg-cursor'
import QueryStream from 'pg-query-stream'
import {beforeAll, describe, expect, it} from 'vitest'
import type {Router} from '../../../src/router/index.ts'
import {useServers} from './servers.ts'
import {useRouter} from './use-router.ts'

const servers = useServers('it-arguments', {standbys: 1})

type Ask = (statement: unknown, values?: unknown) => Promise<pg.QueryResult>
type Query = {query(...given: readonly unknown[]): Promise<pg.QueryResult>}

const loosely = (querying: unknown): Query => querying as Query

const methods: readonly (readonly [string, (router: Router) => Ask])[] = [
  [
    'query()',
    router =>
      (...given) =>
        loosely(router).query(...given),
  ],
  [
    'read()',
    router =>
      (...given) =>
        (router.read as unknown as Ask).call(router, ...given),
  ],
  [
    'write()',
    router =>
      (...given) =>
        (router.write as unknown as Ask).call(router, ...given),
  ],
  [
    'a client',
    router =>
      async (...given) => {
        const client = await router.connect()
        return (async () => loosely(client).query(...given))().finally(() => client.release())
      },
  ],
  [
    'a client in its transaction',
    router =>
      async (...given) => {
        const client = await router.connect()
        await client.query('BEGIN READ ONLY')
        return (async () => loosely(client).query(...given))().finally(async () => {
          await client.query('ROLLBACK')
          client.release()
        })
      },
  ],
  [
    'transaction()',
    router =>
      async (...given) =>
        (await router.transaction(client => loosely(client).query(...given))).value,
  ],
]

/** As sql-template-strings has it: `text` is a getter of the class. */
class Tagged {
  readonly strings: readonly string[]
  readonly values: readonly unknown[]
  constructor(strings: readonly string[], values: readonly unknown[]) {
    this.strings = strings
    this.values = values
  }
  get text(): string {
    return this.strings.reduce((text, part, index) => `${text}$${index}${part}`)
  }
}

/** As sql-template-tag has it: not enumerable, and the object's own. */
function hidden(text: string, values: readonly unknown[]): object {
  return Object.defineProperties({values}, {text: {value: text, enumerable: false}})
}

const text = 'SELECT $1::int + 1 AS a'
const forms: readonly (readonly [string, readonly unknown[]])[] = [
  ['text and values', [text, [6]]],
  ['a config', [{text, values: [6]}]],
  ['a config whose values are outweighed', [{text, values: [1]}, [6]]],
  ['a config and an empty value', [{text, values: [6]}, null]],
  ['a name', [{name: 'seven', text, values: [6]}]],
  ['a frozen config', [Object.freeze({text, values: Object.freeze([6])})]],
  ['a class with a getter', [new Tagged(['SELECT ', '::int + 1 AS a'], [6])]],
  ['a hidden text', [hidden(text, [6])]],
  ['an inherited text', [Object.assign(Object.create({text}) as object, {values: [6]})]],
]

describe.each(methods)('%s', (_method, askOf) => {
  it('takes each form, and the name alone of a statement that was sent before, and refuses what pg refuses', async () => {
    const ask = askOf(await useRouter(servers))
    for (const [form, given] of forms)
      expect([form, (await ask(...(given as [unknown]))).rows]).toEqual([form, [{a: 7}]])
    expect((await ask({text, values: [6], rowMode: 'array'})).rows).toEqual([[7]])
    const types = {getTypeParser: () => (value: unknown) => `<${String(value)}>`}
    expect((await ask({text, values: [6], types})).rows).toEqual([{a: '<7>'}])
    expect((await ask({name: 'seven', values: [6]})).rows).toEqual([{a: 7}])
    await expect(ask({})).rejects.toThrow('A query must have either text or a name')
    await expect(ask({text, values: 'six'})).rejects.toThrow('Query values must be an array')
    await expect((async () => ask(null))()).rejects.toThrow('Client was passed a null or undefined query')
    expect((await ask(text, [6])).rows).toEqual([{a: 7}])
  })
})

describe('transaction()', () => {
  beforeAll(() => servers.sql(servers.primary, 'CREATE TABLE copied (n int); GRANT ALL ON copied TO PUBLIC'))

  it('takes what sends itself', async () => {
    const router = await useRouter(servers)
    const {value} = await router.transaction(async client => {
      await pipeline(Readable.from(['1\n', '2\n']), client.query(copy.from('COPY copied FROM STDIN')))
      const cursor = client.query(new Cursor<{n: number}>('SELECT n FROM copied ORDER BY n'))
      const first = await cursor.read(1)
      await cursor.close()
      const streamed: unknown[] = []
      for await (const row of client.query(new QueryStream('SELECT n FROM copied ORDER BY n'))) streamed.push(row)
      return [first, streamed]
    })
    expect(value).toEqual([[{n: 1}], [{n: 1}, {n: 2}]])
    expect((await servers.sql(servers.primary, 'SELECT n FROM copied')).length).toBe(2)
  })

  it('ends, and says why, when its function leaves a cursor open', async () => {
    const router = await useRouter(servers)
    const left = router.transaction(async client => {
      await client.query(new Cursor('SELECT n FROM generate_series(1, 10) AS n')).read(1)
    })
    await expect(left).rejects.toMatchObject({code: 'TRANSACTION_OPEN', outcome: 'not-applied'})
    expect((await router.query('SELECT 7 AS a')).rows).toEqual([{a: 7}])
  })
})

describe('callbacks', () => {
  it('in a config are called by a client, and not by a pool, as in pg', async () => {
    const router = await useRouter(servers)
    const client = loosely(await router.connect())
    const told = await new Promise<pg.QueryResult>((resolve, reject) => {
      const callback = (error: Error | null, result: pg.QueryResult): void => (error ? reject(error) : resolve(result))
      expect(client.query({text, values: [6], callback})).toBeUndefined()
    })
    expect(told.rows).toEqual([{a: 7}])
    ;(client as unknown as pg.PoolClient).release()
    const never = (): void => expect.fail('a pool does not call it')
    expect((await loosely(router).query({text, values: [6], callback: never})).rows).toEqual([{a: 7}])
  })

  it('of a pg.Query given to the pool is called, and the client goes back', async () => {
    const router = await useRouter(servers, {max: 1})
    const made = (callback: unknown): pg.Query => Reflect.construct(pg.Query, ['SELECT 7 AS a', callback]) as pg.Query
    const told = await new Promise<pg.QueryResult>((resolve, reject) => {
      router.query(made((error: Error | null, result: pg.QueryResult) => (error ? reject(error) : resolve(result))))
    })
    expect(told.rows).toEqual([{a: 7}])
    expect((await router.query('SELECT 7 AS a')).rows).toEqual([{a: 7}])
  })
})
