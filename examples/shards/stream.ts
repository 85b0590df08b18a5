// The rows of all shards one by one, in memory that does not grow with their number: each shard has a cursor, and a
// reader that is slow stops the servers. Leaving the loop, an abort and a deadline cancel the statement on every shard.
// Run: SHARDS='s1=host:5432 s2=host:5432' PGUSER=… PGPASSWORD=… PGDATABASE=… node examples/shards/stream.ts
import {setTimeout} from 'node:timers/promises'
import {ShardError} from '../../src/shards/index.ts' // in an application: 'pg-highload-lab/shards'
import {connect} from './connect.ts'
import {signUp} from './sign-up.ts'

const shop = connect({gather: {batchRows: 100}})
await signUp(shop, 500)

let read = 0
for await (const {user_id} of shop.stream<{user_id: string}>(
  'SELECT user_id FROM users ORDER BY created_at, user_id',
)) {
  read += 1
  if (read <= 3) console.log('one of the oldest:', user_id)
  if (read === 400) break
}
console.log(`left after ${read} rows`)

// A caller who leaves; an HTTP server aborts such a signal when its client hangs up.
const caller = new AbortController()
const rows = shop.stream('SELECT user_id FROM users ORDER BY user_id', [], {signal: caller.signal, deadlineMs: 60_000})
try {
  for await (const row of rows) {
    if (row['user_id'] !== null) caller.abort()
    await setTimeout(10)
  }
} catch (error) {
  if (!(error instanceof ShardError)) throw error
  console.log(`${error.code}: ${error.message}`)
}
await shop.end()
