// Transactions over shards on real servers: three databases of one server are three shards. Oracle: the servers, asked
// past the library. Not here: processes and servers that die (transactions-crash.test.ts).
import {beforeAll, describe, expect, it, onTestFinished} from 'vitest'
import pg from 'pg'
import {CommitUnknownError, Router} from '../../../src/router/index.ts'
import {ShardError} from '../../../src/shards/shard-error.ts'
import {participantGid, transactionId} from '../../../src/shards/transactions/gid.ts'
import {listInDoubt, resolveInDoubt} from '../../../src/shards/transactions/recovery.ts'
import type {ShardTransaction} from '../../../src/shards/transactions/shard-transaction.ts'
import {ShardTransactions} from '../../../src/shards/transactions/shard-transactions.ts'
import {useServers} from '../router/servers.ts'
import {cuttingProxy} from './cutting-proxy.ts'
import {
  amountOf,
  change,
  database,
  decisionsOn,
  expectedTotal,
  makeShard,
  mapId,
  preparedOn,
  routerOf,
  sqlOn,
  totalOf,
  useShards,
  type ShardPlace,
} from './transactions-shards.ts'

const servers = useServers('it-tx', {standbys: 0})
const a: ShardPlace = {name: 'a', servers}
const b: ShardPlace = {name: 'b', servers}
const c: ShardPlace = {name: 'c', servers}
const places = [a, b, c]

beforeAll(async () => {
  for (const place of places) await makeShard(place)
})

type Change = readonly [shard: string, account: number, amount: number]

async function changes(transaction: ShardTransaction, ...given: readonly Change[]): Promise<void> {
  for (const [shard, account, amount] of given) await transaction.onShard(shard).query(change, [account, amount])
}

async function amounts(account: number): Promise<readonly number[]> {
  return Promise.all(places.map(place => amountOf(place, account)))
}

const refusal = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    value => ({answered: value}),
    (error: unknown) => error,
  )

/** A connection of the test's own, in the shard's database. */
async function raw(place: ShardPlace): Promise<pg.Client> {
  const {host, port} = servers.primary
  const client = new pg.Client({...servers.connection, host, port, database: database(place.name)})
  client.on('error', () => undefined)
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

async function nothingIsLeft(): Promise<void> {
  expect(await preparedOn(places)).toEqual([])
  expect(await totalOf(places)).toBe(expectedTotal(places))
}

describe('a transaction', () => {
  it('that wrote on three shards is on all of them, and holds nothing afterwards', async () => {
    const {transactions, inUse} = useShards(places)
    const {value, phases, gid, unfinished, runs} = await transactions.run(async transaction => {
      await changes(transaction, ['a', 1, -10], ['b', 1, 4], ['c', 1, 6])
      return 'done'
    })
    expect({value, phases, unfinished, runs}).toEqual({value: 'done', phases: 2, unfinished: [], runs: 1})
    expect(gid).toMatch(new RegExp(`^hl:${mapId}:a:[0-9a-f-]{36}:1\\.2$`))
    expect(await amounts(1)).toEqual([990, 1_004, 1_006])
    await expect.poll(inUse).toBe(0)
    await nothingIsLeft()
  })

  it('in two phases leaves its connections to those that follow', async () => {
    const {transactions} = useShards(places)
    const backends = new Set<number>()
    for (let turn = 0; turn < 5; turn++)
      await transactions.run(async transaction => {
        await changes(transaction, ['a', 40, -1], ['b', 40, 1])
        for (const shard of ['a', 'b']) {
          const {rows} = await transaction.onShard(shard).query('SELECT pg_backend_pid() AS pid')
          backends.add(Number(rows[0]?.['pid']))
        }
      })
    const living = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE pid IN (${[...backends].join()})`
    expect(await sqlOn(a, living)).toEqual([{n: backends.size}])
    await nothingIsLeft()
  })

  it('that wrote on one and read on others has one phase', async () => {
    const {transactions, inUse} = useShards(places)
    const before = await decisionsOn(places)
    const {phases, gid} = await transactions.run(async transaction => {
      await changes(transaction, ['b', 2, -1], ['b', 3, 1])
      await transaction.onShard('a').query('SELECT amount FROM account WHERE id = 2')
    })
    expect({phases, gid}).toEqual({phases: 1, gid: null})
    expect([await amountOf(b, 2), await amountOf(b, 3)]).toEqual([999, 1_001])
    expect(await decisionsOn(places)).toBe(before)
    await expect.poll(inUse).toBe(0)
  })

  it('that locked rows on a shard counts as one that wrote there', async () => {
    const {transactions} = useShards(places)
    const {phases} = await transactions.run(async transaction => {
      await transaction.onShard('a').query('SELECT FROM account WHERE id = 2 FOR UPDATE')
      await changes(transaction, ['b', 2, 1], ['b', 3, -1])
    })
    expect(phases).toBe(2)
  })

  it('that only read has none', async () => {
    const {transactions, inUse} = useShards(places)
    const {value, phases} = await transactions.run(
      async transaction => {
        const found = []
        for (const {name} of places)
          found.push((await transaction.onShard(name).query('SELECT count(*)::int AS n FROM account')).rows[0]?.['n'])
        return found
      },
      {isolation: 'repeatable read', readOnly: true},
    )
    expect({value, phases}).toEqual({value: [40, 40, 40], phases: 0})
    await expect.poll(inUse).toBe(0)
  })

  it('sees its own writes, on one connection per shard, and goes back to a savepoint of one shard', async () => {
    const {transactions} = useShards(places)
    await transactions.run(async transaction => {
      const onA = transaction.onShard('a')
      const pid = async (): Promise<unknown> => (await onA.query('SELECT pg_backend_pid() AS pid')).rows[0]?.['pid']
      const first = await pid()
      await changes(transaction, ['a', 4, -5], ['b', 4, 5])
      await onA.query('SAVEPOINT here')
      await changes(transaction, ['a', 4, -100])
      await onA.query('ROLLBACK TO here')
      expect((await onA.query('SELECT amount FROM account WHERE id = 4')).rows).toEqual([{amount: 995}])
      expect(await pid()).toBe(first)
    })
    expect(await amounts(4)).toEqual([995, 1_005, 1_000])
  })

  it('whose function fails is rolled back on all, and its error passes unchanged', async () => {
    const {transactions, inUse} = useShards(places)
    const own = new Error('no')
    let runs = 0
    const error = await refusal(
      transactions.run(async transaction => {
        runs++
        await changes(transaction, ['a', 5, -5], ['b', 5, 5])
        throw own
      }),
    )
    expect([error, runs]).toEqual([own, 1])
    expect(await amounts(5)).toEqual([1_000, 1_000, 1_000])
    await expect.poll(inUse).toBe(0)
  })

  it('of which a statement failed and was swallowed is on no shard', async () => {
    const {transactions, inUse} = useShards([a, b], {router: {max: 1}})
    const error = await refusal(
      transactions.run(async transaction => {
        await changes(transaction, ['a', 5, -5], ['b', 5, 5])
        await transaction
          .onShard('b')
          .query('SELECT 1 / 0')
          .catch(() => undefined)
      }),
    )
    expect(error).toMatchObject({code: 'ABORTED', shard: 'b', outcome: 'not-applied'})
    expect(await amounts(5)).toEqual([1_000, 1_000, 1_000])
    await expect.poll(inUse).toBe(0)
    // The next user of the same connections.
    await transactions.run(transaction => changes(transaction, ['a', 5, -1], ['b', 5, 1]))
    expect(await amounts(5)).toEqual([999, 1_001, 1_000])
    await nothingIsLeft()
  })

  it.each(['COMMIT', 'BEGIN', 'ROLLBACK', "PREPARE TRANSACTION 'x'"])('may not send %s', async text => {
    const {transactions, inUse} = useShards(places)
    const error = await refusal(transactions.run(transaction => transaction.onShard('a').query(text)))
    expect(error).toMatchObject({code: 'TRANSACTION_OPEN', outcome: 'not-applied'})
    await expect.poll(inUse).toBe(0)
  })

  it('that ends by a text of several statements is noticed, and other shards are rolled back', async () => {
    const {transactions, inUse} = useShards(places)
    const error = await refusal(
      transactions.run(async transaction => {
        await changes(transaction, ['b', 6, 5])
        await transaction
          .onShard('a')
          .query('SELECT 1; COMMIT')
          .catch(() => undefined)
      }),
    )
    expect(error).toMatchObject({code: 'TRANSACTION_OPEN', shard: 'a', outcome: 'unknown'})
    expect(await amounts(6)).toEqual([1_000, 1_000, 1_000])
    await expect.poll(inUse).toBe(0)
  })

  it("that did what PREPARE refuses is on no shard, with PostgreSQL's own error", async () => {
    const {transactions, inUse} = useShards(places)
    const error = await refusal(
      transactions.run(async transaction => {
        await changes(transaction, ['a', 6, -5], ['b', 6, 5])
        await transaction.onShard('b').query('CREATE TEMPORARY TABLE mine (n int)')
      }),
    )
    expect(error).toMatchObject({code: '0A000', message: expect.stringMatching(/temporary/) as unknown})
    expect(await amounts(6)).toEqual([1_000, 1_000, 1_000])
    await expect.poll(inUse).toBe(0)
    await nothingIsLeft()
  })

  it('whose time is over is cancelled on the servers too', async () => {
    const {transactions, inUse} = useShards(places)
    const error = await refusal(
      transactions.run(
        async transaction => {
          await changes(transaction, ['a', 6, -5])
          await transaction.onShard('b').query('SELECT pg_sleep(600)')
        },
        {deadlineMs: 1_000},
      ),
    )
    expect(error).toMatchObject({code: 'TIMEOUT', outcome: 'not-applied'})
    await expect.poll(inUse).toBe(0)
    await expect
      .poll(() => sqlOn(b, `SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)' AND state = 'active'`))
      .toEqual([])
    expect(await amounts(6)).toEqual([1_000, 1_000, 1_000])
  })
})

describe('decisions', () => {
  it('become one row of numbers, and are still known', async () => {
    const {transactions, shards} = useShards(places)
    const ids: string[] = []
    for (let turn = 0; turn < 20; turn++) {
      const {gid} = await transactions.run(transaction => changes(transaction, ['a', 7, -1], ['b', 7, 1]))
      ids.push(gid ?? '')
    }
    await resolveInDoubt(shards, {mapId})
    expect(await decisionsOn(places)).toBe(0)
    const known = await shards[0]?.router.write<{id: string}>('SELECT hl_shards.committed($1) AS id', [
      [...ids, (ids[0] ?? '').replace(':1.', ':21.')],
    ])
    expect(known?.rows.map(({id}) => id)).toEqual(ids)
    const rows = await sqlOn<{numbers: string}>(
      a,
      `SELECT numbers::text FROM hl_shards.decided WHERE series = '${ids[0]?.split(':')[3] ?? ''}'`,
    )
    expect(rows).toEqual([{numbers: '{[1,21)}'}])
  })

  it('wait for the disk, whatever the role says', async () => {
    await sqlOn(
      a,
      `CREATE TABLE seen_at_end (level text); GRANT ALL ON seen_at_end TO app;
       CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO seen_at_end VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
       CREATE CONSTRAINT TRIGGER see AFTER UPDATE ON account DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.id = 8) EXECUTE FUNCTION see();
       ALTER ROLE app IN DATABASE ${database('a')} SET synchronous_commit = off`,
    )
    onTestFinished(async () => {
      await sqlOn(
        a,
        `ALTER ROLE app IN DATABASE ${database('a')} RESET synchronous_commit; DROP TRIGGER see ON account`,
      )
    })
    const {transactions} = useShards(places)
    await transactions.run(transaction => changes(transaction, ['a', 8, 1], ['a', 8, -1]))
    await transactions.run(transaction => changes(transaction, ['a', 8, -1], ['b', 8, 1]))
    await transactions.run(transaction => changes(transaction, ['b', 8, -1], ['a', 8, 1]))
    const seen = await sqlOn<{level: string}>(a, 'SELECT level FROM seen_at_end')
    expect(seen.map(({level}) => level)).toEqual(['off', 'off', 'on', 'on'])
  })
})

describe('recovery', () => {
  /** Parts as a process leaves them: armed and prepared, in that database. */
  async function left(place: ShardPlace, id: string, account: number): Promise<string> {
    const gid = participantGid(id, place.name)
    const client = await raw(place)
    await client.query('BEGIN')
    await client.query(change, [account, 0])
    await client.query('SELECT hl_shards.arm($1, $2, $3)', [id, gid, []])
    await client.query(`PREPARE TRANSACTION '${gid}'`)
    return gid
  }
  const idOf = (number: number, participants: number): string =>
    transactionId({
      map: mapId,
      coordinator: 'a',
      series: '0b7f7a55-5d9e-4f6e-9a6a-0f0c8a3b1c2d',
      number,
      participants,
    })

  it("touches neither other databases nor others' names", async () => {
    const {shards} = useShards([a, b])
    const inC = await left(c, idOf(1, 1), 9)
    const inB = await left(b, idOf(1, 1), 9)
    const client = await raw(b)
    await client.query("BEGIN; SELECT * FROM account WHERE id = 10 FOR UPDATE; PREPARE TRANSACTION 'not ours'")
    expect((await resolveInDoubt(shards, {mapId})).map(({gid, done}) => [gid, done])).toEqual([[inB, 'rolled-back']])
    expect(await preparedOn(places)).toEqual(['not ours', inC])
    await client.query("ROLLBACK PREPARED 'not ours'")
    await resolveInDoubt([...shards, ...useShards([c]).shards], {mapId})
    await nothingIsLeft()
  })

  it("waits while the coordinator's transaction is running, and ends it when that is gone", async () => {
    const {shards} = useShards(places)
    const id = idOf(2, 1)
    const coordinator = new pg.Client({...servers.connection, host: servers.primary.host, database: database('a')})
    await coordinator.connect()
    await coordinator.query('BEGIN')
    await coordinator.query('SELECT hl_shards.arm($1, $1, $2)', [id, ['b']])
    const gid = await left(b, id, 11)
    expect(await listInDoubt(shards, {mapId})).toMatchObject([{gid, id, shard: 'b', coordinator: 'a', do: 'wait'}])
    expect(await resolveInDoubt(shards, {mapId})).toMatchObject([{done: 'left'}])
    await coordinator.query('COMMIT')
    await coordinator.end()
    expect(await resolveInDoubt(shards, {mapId})).toMatchObject([{gid, done: 'committed'}])
    await nothingIsLeft()
  })

  it('leaves in doubt what a participant has committed and the coordinator does not know, until a person decides', async () => {
    const {shards} = useShards(places)
    const id = idOf(3, 2)
    const inB = await left(b, id, 12)
    const inC = await left(c, id, 12)
    await (await raw(b)).query(`COMMIT PREPARED '${inB}'`)
    const listed = await listInDoubt(shards, {mapId})
    expect(listed).toMatchObject([{gid: inC, do: 'in-doubt', preparedOn: ['c'], committedOn: ['b'], notAsked: []}])
    expect(listed[0]?.why).toMatch(/restored|failed over/)
    expect(await resolveInDoubt(shards, {mapId})).toMatchObject([{gid: inC, done: 'left'}])
    expect(await preparedOn(places)).toEqual([inC])
    expect(await resolveInDoubt(shards, {mapId, decide: {[id]: 'commit'}})).toMatchObject([
      {gid: inC, done: 'committed'},
    ])
    await nothingIsLeft()
  })

  it('touches nothing of a coordinator that cannot be asked', async () => {
    const {shards} = useShards([b, c])
    const dead = new Router({
      ...servers.connection,
      topology: {hosts: ['127.0.0.1:1']},
      waitMs: 200,
      connectTimeoutMs: 100,
    })
    onTestFinished(() => dead.end())
    const gid = await left(b, idOf(4, 1), 13)
    for (const given of [[...shards, {name: 'a', router: dead}], shards]) {
      const [found] = await resolveInDoubt(given, {mapId, deadlineMs: 20_000})
      expect(found).toMatchObject({gid, do: 'in-doubt', done: 'left'})
      expect(found?.why).toMatch(/cannot be asked/)
    }
    expect(await preparedOn(places)).toEqual([gid])
    await resolveInDoubt([...shards, ...useShards([a]).shards], {mapId})
    await nothingIsLeft()
  })
})

describe('transactions that wait for each other', () => {
  it('over two shards both end, and nothing is left', async () => {
    const {transactions, inUse} = useShards(places, {lockTimeoutMs: 500})
    let met = 0
    let meet: () => void = () => undefined
    const both = new Promise<void>(resolve => (meet = resolve))
    const crosswise = (first: string, second: string) =>
      transactions.run(async transaction => {
        await changes(transaction, [first, 14, -1])
        if (++met === 2) meet()
        await both
        await changes(transaction, [second, 14, 1])
      })
    const ends = await Promise.all([crosswise('a', 'b'), crosswise('b', 'a')])
    expect(ends.map(({phases}) => phases)).toEqual([2, 2])
    expect(Math.max(...ends.map(({runs}) => runs))).toBeGreaterThan(1)
    await expect.poll(inUse).toBe(0)
    await nothingIsLeft()
  })

  it('for connections all come through', async () => {
    // That all come through is asked, not how often each must try for that.
    const tries = {runsMax: 200, rerunMs: 100_000}
    const {transactions, inUse} = useShards(places, {router: {max: 3}, acquireMs: 200, ...tries})
    const ends = await Promise.all(
      Array.from({length: 30}, (_, index) =>
        transactions.run(async transaction => {
          const [first, second] = index % 2 === 0 ? (['a', 'b'] as const) : (['b', 'a'] as const)
          await changes(transaction, [first, 1 + index, -1], [second, 1 + index, 1])
        }),
      ),
    )
    expect(ends.map(({phases}) => phases)).toEqual(Array(30).fill(2))
    // One that was not waited for any longer is given back when it comes.
    await expect.poll(inUse).toBe(0)
    await nothingIsLeft()
  })
})

describe('connections that break', () => {
  it('while they are idle cost nothing', async () => {
    const {transactions, inUse} = useShards([a, b], {router: {max: 2}})
    for (let turn = 0; turn < 4; turn++) {
      await transactions.run(transaction => changes(transaction, ['a', 15, -1], ['b', 15, 1]))
      await sqlOn(
        b,
        `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'shards-test' AND datname = current_database()`,
      )
    }
    expect(await amounts(15)).toMatchObject({length: 3})
    // A connection that is closed is counted until it is.
    await expect.poll(inUse).toBe(0)
    await nothingIsLeft()
  })

  it('just before PREPARE end the transaction on all shards, and it is run again', async () => {
    let terminated = 0
    const {transactions, inUse} = useShards(places, {
      atStep: async step => {
        if (step !== 'armed' || terminated > 0) return
        terminated = (
          await sqlOn(
            b,
            `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'shards-test' AND datname = current_database() AND state = 'idle in transaction'`,
          )
        ).length
      },
    })
    const before = await amounts(16)
    const {runs} = await transactions.run(transaction =>
      changes(transaction, ['a', 16, -2], ['b', 16, 1], ['c', 16, 1]),
    )
    expect([terminated, runs]).toEqual([1, 2])
    expect((await amounts(16)).map((amount, at) => amount - (before[at] ?? 0))).toEqual([-2, 1, 1])
    await expect.poll(inUse).toBe(0)
    await nothingIsLeft()
  })
})

describe('an answer that is lost', () => {
  /** Shard b behind a proxy. */
  async function behindProxy(onto: 'a' | 'b') {
    const proxy = await cuttingProxy(servers.primary.host, servers.primary.port)
    const place = onto === 'a' ? a : b
    const shards = [a, b, c].map(one => ({
      name: one.name,
      router: routerOf(
        one,
        one === place
          ? {topology: {hosts: [proxy.address], pollMs: 50, fastPollMs: 25, timeoutMs: 10_000, evidenceTtlMs: 30_000}}
          : {},
      ),
    }))
    const transactions = new ShardTransactions({shards: () => shards, mapId, acquireMs: 20_000})
    onTestFinished(async () => {
      await transactions.end()
      await Promise.all(shards.map(({router}) => router.end()))
    })
    return {proxy, transactions}
  }

  it('of PREPARE: it is rolled back everywhere, and run again', async () => {
    const {proxy, transactions} = await behindProxy('b')
    const before = await amounts(17)
    proxy.cutAnswerOf('PREPARE TRANSACTION')
    const {runs} = await transactions.run(transaction => changes(transaction, ['a', 17, -1], ['b', 17, 1]))
    expect(runs).toBe(2)
    await expect.poll(() => transactions.pending).toBe(0)
    expect(proxy.cuts).toBe(1)
    expect((await amounts(17)).map((amount, at) => amount - (before[at] ?? 0))).toEqual([-1, 1, 0])
    await nothingIsLeft()
  })

  it('of COMMIT at the coordinator: what it came to is found, and finished', async () => {
    const {proxy, transactions} = await behindProxy('a')
    const before = await amounts(18)
    proxy.cutAnswerOf('COMMIT')
    const {phases, unfinished} = await transactions.run(transaction =>
      changes(transaction, ['a', 18, -1], ['b', 18, 1]),
    )
    expect([proxy.cuts, phases, unfinished]).toEqual([1, 2, []])
    expect((await amounts(18)).map((amount, at) => amount - (before[at] ?? 0))).toEqual([-1, 1, 0])
    await nothingIsLeft()
  })

  it('of COMMIT PREPARED: it is committed, and finished in the background', async () => {
    const {proxy, transactions} = await behindProxy('b')
    const before = await amounts(19)
    proxy.cutAnswerOf('COMMIT PREPARED')
    const {unfinished} = await transactions.run(transaction => changes(transaction, ['a', 19, -1], ['b', 19, 1]))
    expect([proxy.cuts, unfinished]).toEqual([1, ['b']])
    await expect.poll(() => transactions.pending).toBe(0)
    expect((await amounts(19)).map((amount, at) => amount - (before[at] ?? 0))).toEqual([-1, 1, 0])
    await nothingIsLeft()
  })

  it('of COMMIT where one shard wrote: nobody knows, and it is not run again', async () => {
    const {proxy, transactions} = await behindProxy('b')
    const before = await amounts(20)
    proxy.cutAnswerOf('COMMIT')
    let runs = 0
    const error = await refusal(
      transactions.run(transaction => {
        runs++
        return changes(transaction, ['b', 20, 1], ['b', 21, -1])
      }),
    )
    expect(error).toBeInstanceOf(CommitUnknownError)
    expect([proxy.cuts, runs]).toEqual([1, 1])
    expect((await amounts(20)).map((amount, at) => amount - (before[at] ?? 0))).toEqual([0, 1, 0])
  })
})

describe('what cannot work', () => {
  it.each([
    [
      'a shard that does not exist',
      (transactions: ShardTransactions) => transactions.run(async tx => tx.onShard('x').query('SELECT 1')),
      'CONFIG_INVALID',
    ],
    [
      'a statement after the end',
      async (transactions: ShardTransactions) => {
        const {value} = await transactions.run(async tx => tx.onShard('a'))
        return value.query('SELECT 1')
      },
      'TRANSACTION_OPEN',
    ],
    [
      'a transaction after end()',
      async (transactions: ShardTransactions) => {
        await transactions.end()
        return transactions.run(async () => 1)
      },
      'ENDED',
    ],
  ] as const)('%s is refused', async (_what, work, code) => {
    const {transactions} = useShards(places)
    const error = await refusal(work(transactions))
    expect(error).toBeInstanceOf(ShardError)
    expect(error).toMatchObject({code, outcome: 'not-applied'})
  })

  it('names that are too long for PostgreSQL are refused at once', () => {
    const router = routerOf(a)
    onTestFinished(() => router.end())
    expect(() => new ShardTransactions({shards: () => [{name: 'x'.repeat(60), router}], mapId})).toThrow(
      /199 are allowed/,
    )
  })
})
