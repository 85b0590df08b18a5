// A write on several shards: what each is sent, in which order.
import {describe, expect, it, vi} from 'vitest'
import type {ShardTransaction} from '../transactions/shard-transaction.ts'
import {writeLegs, writeTiedLegs} from './write-legs.ts'

const played = (refuses = 'none') => {
  const sent: string[] = []
  const onShard = (shard: string) => ({
    query: async (statement: string | {text: string}, values: readonly unknown[] = []) => {
      sent.push(`${shard}: ${typeof statement === 'string' ? `${statement} ${values.join()}` : statement.text}`)
      if (shard === refuses) throw new Error(`${shard} refuses`)
      return {command: 'DELETE', rowCount: 1, oid: 0, fields: [], rows: []}
    },
  })
  const tie = vi.fn<(among: readonly string[], on: readonly string[]) => Promise<void>>(async () => undefined)
  return {sent, tie, transaction: {onShard, tie} as unknown as ShardTransaction}
}
const statement = {text: 'DELETE', values: [], name: undefined, rowMode: undefined, types: undefined}
const legs = ['b', 'a'].map(shard => ({shard, text: 'DELETE', values: []}))

describe('a write on several shards', () => {
  it('goes to one after the other by their names', async () => {
    const {sent, transaction} = played()
    expect(await writeLegs({legs, merge: {kind: 'counts'}}, statement, transaction)).toMatchObject({rowCount: 2})
    expect(sent).toEqual(['a: DELETE', 'b: DELETE'])
  })

  it('of a reference table says so for this statement only', async () => {
    const {sent, transaction} = played()
    await writeLegs({legs, merge: {kind: 'same'}}, statement, transaction)
    const word = (shard: string, said: string): string =>
      `${shard}: SELECT pg_catalog.set_config($1, $2, true) hl_shards.on_all_shards,${said}`
    expect(sent).toEqual(['a', 'b'].flatMap(shard => [word(shard, 'on'), `${shard}: DELETE`, word(shard, 'off')]))
  })
})

describe('where others set savepoints, a write', () => {
  it.each<readonly [string, 'counts' | 'same', string, readonly (readonly (readonly string[])[])[]]>([
    [
      'of a reference table is tied on all',
      'same',
      'none',
      [
        [
          ['b', 'a'],
          ['b', 'a'],
        ],
      ],
    ],
    ['of rows that all took is not', 'counts', 'none', []],
    ['that the second one refused is tied on the first', 'counts', 'b', [[['b', 'a'], ['a']]]],
    ['of a reference table that the second one refused, too', 'same', 'b', [[['b', 'a'], ['a']]]],
    ['that the first one refused is nowhere', 'counts', 'a', []],
  ])('%s', async (_what, kind, refuses, tied) => {
    const {transaction, tie} = played(refuses)
    const written = writeTiedLegs({legs, merge: {kind}}, statement, transaction)
    if (refuses === 'none') expect(await written).toMatchObject({rows: []})
    else await expect(written).rejects.toThrow(`${refuses} refuses`)
    expect(tie.mock.calls).toEqual(tied)
  })
})
