// A transaction over shards: an order changes hands, from a user on one shard to a user on another, on both or on none.
// The key of a row is never updated: the row is deleted and inserted under its new key. The function may be called
// again when surely nothing was applied, so it does nothing but queries.
// Run: SHARDS='s1=host:5432 s2=host:5432' PGUSER=… PGPASSWORD=… PGDATABASE=… node examples/shards/transfer.ts
import {randomUUID} from 'node:crypto'
import {ShardError, type ShardedTransactionClient} from '../../src/shards/index.ts' // in an application: 'pg-highload-lab/shards'
import {connect} from './connect.ts'
import {signUpApart} from './sign-up.ts'

const shop = connect()
const [from, to] = await signUpApart(shop)
const order = randomUUID()
await shop.query(
  `INSERT INTO orders (user_id, order_id, request_key, currency, amount) VALUES ($1, $2, $3, 'EUR', 1200)`,
  [from, order, `request-${order}`],
)

try {
  const {phases, runs} = await shop.transaction(client => handOver(client, from, to, order))
  console.log(`handed over in ${phases} phases, after ${runs} run`)
} catch (error) {
  // Nobody can say whether it was committed: look the order up before trying again.
  if (error instanceof ShardError && error.code === 'COMMIT_UNKNOWN') console.log(error.message)
  throw error
}

// What the function throws by itself comes out as it is, and nothing has happened on either shard.
await shop
  .transaction(client => handOver(client, from, to, order), {rerun: false})
  .catch((error: unknown) => console.log('not handed over:', String(error)))
const {rows} = await shop.query<{user_id: string}>('SELECT user_id FROM orders WHERE order_id = $1', [order])
console.log(
  `the order is ${rows[0]?.user_id === String(to) ? 'the other user’s' : 'where it was'}, ${rows.length} time`,
)
await shop.end()

async function handOver(client: ShardedTransactionClient, giver: number, taker: number, id: string): Promise<void> {
  const {rows: given} = await client.query(
    `DELETE FROM orders WHERE user_id = $1 AND order_id = $2 AND state = 'placed' RETURNING request_key, currency, amount`,
    [giver, id],
  )
  const [row] = given as {request_key: string; currency: string; amount: string}[]
  if (row === undefined) throw new Error(`user ${giver} has no such order to give`)
  await client.query(
    'INSERT INTO orders (user_id, order_id, request_key, currency, amount) VALUES ($1, $2, $3, $4, $5)',
    [taker, id, row.request_key, row.currency, row.amount],
  )
}
