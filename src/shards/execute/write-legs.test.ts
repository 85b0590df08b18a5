// A write on several shards: what each is sent, in which order.
import {describe, expect, it} from 'vitest'
import type {ShardTransaction} from '../transactions/shard-transaction.ts'
import {writeLegs} from './write-legs.ts'

const played = () => {
  const sent: string[] = []
  const onShard = (shard: string) => ({
    query: async (statement: string | {text: string}, values: readonly unknown[] = []) => {
      sent.push(`${shard}: ${typeof statement === 'string' ? `${statement} ${values.join()}` : statement.text}`)
      return {command: 'DELETE', rowCount: 1, oid: 0, fields: [], rows: []}
    },
  })
  return {sent, transaction: {onShard} as unknown as ShardTransaction}
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
