// A part of a transaction: may its shard serve, before it takes a connection; and what is found of it at the end.
import {expect, it, vi} from 'vitest'
import type {Router} from '../../router/index.ts'
import {ShardError} from '../shard-error.ts'
import {resolveInDoubt} from './recovery.ts'
import {ShardTransactions} from './shard-transactions.ts'

const refusal = new ShardError('QUARANTINED', 'it was set back', {shard: 'a'})
const played = () => {
  const router = {connect: vi.fn<() => Promise<never>>(), write: vi.fn<() => Promise<never>>()}
  const admit = vi.fn<(shard: string) => Promise<void>>().mockRejectedValue(refusal)
  return {router, admit, shards: [{name: 'a', router: router as unknown as Router}]}
}

it('a transaction takes nothing of a shard that must not serve', async () => {
  const {router, admit, shards} = played()
  const transactions = new ShardTransactions({shards: () => shards, mapId: 'm', admit})
  await expect(transactions.run(async transaction => transaction.onShard('a').query('SELECT 1'))).rejects.toBe(refusal)
  await expect(transactions.run(async () => null, {shards: ['a']})).rejects.toBe(refusal)
  expect([admit.mock.calls.length, router.connect.mock.calls.length]).toEqual([2, 0])
  await transactions.end()
})

it('recovery asks nothing of a server that may be another shard', async () => {
  const {router, admit, shards} = played()
  await expect(resolveInDoubt(shards, {mapId: 'm', admit})).rejects.toMatchObject({code: 'IN_DOUBT'})
  expect(router.write).not.toHaveBeenCalled()
})

it('a swallowed failure whose end the client has not read yet is told as one', async () => {
  const failure = (code: string): Error => Object.assign(new Error(code), {code, severity: 'ERROR'})
  let hasFailed = false
  const query = async (text: string): Promise<unknown> => {
    if (text === 'SELECT 1 / 0') {
      hasFailed = true
      throw failure('22012')
    }
    if (hasFailed && text !== 'ROLLBACK') throw failure('25P02')
    return Promise.resolve({command: text, rowCount: 0, rows: []})
  }
  // The driver learns of the new status with the next answer only.
  const client = {query, getTransactionStatus: () => 'T', release: () => undefined, processID: 1}
  const router = {connect: async () => Promise.resolve(client)}
  const shards = [{name: 'a', router: router as unknown as Router}]
  const transactions = new ShardTransactions({shards: () => shards, mapId: 'm'})
  const run = transactions.run(async transaction => {
    await transaction
      .onShard('a')
      .query('SELECT 1 / 0')
      .catch(() => undefined)
  })
  await expect(run).rejects.toMatchObject({code: 'ABORTED', shard: 'a', outcome: 'not-applied'})
  await transactions.end()
})
