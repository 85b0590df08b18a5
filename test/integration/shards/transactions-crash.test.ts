// Processes and servers that die at each step of a two-phase commit, and what recovery makes of it: all or nothing on
// each account, nothing left prepared, the total as before. HL_CRASH_ROUNDS: how often a process dies per step.
import {execFile} from 'node:child_process'
import {fileURLToPath} from 'node:url'
import {beforeAll, describe, expect, it} from 'vitest'
import {protocolSteps, type ProtocolStep} from '../../../src/shards/transactions/crash-points.ts'
import {listInDoubt, resolveInDoubt} from '../../../src/shards/transactions/recovery.ts'
import {byDay} from '../../suite/at-night.ts'
import {useServers} from '../router/servers.ts'
import type {ChildOrder} from './transactions-child.ts'
import {
  amountOf,
  change,
  database,
  expectedTotal,
  makeShard,
  mapId,
  preparedOn,
  sqlOn,
  totalOf,
  useShards,
  type ShardPlace,
} from './transactions-shards.ts'

const one = useServers('it-tx-one', {standbys: 0})
const two = useServers('it-tx-two', {standbys: 0})
const a: ShardPlace = {name: 'a', servers: one}
const b: ShardPlace = {name: 'b', servers: two}
const c: ShardPlace = {name: 'c', servers: two}
const places = [a, b, c]
const rounds = Number(process.env['HL_CRASH_ROUNDS'] ?? byDay(1, 20))

beforeAll(async () => {
  for (const place of places) await makeShard(place)
})

/** Resolves when the process is dead. */
function dies(order: ChildOrder): Promise<{readonly signal: string | null; readonly said: string}> {
  const script = fileURLToPath(new URL('transactions-child.ts', import.meta.url))
  return new Promise(resolve => {
    execFile(process.execPath, [script, JSON.stringify(order)], (error, stdout, stderr) =>
      resolve({signal: error?.signal ?? null, said: stdout + stderr}),
    )
  })
}

function orderOf(step: ProtocolStep, account: number, amount: number): ChildOrder {
  return {
    mapId,
    step,
    account,
    amount,
    shards: places.map(({name, servers}) => ({
      name,
      hosts: servers.hosts(),
      database: database(name),
      user: servers.connection.user,
      password: servers.connection.password,
    })),
  }
}

/** How an account changed against the 1,000 that it had, per shard. */
async function changesOf(account: number): Promise<readonly number[]> {
  return (await Promise.all(places.map(place => amountOf(place, account)))).map(amount => amount - 1_000)
}

/** Servers notice that a client is gone when they next read from it. */
async function nobodyIsLeft(): Promise<void> {
  await expect
    .poll(async () =>
      (
        await Promise.all(
          [a, b].map(place =>
            sqlOn(
              place,
              `SELECT pid FROM pg_stat_activity WHERE usename = 'app' AND state <> 'idle' AND backend_type = 'client backend'`,
            ),
          ),
        )
      ).flat(),
    )
    .toEqual([])
}

async function recovered(): Promise<void> {
  const {shards} = useShards(places)
  await nobodyIsLeft()
  await resolveInDoubt(shards, {mapId})
  expect(await listInDoubt(shards, {mapId})).toEqual([])
  expect(await preparedOn(places)).toEqual([])
  expect(await totalOf(places)).toBe(expectedTotal(places))
}

describe('a process that is killed', () => {
  /** Where it surely is applied, and surely not. */
  const applied: Readonly<Record<ProtocolStep, boolean | null>> = {
    'begun': false,
    'arming': false,
    'armed': false,
    'preparing': false,
    'one-prepared': false,
    'prepared': false,
    'deciding': null,
    'decided': true,
    'finishing': true,
    'one-finished': true,
    'finished': true,
    'compacted': true,
  }

  it(
    'at any step leaves a transaction that is on all shards, or on none, after recovery',
    {timeout: 2_400_000},
    async () => {
      const before = new Map<number, readonly number[]>()
      for (let account = 1; account <= protocolSteps.length; account++) before.set(account, await changesOf(account))
      for (let round = 1; round <= rounds; round++) {
        const amount = round * 7
        const ends = await Promise.all(
          protocolSteps.map((step, index) => dies(orderOf(step, index + 1, amount)).then(end => [step, end] as const)),
        )
        for (const [step, {signal, said}] of ends)
          expect([step, signal, step === 'compacted' ? '' : said]).toEqual([step, 'SIGKILL', ''])
        await recovered()
        for (const [index, step] of protocolSteps.entries()) {
          const account = index + 1
          const now = await changesOf(account)
          const then = before.get(account) ?? []
          const change = now.map((value, at) => value - (then[at] ?? 0))
          const all = [-2 * amount, amount, amount]
          const expected = applied[step]
          expect([step, [all, [0, 0, 0]].some(either => either.every((value, at) => value === change[at]))]).toEqual([
            step,
            true,
          ])
          if (expected !== null) expect([step, change]).toEqual([step, expected ? all : [0, 0, 0]])
          before.set(account, now)
        }
      }
    },
  )
})

describe('a server that is killed', () => {
  const cases = protocolSteps
    .filter(step => step !== 'compacted')
    .flatMap(step => [['coordinator', step] as const, ['participants', step] as const])

  it.each(cases)('that of the %s, at %s: all or nothing, and the caller was told which', async (which, step) => {
    const account = 20 + protocolSteps.indexOf(step)
    const before = await changesOf(account)
    const killed = which === 'coordinator' ? one : two
    let kills = 0
    const starting: Promise<void>[] = []
    const {shards, transactions, inUse} = useShards(places, {
      settleMs: 30_000,
      atStep: async at => {
        if (at !== step || kills++ > 0) return
        await killed.kill(killed.primary)
        starting.push(killed.start(killed.primary))
        if (!step.endsWith('ing')) await Promise.all(starting)
      },
    })
    const told = await transactions
      .run(
        async transaction => {
          for (const [name, amount] of [
            ['a', -10],
            ['b', 5],
            ['c', 5],
          ] as const)
            await transaction.onShard(name).query(change, [account, amount])
        },
        {rerun: false},
      )
      .then(
        () => 'committed' as const,
        (error: unknown) => (error as {outcome?: string}).outcome ?? 'refused',
      )
    expect(kills).toBe(1)
    await Promise.all(starting)
    await transactions.end(30_000)
    expect(transactions.pending).toBe(0)
    await resolveInDoubt(shards, {mapId})
    expect(await preparedOn(places)).toEqual([])
    const changed = (await changesOf(account)).map((value, at) => value - (before[at] ?? 0))
    expect([
      [0, 0, 0],
      [-10, 5, 5],
    ]).toContainEqual(changed)
    if (told === 'committed') expect(changed).toEqual([-10, 5, 5])
    else if (told !== 'unknown') expect(changed).toEqual([0, 0, 0])
    await expect.poll(inUse).toBe(0)
    expect(await totalOf(places)).toBe(expectedTotal(places))
  })
})

describe('a shard without prepared transactions', () => {
  it('is named before anything is committed, with the way out; one shard at a time goes on', async () => {
    await two.configure(two.primary, {max_prepared_transactions: '0'})
    await two.restart(two.primary, 'fast')
    const {transactions, inUse} = useShards(places)
    const before = await changesOf(40)
    const write = (...names: readonly string[]): Promise<{readonly phases: number}> =>
      transactions.run(async transaction => {
        for (const name of names) await transaction.onShard(name).query(change, [40, 1])
        for (const name of names) await transaction.onShard(name).query(change, [39, -1])
      })
    const refused = await write('a', 'b').catch((error: unknown) => error)
    expect(refused).toMatchObject({code: 'CONFIG_INVALID', shard: 'b', outcome: 'not-applied'})
    expect((refused as Error).message).toMatch(/max_prepared_transactions = 0.*restart/)
    expect(await changesOf(40)).toEqual(before)
    expect(await write('b')).toMatchObject({phases: 1})
    // The coordinator prepares nothing.
    expect(await write('b', 'a')).toMatchObject({phases: 2})
    await expect.poll(inUse).toBe(0)
    expect(await totalOf(places)).toBe(expectedTotal(places))
  })
})
