import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import type {Attempt, Reply, Statement} from '../access-paths/access-path.ts'
import {append} from './append.ts'
import type {Finish} from './operation.ts'
import {pinnedWrite} from './pinned-write.ts'
import {read, seenIn} from './read.ts'
import {accountCount, accountsTotal, drawMove, openAccountsStatement, transfer, transferStatements} from './transfer.ts'

const stamp = {id: 41, dueMs: 100, invokedMs: 103}
const finish: Finish = {completedMs: 110, outcome: 'ok', node: 'pg1', timeline: 2, error: null}
const attempt: Attempt = {deadlineAtMs: 2_000, sent: false, over: false}
const reply = (row: Reply['row']): Reply => ({row, node: null, timeline: null, localOnly: false})

/** Takes note of what was sent, and how. */
function recorder(): {
  readonly sent: (readonly [string, readonly Statement[]])[]
  readonly path: Record<
    'write' | 'readPrimary' | 'readStandby',
    (statement: Statement, attempt: Attempt, proof?: Statement) => Promise<Reply>
  > & {transaction(statements: readonly Statement[], attempt: Attempt, proof?: Statement): Promise<Reply>}
  readonly proofs: (Statement | undefined)[]
} {
  const sent: (readonly [string, readonly Statement[]])[] = []
  const proofs: (Statement | undefined)[] = []
  const take = (how: string) => async (statement: Statement, _attempt: Attempt, proof?: Statement) => {
    sent.push([how, [statement]])
    proofs.push(proof)
    return reply(null)
  }
  const transaction = async (
    statements: readonly Statement[],
    _attempt: Attempt,
    proof?: Statement,
  ): Promise<Reply> => {
    sent.push(['transaction', statements])
    proofs.push(proof)
    return reply(null)
  }
  return {
    sent,
    proofs,
    path: {write: take('write'), readPrimary: take('readPrimary'), readStandby: take('readStandby'), transaction},
  }
}

test('an append writes its own id, session and version and is recorded with them', async () => {
  const {sent, proofs, path} = recorder()
  const operation = append(path, 'r1', stamp, {session: 3, version: 9})
  await operation.send(attempt)
  expect(sent[0]?.[0]).toBe('write')
  expect(sent[0]?.[1][0]?.values).toEqual(['r1', 41, 3, 9])
  expect(proofs).toEqual([
    {
      text: expect.stringMatching(
        /^SELECT 1 FROM hl\.ledger WHERE run = \$1 AND session = \$3 AND version = \$4 AND op_id = \$2$/,
      ) as unknown,
      values: ['r1', 41, 3, 9],
    },
  ])
  expect(operation.changes).toBe(true)
  expect(operation.record(finish, reply({}))).toEqual({kind: 'append', ...stamp, ...finish, session: 3, version: 9})
})

describe('a transfer', () => {
  test('locks both rows in the order of their ids before it changes them, all in one transaction', async () => {
    const {sent, proofs, path} = recorder()
    const operation = transfer(path, 'r1', stamp, {from: 9, to: 2, amount: 5})
    await operation.send(attempt)
    expect(sent.map(([how]) => how)).toEqual(['transaction'])
    expect(proofs).toEqual([{text: 'SELECT 1 FROM hl.transfers WHERE run = $1 AND op_id = $2', values: ['r1', 41]}])
    expect(sent[0]?.[1].map(statement => /^\w+/.exec(statement.text)?.[0])).toEqual([
      'SELECT',
      'SELECT',
      'UPDATE',
      'INSERT',
    ])
    expect(sent[0]?.[1][1]?.text).toMatch(/ORDER BY id FOR UPDATE$/)
    expect(operation.record({...finish, outcome: 'unknown'}, null)).toMatchObject({
      kind: 'transfer',
      id: 41,
      from: 9,
      to: 2,
      amount: 5,
      outcome: 'unknown',
    })
  })
  test('moves between two different accounts that exist, whatever the draw', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({min: 0, max: 0.999_999_999, noNaN: true}), {minLength: 3, maxLength: 3}),
        draws => {
          const left = [...draws]
          const move = drawMove({next: () => left.shift() ?? 0})
          expect(move.from).not.toBe(move.to)
          expect([move.from, move.to].every(id => Number.isInteger(id) && id >= 0 && id < accountCount)).toBe(true)
          expect(move.amount).toBeGreaterThanOrEqual(1)
          expect(move.amount).toBeLessThanOrEqual(10)
        },
      ),
    )
  })
  test('carries the amount to both sides of one statement', () => {
    expect(transferStatements('r1', 1, {from: 4, to: 5, amount: 6})[2]?.values).toEqual(['r1', 4, 5, 6])
  })
  test('starts from accounts that add up to the total', () => {
    const [run, count, balance] = openAccountsStatement('r1').values
    expect(run).toBe('r1')
    expect(Number(count) * Number(balance)).toBe(accountsTotal)
  })
})

describe('a read', () => {
  test('goes to the side it is named for and says what it saw', async () => {
    const {sent, path} = recorder()
    const standby = read(path, 'read-standby', 'r1', stamp, {reader: 1, of: 2})
    await standby.send(attempt)
    await read(path, 'read-primary', 'r1', stamp, {reader: 1, of: 2}).send(attempt)
    expect(sent.map(([how]) => how)).toEqual(['readStandby', 'readPrimary'])
    expect(sent[0]?.[1][0]?.values).toEqual(['r1', 2])
    expect(standby.changes).toBe(false)
    expect(standby.record(finish, reply({seen: 17}))).toEqual({
      kind: 'read-standby',
      ...stamp,
      ...finish,
      reader: 1,
      of: 2,
      seen: 17,
    })
    expect(standby.record({...finish, outcome: 'failed'}, null)).toMatchObject({seen: null, outcome: 'failed'})
  })
  test.each([
    [{seen: 0}, 0],
    [{seen: '3'}, null],
    [{}, null],
    [null, null],
  ])('of %j saw %s', (row, expected) => {
    expect(seenIn(reply(row))).toBe(expected)
  })
})

test('a pinned write names its node and keeps the position that the node told', async () => {
  const sent: Statement[] = []
  const operation = pinnedWrite(
    async statement => {
      sent.push(statement)
      return reply(null)
    },
    'r1',
    stamp,
    'pg2',
  )
  await operation.send(attempt)
  expect(sent[0]?.values).toEqual(['r1', 41, 'pg2'])
  expect(operation.record(finish, reply({lsn: '0/3000148'}))).toEqual({
    kind: 'pinned-write',
    ...stamp,
    ...finish,
    pinnedTo: 'pg2',
    lsn: '0/3000148',
  })
  expect(operation.record({...finish, outcome: 'failed'}, null)).toMatchObject({lsn: null})
})
