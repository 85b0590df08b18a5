// The pure parts of a load over shards: whose turn it is, what is sent, what is recorded, how what the shards hold is
// put together.
import {describe, expect, it} from 'vitest'
import {RouterError} from '../../router/index.ts'
import {ShardError} from '../../shards/index.ts'
import {AccessPathError, type Attempt, type Reply, type Statement} from '../access-paths/access-path.ts'
import type {Finish} from '../operations/operation.ts'
import {chooseUsers, drawPair, firstUserId, type LoadUser} from './shard-users.ts'
import {combined, parseShard} from './sharded-final.ts'
import {openingAmount, orderStatements, shardedOperations, transferStatements} from './sharded-operations.ts'
import {pathErrorOf, type ShardedPath} from './sharded-path.ts'
import {parseTables} from './sharded-tables.ts'

const stamp = {id: 41, dueMs: 100, invokedMs: 103}
const ok: Finish = {completedMs: 110, outcome: 'ok', node: 's1-pg1', timeline: 2, error: null}
const failed: Finish = {...ok, outcome: 'failed', node: null, error: {code: 'SHARD_FAILED', message: 'down'}}
const attempt: Attempt = {deadlineAtMs: 2_000, sent: false, over: false}
const reply: Reply = {row: null, node: null, timeline: null, localOnly: false}
const even = (userId: number): {shard: string; group: number} => ({
  shard: userId % 2 === 0 ? 's1' : 's2',
  group: userId % 64,
})
const users = chooseUsers(['s1', 's2'], even)

function recorder() {
  const sent: (readonly [string, readonly Statement[]])[] = []
  const take = async (how: string, statements: readonly Statement[]): Promise<Reply> => {
    sent.push([how, statements])
    return Promise.resolve(reply)
  }
  const path = {
    write: async (statement: Statement) => take('write', [statement]),
    transaction: async (statements: readonly Statement[]) => take('transaction', statements),
    readKey: async (key: number, statement: Statement) => take(`key ${key}`, [statement]),
    readAll: async (statement: Statement, partial: boolean) => take(partial ? 'partial' : 'all', [statement]),
  } as unknown as ShardedPath
  return {sent, path}
}

const operationsOf = (path: ShardedPath, hotUserShare?: number) =>
  shardedOperations({
    path,
    run: 'r',
    load: {...(hotUserShare === undefined ? {} : {hotUserShare})},
    random: {next: () => 0.5},
    users,
  })

describe('the users of a load over shards', () => {
  it('are as many on each shard, in turn, above the ids of people', () => {
    expect(users.map(({shard}) => shard).slice(0, 4)).toEqual(['s1', 's2', 's1', 's2'])
    expect(users.filter(({shard}) => shard === 's1')).toHaveLength(users.length / 2)
    expect(Math.min(...users.map(({userId}) => userId))).toBe(firstUserId)
  })
  it('are fewer of a shard that owns nothing', () => {
    expect(new Set(chooseUsers(['s1', 's2'], () => ({shard: 's1', group: 1})).map(({shard}) => shard))).toEqual(
      new Set(['s1']),
    )
  })
  it('move amounts between two shards, or two users of the only one', () => {
    const draws = [0, 0.25, 0.5, 0.75, 0.99]
    for (const next of draws) {
      const [from, to] = drawPair(users, {next: () => next})
      expect(from.shard).not.toBe(to.shard)
    }
    const alone: readonly LoadUser[] = users.filter(({shard}) => shard === 's1')
    const [from, to] = drawPair(alone, {next: () => 0})
    expect(from).not.toBe(to)
  })
})

describe('an operation over shards', () => {
  it('is an order of one statement, or with a dispute of it in one transaction', () => {
    expect(orderStatements('r', 1, 7, 3).map(({values}) => values)).toEqual([[7, 'r:w:1:3:']])
    const [order, dispute] = orderStatements('r', 1, 7, 4)
    expect([order?.text, dispute?.text]).toEqual([
      expect.stringContaining('INSERT INTO orders') as string,
      expect.stringContaining('INSERT INTO disputes') as string,
    ])
  })
  it('takes from one account what it adds to the other, in the order of the users', () => {
    for (const move of [
      {from: 1, to: 2, amount: 5},
      {from: 2, to: 1, amount: 5},
    ]) {
      const updates = transferStatements('r', 9, move).filter(({text}) => text.startsWith('UPDATE'))
      expect(updates.map(({values}) => values[0])).toEqual([1, 2])
      expect(updates.reduce((sum, {values}) => sum + Number(values[2]), 0)).toBe(0)
    }
  })
  it('is recorded with the shards and groups that it was to go to, also when it failed', async () => {
    const {sent, path} = recorder()
    const operations = operationsOf(path)
    const order = operations.append(stamp)
    await order.send(attempt)
    const user = users[12]
    expect(order.record(failed, null)).toMatchObject({
      kind: 'append',
      session: 12,
      version: 1,
      shards: [user?.shard],
      groups: [user?.group],
      outcome: 'failed',
    })
    const transfer = operations.transfer(stamp)
    await transfer.send(attempt)
    expect(transfer.record(ok, reply)).toMatchObject({kind: 'transfer', shards: ['s1', 's2']})
    expect(sent.map(([how]) => how)).toEqual(['write', 'transaction'])
  })
  it('over all shards has leave to leave one out every other time, and says what it left out', async () => {
    const {sent, path} = recorder()
    const operations = operationsOf(path)
    const reads = [operations.scatter?.(stamp), operations.scatter?.(stamp)]
    for (const read of reads) await read?.send(attempt)
    expect(sent.map(([how]) => how)).toEqual(['all', 'partial'])
    const answered = {...reply, row: {seen: '12'}, missing: ['s2']}
    expect(reads[1]?.record(ok, answered)).toMatchObject({
      partial: true,
      missing: ['s2'],
      seen: 12,
      shards: ['s1', 's2'],
    })
    expect(reads[0]?.record(failed, null)).toMatchObject({partial: false, missing: [], seen: null})
  })
  it('is the hot user’s as often as was said', () => {
    const {path} = recorder()
    const first = operationsOf(path, 0.8).append(stamp).record(ok, reply)
    expect(first).toMatchObject({session: 0})
  })
})

it.each([
  [new ShardError('SHARD_FAILED', 'x', {outcome: 'unknown'}), 'unknown', 'SHARD_FAILED'],
  [new ShardError('UNSUPPORTED', 'x'), 'not-applied', 'UNSUPPORTED'],
  [Object.assign(new Error('refused'), {code: 'HL001', severity: 'ERROR'}), 'not-applied', 'HL001'],
] as const)('what is refused is told as far as it came: %s', (error, reach, code) => {
  const told = pathErrorOf(error)
  expect(told).toBeInstanceOf(AccessPathError)
  expect(told).toMatchObject({reach, code})
})
it('an error of nobody passes through', () => {
  const error = new Error('own')
  expect(pathErrorOf(error)).toBe(error)
  expect(RouterError).toBeDefined()
})

describe('what the shards hold', () => {
  const row = {
    ledger: '1,2',
    given: '3',
    taken: '',
    owned: '2,0',
    total: 10,
    prepared: ['g'],
    tables: [{table: 'orders', rows: 4, misplaced: '1'}],
  }
  it('is read as it was told', () => {
    expect(parseShard(row)).toEqual({
      ledgerIds: [1, 2],
      givenIds: [3],
      takenIds: [],
      groupsOwned: [0, 2],
      total: 10,
      prepared: ['g'],
      tables: [{table: 'orders', rows: 4, misplaced: 1}],
    })
  })
  it.each([{ledger: null}, {given: 'x'}, {total: '10'}, {prepared: null}, {tables: {}}])(
    'is nothing with %j',
    change => {
      expect(parseShard({...row, ...change})).toBeNull()
    },
  )
  it('is of no table where none is sharded', () => {
    expect([parseTables(null), parseTables({tables: []})]).toEqual([null, null])
    expect(parseTables({tables: [{name: 't', sql: 'public.t', key: 'k', type: 'int2'}]})?.[0]?.type).toBe('int8')
  })
  it('is put together: a transfer is there as often as the half that is there more often', () => {
    const shard = (name: string, given: readonly number[], taken: readonly number[]) => ({
      final: {shard: name, groupsOwned: [], tables: [], prepared: [], givenIds: given, takenIds: taken, perNode: []},
      primary: `${name}-pg1`,
      timeline: name === 's2' ? 3 : 1,
      ledgerIds: [name.length],
      total: 5,
      switchPoints: [],
    })
    const all = [shard('s1', [1, 2, 2], [4]), shard('s2', [4], [1, 3])]
    const [, subject] = all
    const state = subject === undefined ? null : combined(all, subject, 2)
    expect(state).toMatchObject({
      primary: 's2-pg1',
      timeline: 3,
      accountsTotal: 10,
      accountsTotalExpected: 2 * openingAmount,
    })
    expect(state?.transferIds.toSorted()).toEqual([1, 2, 2, 3, 4])
  })
})
