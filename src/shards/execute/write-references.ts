// A reference table is written on all shards in one transaction, or not at all: its trigger refuses everything else
// (map/reference-sql.ts), and this is the word that it wants to hear. Invariant: it is said for one statement; what
// else is sent in the transaction, to one shard outright, is refused as before. Not here: who may say it
// (run-in-transaction.ts).
import {referencesSetting} from '../map/reference-sql.ts'
import type {ShardClient} from '../transactions/shard-transaction.ts'

/** What fails takes the transaction with it, and the word too. */
export async function withReferences<T>(client: ShardClient, work: () => Promise<T>): Promise<T> {
  await say(client, 'on')
  const result = await work()
  await say(client, 'off')
  return result
}

async function say(client: ShardClient, word: 'on' | 'off'): Promise<void> {
  await client.query('SELECT pg_catalog.set_config($1, $2, true)', [referencesSetting, word])
}
