// Transactions: the function is called again when the transaction surely was not applied (a failover, a serialization
// failure, a deadlock), so it does nothing but queries. READ ONLY ones run on a standby.
// Run: PG_HOSTS=host:5432,host:5432 PGUSER=… PGPASSWORD=… PGDATABASE=… node examples/router/transaction.ts
import type {TransactionClient} from '../../src/router/index.ts' // in an application: 'pg-highload-lab/router'
import {connect} from './connect.ts'

const router = connect()
await router.write(
  'CREATE TABLE IF NOT EXISTS example_accounts (name text PRIMARY KEY, balance integer NOT NULL CHECK (balance >= 0))',
)
await router.write(
  `INSERT INTO example_accounts VALUES ('ann', 100), ('bob', 100) ON CONFLICT (name) DO UPDATE SET balance = 100`,
)

// Two at once: under SERIALIZABLE one may fail with 40001, and is run again.
let runs = 0
const moves = [1, 2].map(() =>
  router.transaction(
    async client => {
      runs++
      return move(client, 'ann', 'bob', 10)
    },
    {isolation: 'serializable', deadlineMs: 10_000},
  ),
)
const [first] = await Promise.all(moves)
console.log(
  `2 transactions, ${runs} runs; the first left ${first?.value ?? 'nothing'} to ann on ${first?.route.node ?? 'no node'}`,
)

// One consistent picture, from a standby. Not SERIALIZABLE: a standby has no such transactions.
const {value: total, route} = await router.transaction(
  async client => {
    const {rows} = await client.query('SELECT sum(balance)::int AS total FROM example_accounts')
    return rows[0]?.['total']
  },
  {readOnly: true, isolation: 'repeatable read'},
)
console.log(`total ${String(total)}, read from ${route.node}, a ${route.role}`)

// What the function throws by itself comes out as it is, after ROLLBACK. rerun: false for one that must not be called
// twice.
await router
  .transaction(client => move(client, 'ann', 'nobody', 10), {rerun: false})
  .catch((error: unknown) => console.log('not moved:', String(error)))
await router.end()

async function move(client: TransactionClient, from: string, to: string, amount: number): Promise<number> {
  const {rows} = await client.query(
    'UPDATE example_accounts SET balance = balance - $2 WHERE name = $1 RETURNING balance',
    [from, amount],
  )
  const {rowCount} = await client.query('UPDATE example_accounts SET balance = balance + $2 WHERE name = $1', [
    to,
    amount,
  ])
  if (rowCount !== 1) throw new Error(`there is no account ${to}`)
  return Number(rows[0]?.['balance'])
}
