// Before a part of a transaction takes a connection: may its shard serve?
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
