// One statement on every shard: what is told of those that failed.
import {describe, expect, it, vi} from 'vitest'
import {RouterError, type Router} from '../../router/index.ts'
import {readStatement} from '../read-statement.ts'
import {onEachShard} from './on-each-shard.ts'

const played = (query: () => Promise<object>) => {
  const asked = vi.fn<() => Promise<object>>(query)
  const router = {query: asked} as unknown as Router
  const shards = new Map(['a', 'b'].map(name => [name, {name, router}] as const))
  return {asked, fleet: {shards, serving: async () => [], routerOf: () => router}}
}
const serverError = Object.assign(new Error('no'), {code: '23505', severity: 'ERROR'})

describe('a statement on every shard', () => {
  it('is sent once to a shard that is named twice', async () => {
    const {asked, fleet} = played(async () => ({rows: []}))
    await onEachShard(readStatement('SELECT 1'), fleet, {shards: ['a', 'a', 'b']})
    expect(asked).toHaveBeenCalledTimes(2)
  })

  it.each([
    ['unknown', 'a connection that broke', new Error('Connection terminated unexpectedly')],
    ['unknown', 'a router that cannot know', new RouterError('CONNECTION_LOST', 'x', {outcome: 'unknown'})],
    ['not-applied', 'a refusal of the server', serverError],
    ['not-applied', 'what was never sent', new RouterError('CONNECTION_LOST', 'x', {outcome: 'not-sent'})],
  ])('is %s after %s', async (outcome, _, error) => {
    const {fleet} = played(async () => {
      throw error
    })
    await expect(onEachShard(readStatement('SELECT 1'), fleet, {})).rejects.toMatchObject({
      errors: [
        {code: 'SHARD_FAILED', shard: 'a', outcome},
        {code: 'SHARD_FAILED', shard: 'b', outcome},
      ],
    })
  })
})
