// A reference table is written on all shards in one transaction, or not at all: its trigger refuses everything else
// (map/reference-sql.ts), and this is the word that it wants to hear. Not here: who may say it (run-in-transaction.ts).
import {referencesSetting} from '../map/reference-sql.ts'
import type {ShardClient} from '../transactions/shard-transaction.ts'

/** Until the end of the transaction. */
export async function allowReferences(client: ShardClient): Promise<void> {
  await client.query('SELECT pg_catalog.set_config($1, $2, true)', [referencesSetting, 'on'])
}
