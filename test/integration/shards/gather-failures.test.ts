// What ends a gathering on two real shards, and what is left of it then: nothing. Not here: which rows
// (gather.test.ts).
import {describe, expect, it} from 'vitest'
import type {Router} from '../../../src/router/index.ts'
import {gather, type Gathering} from '../../../src/shards/gather/gather.ts'
import type {GatherLeg, GatherOptions} from '../../../src/shards/gather/gather-options.ts'
import {useServers, type TestServers} from '../router/servers.ts'
import {allOf, allRows, key} from './gather-plans.ts'
import {patientRouter} from './patient-router.ts'

const a = useServers('it-gatherf-a', {standbys: 0})
const b = useServers('it-gatherf-b', {standbys: 0})
const both = [a, b]
const numbers = 'SELECT n FROM generate_series(1, 100000) n ORDER BY n'
const inOrder = {...allRows, sort: [key(0, 'int')]}

function routers(options: Parameters<typeof patientRouter>[1] = {}): readonly [Router, Router] {
  return [patientRouter(a, options), patientRouter(b, options)]
}

function legs(
  [ra, rb]: readonly [Router, Router],
  onA: string,
  onB = onA,
  values: readonly unknown[] = [],
): readonly GatherLeg[] {
  return [
    {shard: 'a', router: ra, text: onA, values},
    {shard: 'b', router: rb, text: onB, values},
  ]
}

/** Statements of the routers that run, or whose connection is in a transaction. */
async function underWay(servers: TestServers): Promise<number> {
  const [row] = await servers.sql<{n: number}>(
    servers.primary,
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'router-test' AND state <> 'idle' AND query !~ 'pg_is_in_recovery'`,
  )
  return row?.n ?? 0
}

async function expectNothingLeft(of: readonly Router[]): Promise<void> {
  for (const router of of) {
    await expect.poll(() => router.totalCount - router.idleCount).toBe(0)
    expect(router.waitingCount).toBe(0)
  }
  for (const servers of both) await expect.poll(() => underWay(servers)).toBe(0)
}

async function backends(servers: TestServers, like: string): Promise<readonly number[]> {
  const rows = await servers.sql<{pid: number}>(
    servers.primary,
    `SELECT pid FROM pg_stat_activity WHERE application_name = 'router-test' AND query LIKE $1`,
    [like],
  )
  return rows.map(({pid}) => pid)
}

describe('nothing is left', () => {
  it('after two hundred that were ended by their signal', async () => {
    const pair = routers({max: 5})
    for (let round = 0; round < 40; round++)
      await Promise.all(
        Array.from({length: 5}, async (_, index) => {
          const controller = new AbortController()
          const reading = allOf(gather(legs(pair, 'SELECT pg_sleep(60)'), allRows, {signal: controller.signal}))
          // At different moments: before anything is sent, while it is, and while it runs.
          for (let turn = 0; turn < index * 3; turn++) await new Promise(setImmediate)
          if (round % 10 === 0) await expect.poll(() => underWay(b)).toBeGreaterThan(0)
          controller.abort(new Error('gone'))
          await expect(reading).rejects.toMatchObject({code: 'ABORTED', cause: {message: 'gone'}})
        }),
      )
    await expectNothingLeft(pair)
    expect(pair.every(({totalCount}) => totalCount <= 5)).toBe(true)
    expect(await allOf(gather(legs(pair, 'SELECT 1 AS one'), allRows))).toEqual([{one: 1}, {one: 1}])
  })

  it('after a reader that left, whose next statements get their own answers', async () => {
    const pair = routers({max: 1})
    for (let turn = 0; turn < 10; turn++) {
      for await (const row of gather(legs(pair, numbers), inOrder)) if (row.n === turn + 1) break
      for (const router of pair)
        expect((await router.query('SELECT $1::int AS mine', [turn])).rows).toEqual([{mine: turn}])
    }
    await expectNothingLeft(pair)
  })

  it('after a reader that left before anything was there', async () => {
    const pair = routers()
    const rows = gather(legs(pair, 'SELECT pg_sleep(60)'), allRows)[Symbol.asyncIterator]()
    const next = rows.next()
    await expect.poll(() => underWay(b)).toBe(1)
    await rows.return?.()
    expect(await next).toEqual({done: true, value: undefined})
    await expectNothingLeft(pair)
  })

  it('after an error of one leg, which ends the others', async () => {
    const pair = routers()
    const reading = allOf(gather(legs(pair, 'SELECT pg_sleep(60)', 'SELECT 1 / 0'), allRows))
    await expect(reading).rejects.toMatchObject({code: '22012', shard: 'b'})
    await expectNothingLeft(pair)
  })

  it('after an error in the middle, and after one of combining', async () => {
    const pair = routers()
    await expect(
      allOf(gather(legs(pair, numbers, 'SELECT 1 / (5000 - n) AS n FROM generate_series(1, 100000) n'), allRows)),
    ).rejects.toMatchObject({code: '22012'})
    const combine = {
      text: 'SELECT 1 / (sum(v) - sum(v)) FROM unnest($1::int[]) v',
      columnTypes: ['int4'],
      groupKeys: [],
    }
    await expect(allOf(gather(legs(pair, 'SELECT 1'), {...allRows, combine}))).rejects.toMatchObject({code: '22012'})
    await expectNothingLeft(pair)
  })
})

it('of impatient callers each gets its own answer or none', async () => {
  const pair = routers({max: 2})
  let answered = 0
  await Promise.all(
    Array.from({length: 50}, async (_, caller) => {
      for (let turn = 0; turn < 10; turn++) {
        const id = caller * 1_000 + turn
        const text = 'SELECT $1::int AS id FROM pg_sleep(CASE WHEN $1 % 3 = 0 THEN 60 ELSE 0 END)'
        const rows = await allOf(
          gather(legs(pair, 'SELECT $1::int AS id', text, [id]), allRows, {deadlineMs: 1_000}),
        ).catch((error: unknown) => {
          expect(error).toMatchObject({code: 'TIMEOUT'})
          return null
        })
        if (rows === null) continue
        answered++
        expect(rows).toEqual([{id}, {id}])
      }
    }),
  )
  expect(answered).toBeGreaterThan(0)
  await expectNothingLeft(pair)
})

it('with one connection for each shard, gatherings of opposite orders and their combining make progress', async () => {
  const pair = routers({max: 1})
  const combine = {text: 'SELECT sum(v)::int AS v FROM unnest($1::int[]) v', columnTypes: ['int4'], groupKeys: []}
  const rows = await Promise.all(
    Array.from({length: 30}, (_, turn) => {
      const both = legs(pair, 'SELECT 1 FROM pg_sleep(0.01)')
      return allOf(gather(turn % 2 === 0 ? both : both.toReversed(), {...allRows, combine}))
    }),
  )
  expect(rows).toEqual(rows.map(() => [{v: 2}]))
  await expectNothingLeft(pair)
})

describe('a shard', () => {
  /** Until rows of both are given. */
  async function begun(
    pair: readonly [Router, Router],
    options: GatherOptions,
  ): Promise<{rows: Gathering; iterator: AsyncIterator<unknown>}> {
    const rows = gather(legs(pair, numbers, `/* victim */ ${numbers}`), inOrder, options)
    const iterator = rows[Symbol.asyncIterator]()
    for (let row = 0; row < 10; row++) await iterator.next()
    return {rows, iterator}
  }

  it.each([false, true])('that breaks in the middle is an error, with partial: %s', async partial => {
    const pair = routers()
    const {iterator} = await begun(pair, {partial})
    const pids = await backends(b, '%victim%')
    expect(pids).toHaveLength(1)
    await b.sql(b.primary, 'SELECT pg_terminate_backend($1)', [pids[0]])
    const read = async (): Promise<void> => {
      while ((await iterator.next()).done !== true);
    }
    await expect(read()).rejects.toMatchObject({code: 'SHARD_FAILED', shard: 'b'})
    await expectNothingLeft(pair)
  })

  it('that cannot be reached is named, or left out with partial', async () => {
    const pair = [patientRouter(a), patientRouter(b, {waitMs: 3_000})] as const
    await b.kill(b.primary)
    try {
      await expect(allOf(gather(legs(pair, 'SELECT 1 AS one'), allRows))).rejects.toMatchObject({
        code: 'SHARD_FAILED',
        shard: 'b',
      })
      const rows = gather(legs(pair, 'SELECT 1 AS one'), allRows, {partial: true})
      expect(await allOf(rows)).toEqual([{one: 1}])
      expect(rows.missingShards).toEqual(['b'])
      const combine = {text: 'SELECT sum(v)::int AS v FROM unnest($1::int[]) v', columnTypes: ['int4'], groupKeys: []}
      expect(await allOf(gather(legs(pair, 'SELECT 1'), {...allRows, combine}, {partial: true}))).toEqual([{v: 1}])
    } finally {
      await b.start(b.primary)
    }
    await expect
      .poll(() => allOf(gather(legs(pair, 'SELECT 1 AS one'), allRows)).catch(() => []))
      .toEqual([{one: 1}, {one: 1}])
    await expectNothingLeft(pair)
  })

  it('that breaks before a row of it was given is left out with partial', async () => {
    const pair = routers()
    const rows = gather(legs(pair, 'SELECT 1 AS one', 'SELECT 1 AS one FROM pg_sleep(60) victim'), inOrder, {
      partial: true,
    })
    const reading = allOf(rows)
    await expect.poll(() => backends(b, '%victim%')).toHaveLength(1)
    await b.sql(b.primary, 'SELECT pg_terminate_backend($1)', [(await backends(b, '%victim%'))[0]])
    expect(await reading).toEqual([{one: 1}])
    expect(rows.missingShards).toEqual(['b'])
    await expectNothingLeft(pair)
  })

  it('whose statement is refused is no missing one', async () => {
    const pair = routers()
    const reading = allOf(gather(legs(pair, 'SELECT 1', 'SELECT nosuch'), allRows, {partial: true}))
    await expect(reading).rejects.toMatchObject({code: '42703', shard: 'b'})
  })

  it('that stands still ends by the deadline, and is named', async () => {
    const pair = routers()
    const {iterator} = await begun(pair, {deadlineMs: 8_000})
    await b.pause(b.primary)
    try {
      const read = async (): Promise<void> => {
        while ((await iterator.next()).done !== true);
      }
      await expect(read()).rejects.toMatchObject({code: 'TIMEOUT', shard: 'b'})
      await expect.poll(() => pair.map(({totalCount, idleCount}) => totalCount - idleCount)).toEqual([0, 0])
    } finally {
      await b.unpause(b.primary)
    }
    await expectNothingLeft(pair)
  })
})

describe('a limit', () => {
  it('of shards is told before anything is asked', async () => {
    const pair = routers()
    expect(() => gather(legs(pair, 'SELECT 1'), allRows, {fanoutMax: 1})).toThrow(
      'name the key in WHERE, or raise fanoutMax',
    )
    expect(() => gather([...legs(pair, 'SELECT 1'), ...legs(pair, 'SELECT 1')], allRows)).toThrow(
      'shard a has two legs',
    )
  })

  const combine = {text: 'SELECT v FROM unnest($1::int[]) v', columnTypes: ['int4'], groupKeys: [key(0, 'int')]}
  it.each([
    ['of rows', {rowsMax: 5_000}, 'rowsMax'],
    ['of memory', {memoryBytesMax: 100_000}, 'memoryBytesMax'],
  ])('%s ends what would be sorted here without a LIMIT', async (_what, options, limit) => {
    const pair = routers()
    const plan = {...allRows, combine, sort: [key(0, 'int', {descending: true, nullsFirst: true})]}
    await expect(allOf(gather(legs(pair, numbers), plan, options))).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      detail: {limit},
    })
    await expectNothingLeft(pair)
    expect(await allOf(gather(legs(pair, numbers), {...plan, limit: 2, offset: 1}, options))).toEqual([
      {v: 100_000},
      {v: 99_999},
    ])
  })
})
