// When a statement is sent without the whole way around it, and what becomes of a refusal.
import {describe, expect, it, vi} from 'vitest'
import type {Fleet} from '../fleet.ts'
import {readStatement} from '../read-statement.ts'
import type {BoundRoute} from '../routing/bound-route.ts'
import type {ShardedResult} from '../sharded-result.ts'
import {runStatement} from './run-statement.ts'
import {sendAtOnce} from './send-at-once.ts'

const statement = readStatement('SELECT 1 FROM orders WHERE user_id = $1', [7])
const alone: BoundRoute = {
  kind: 'read',
  reason: 'orders.user_id is known: one shard',
  legs: [{shard: 's1', text: statement.text, values: [7]}],
  merge: {kind: 'alone'},
}
const moved = Object.assign(new Error('slot 192 is not written on this shard'), {
  code: 'HL001',
  severity: 'ERROR',
  detail: JSON.stringify({slot: 192, group: 3, epoch: 2, owner: 's2', state: 'r'}),
})

type Query = () => Promise<object>

/** A fleet that knows all, of one shard whose router answers as `query` does, and what it was asked. */
function fleetOf({
  query = answers,
  bind = () => alone,
  standing = 'serving',
  isKnown = true,
}: {
  readonly query?: Query
  readonly bind?: () => BoundRoute
  readonly standing?: string
  readonly isKnown?: boolean
}) {
  const opened = {planner: {bind}, transactions: {}}
  const learn = vi.fn<(placement: object) => void>()
  const open = vi.fn<() => Promise<unknown>>().mockResolvedValue(opened)
  const fleet = {
    known: isKnown ? opened : null,
    open,
    watch: {standing: () => ({kind: standing}), learn, kick: () => undefined},
    serving: async () => Promise.resolve([]),
    waitMs: 1_000,
    routerOf: () => ({query}),
  }
  return {fleet: fleet as unknown as Fleet, open, learn}
}

const limits = {answerRowsMax: 10} as Parameters<typeof runStatement>[2]
const answers: Query = async () =>
  Promise.resolve(Object.defineProperty({rows: []}, 'route', {value: {node: 'n1'}, writable: true}))
const never = async (): Promise<ShardedResult> => Promise.reject(new Error('it did not go on'))

describe('a statement of one shard', () => {
  it('is sent at once, and says where it went', async () => {
    const {fleet, open} = fleetOf({})
    const result = await runStatement(statement, fleet, limits)
    expect(result.route).toEqual({shards: ['s1'], missingShards: [], reason: alone.reason})
    expect(Object.keys(result)).toEqual(['rows'])
    expect(open).toHaveBeenCalledTimes(0)
  })

  const refuses = (): never => {
    throw new Error('refused')
  }
  it.each([
    ['nothing is known yet', {isKnown: false}],
    ['the shard may not serve', {standing: 'unknown'}],
    ['the planner refuses it, which the whole way tells', {bind: refuses}],
  ])('is not while %s', (_, options) => {
    expect(sendAtOnce(statement, fleetOf(options).fleet, never)).toBe(null)
  })

  it('that was refused since its key has moved is sent to the owner, and the map learns it', async () => {
    const query = vi
      .fn<Query>()
      .mockRejectedValueOnce(moved)
      .mockResolvedValue({rows: [1]})
    const {fleet, learn} = fleetOf({query})
    expect((await runStatement(statement, fleet, limits)).rows).toEqual([1])
    expect(query).toHaveBeenCalledTimes(2)
    expect(learn.mock.calls).toEqual([[{group: 3, shard: 's2', epoch: 2}]])
  })

  it('that failed for anything else is not sent again', async () => {
    const broken = new Error('connection lost')
    const query = vi.fn<Query>().mockRejectedValue(broken)
    await expect(runStatement(statement, fleetOf({query}).fleet, limits)).rejects.toBe(broken)
    expect(query).toHaveBeenCalledTimes(1)
  })
})
