// Statements about one user go to the shard of the user, which is found by the key in them. forKey() says it outright
// and has all that a Router has: reads that have seen the writes, transactions with an idempotency key.
// Run: SHARDS='s1=host:5432 s2=host:5432' PGUSER=… PGPASSWORD=… PGDATABASE=… node examples/shards/single-key.ts
import {randomUUID} from 'node:crypto'
import {ShardError} from '../../src/shards/index.ts' // in an application: 'pg-highload-lab/shards'
import {connect} from './connect.ts'
import {signUp} from './sign-up.ts'

const shop = connect()
const [user] = await signUp(shop, 1)
const order = randomUUID()

const {route} = await shop.query(
  'INSERT INTO orders (user_id, order_id, request_key, currency, amount) VALUES ($1, $2, $3, $4, $5)',
  [user, order, `request-${order}`, 'EUR', 1_200],
)
console.log(`placed on ${route.shards.join(', ')}: ${route.reason}`)
// Joins stay on the shard when all tables have the key.
const {rows} = await shop.query<{email: string; amount: string}>(
  'SELECT u.email, o.amount FROM users u JOIN orders o USING (user_id) WHERE user_id = $1',
  [user],
)
console.log('read back:', rows)

const ofUser = shop.forKey(user)
const {shard, slot} = await ofUser.place()
const {value: paid, route: node} = await ofUser.transaction(async client => {
  const {rowCount} = await client.query(
    `UPDATE orders SET state = 'paid' WHERE user_id = $1 AND order_id = $2 AND state = 'placed'`,
    [user, order],
  )
  return rowCount
})
console.log(`slot ${slot} is on ${shard}; ${paid ?? 0} order paid, on ${node.node}`)

// What cannot be routed is refused before anything is sent, and the message has the way out.
try {
  await shop.query(`UPDATE orders SET user_id = user_id + 1 WHERE user_id = $1`, [user])
} catch (error) {
  if (!(error instanceof ShardError)) throw error
  console.log(`${error.code}: ${error.message}`)
}
await shop.end()
