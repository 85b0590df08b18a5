// Exactly once, although answers get lost: the key is written in the transaction itself, so whoever asks again with it,
// this router after a failover or a user who clicked twice, gets the one that is there. Without a key a COMMIT that is
// not answered is a CommitUnknownError, and never sent again.
// Run: PG_HOSTS=host:5432,host:5432 PGUSER=… PGPASSWORD=… PGDATABASE=… node examples/router/idempotency-key.ts
import {randomUUID} from 'node:crypto'
import {commitTokenTable, CommitUnknownError, type TransactionClient} from '../../src/router/index.ts' // in an application: 'pg-highload-lab/router'
import {connect} from './connect.ts'

const router = connect()
// Once, in a migration. Keys may be deleted when nobody will repeat them any more.
await router.query(commitTokenTable())
await router.query('CREATE TABLE IF NOT EXISTS example_payments (id uuid PRIMARY KEY, amount integer NOT NULL)')

// Both come from the client: the key is what it repeats, the id is how the payment is found whichever call made it.
const [idempotencyKey, id] = [randomUUID(), randomUUID()]
for (const click of ['first', 'second']) {
  const {value, route} = await router.transaction(pay, {idempotencyKey})
  console.log(`${click} click: ${route.settled === 'found' ? 'it was paid already' : `paid ${String(value)}`}`)
}

try {
  await router.transaction(client => client.query('UPDATE example_payments SET amount = amount WHERE id = $1', [id]))
} catch (error) {
  // Without a key nobody knows: look the payment up before trying again.
  if (!(error instanceof CommitUnknownError)) throw error
  console.log(`unknown on ${error.node ?? 'no node'}: ${error.hint}`)
}
await router.end()

async function pay(client: TransactionClient): Promise<number> {
  await client.query('INSERT INTO example_payments VALUES ($1, $2)', [id, 1_200])
  return 1_200
}
