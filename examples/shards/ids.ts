// Ids without a sequence that all shards would share. Numbers that sort by time and are exact in JavaScript; uuids that
// sort by time; uuids that carry the slot of their user, so that a row is found by its id alone.
// Run: SHARDS='s1=host:5432 s2=host:5432' PGUSER=… PGPASSWORD=… PGDATABASE=… node examples/shards/ids.ts
import {webcrypto} from 'node:crypto'
import {slotOf, slotOfUuid, timeIdParts, timeIds, uuidSlotCheck, uuidSource} from '../../src/shards/index.ts' // in an application: 'pg-highload-lab/shards'
import {connect} from './connect.ts'

// Each process that makes ids has a number of its own, 0 to 63.
const nextId = timeIds({node: 5, nowMs: Date.now})
const user = nextId()
const {atMs, node} = timeIdParts(user)
console.log(`user ${user}, made at ${new Date(atMs).toISOString()} by node ${node}`)

const uuids = uuidSource({nowMs: Date.now, fillRandom: bytes => webcrypto.getRandomValues(bytes)})
console.log('sorts by time:', uuids.v7() < uuids.v7())
const slot = slotOf('int8', user)
const order = uuids.v8(slot)
console.log(`order ${order} says slot ${slotOfUuid(order)}, its user’s is ${slot}`)
// In a migration: the server refuses an id that says another slot than its row's key.
console.log('CHECK', uuidSlotCheck('order_id', 'hl_shards.slot(user_id)'))

const shop = connect()
await shop.query('INSERT INTO users (user_id, email) VALUES ($1, $2)', [user, `user-${user}@example.com`])
await shop.query(
  `INSERT INTO orders (user_id, order_id, request_key, currency, amount) VALUES ($1, $2, 'first', 'EUR', 1200)`,
  [user, order],
)
// Only the id is known, in a link of an e-mail for example: its slot says the shard.
const map = await shop.ready()
const shard = map.ownerOf(slotOfUuid(order))
const {rows} = await shop.onShard(shard).query('SELECT user_id, amount FROM orders WHERE order_id = $1', [order])
console.log(`found on ${shard}:`, rows)
await shop.end()
