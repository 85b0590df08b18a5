// Without the key all shards are asked, and the answer is what one server would give: groups are put together by a
// server, rows are merged in the order that was asked for. partial: true answers without a shard that is down.
// Run: SHARDS='s1=host:5432 s2=host:5432' PGUSER=… PGPASSWORD=… PGDATABASE=… node examples/shards/several-shards.ts
import {randomUUID} from 'node:crypto'
import {connect} from './connect.ts'
import {signUp} from './sign-up.ts'

const shop = connect()
const users = await signUp(shop, 6)
for (const [index, user] of users.entries())
  await shop.query(
    'INSERT INTO orders (user_id, order_id, request_key, currency, amount) VALUES ($1, $2, $3, $4, $5)',
    [user, randomUUID(), 'first', index % 2 === 0 ? 'EUR' : 'CHF', 1_000 * (index + 1)],
  )

// Text is sorted over shards under "C" only: other collations may differ from server to server.
const totals = await shop.query<{currency: string; orders: number; average: string}>(
  `SELECT currency COLLATE "C" AS currency, count(*)::int AS orders, round(avg(amount), 2) AS average
   FROM orders GROUP BY currency COLLATE "C" ORDER BY orders DESC, currency`,
)
console.log(`from ${totals.route.shards.join(', ')}:`, totals.rows)

// Each shard gets its own part of the list.
const largest = await shop.query<{user_id: string; amount: string}>(
  'SELECT user_id, amount FROM orders WHERE user_id = ANY($1) ORDER BY amount DESC LIMIT 3',
  [users],
)
console.log('the largest:', largest.rows)

// All of them or none: a write on several shards is one transaction.
const {rowCount, route} = await shop.query(`UPDATE orders SET state = 'paid' WHERE user_id = ANY($1)`, [users])
console.log(`${rowCount ?? 0} orders paid on ${route.shards.join(', ')}`)

const some = await shop.query<{users: number}>('SELECT count(*)::int AS users FROM users', [], {
  partial: true,
  deadlineMs: 10_000,
})
const missing = some.route.missingShards
console.log(`${some.rows[0]?.users ?? 0} users${missing.length > 0 ? `, without ${missing.join(', ')}` : ''}`)
await shop.end()
