// Where a statement would go, why, and what is left to be done with the answers; nothing is sent. A statement that is
// refused says which clause it is, and the way out.
// Run: SHARDS='s1=host:5432 s2=host:5432' PGUSER=… PGPASSWORD=… PGDATABASE=… node examples/shards/explain.ts
import {ShardError} from '../../src/shards/index.ts' // in an application: 'pg-highload-lab/shards'
import {connect} from './connect.ts'

const shop = connect()
const statements: readonly (readonly [text: string, values: readonly unknown[]])[] = [
  ['SELECT * FROM orders WHERE user_id = $1', [7]],
  ['SELECT * FROM orders WHERE user_id = ANY($1) ORDER BY created_at DESC LIMIT 10', [[7, 8, 9]]],
  ['SELECT count(*), avg(amount) FROM orders', []],
  ['SELECT * FROM currencies', []],
  ['DELETE FROM disputes WHERE opened_at < $1', ['2020-01-01']],
  ['SELECT o.order_id FROM orders o JOIN disputes d ON d.amount = o.amount', []],
  ['UPDATE orders SET user_id = $2 WHERE user_id = $1', [7, 8]],
]
for (const [text, values] of statements) {
  console.log(`\n${text}`)
  try {
    const {shards, reason, merge} = await shop.explain(text, values)
    console.log(`  ${shards.join(', ')}: ${reason}`)
    for (const step of merge) console.log(`  then ${step}`)
  } catch (error) {
    if (!(error instanceof ShardError)) throw error
    console.log(`  ${error.code}: ${error.message}`)
  }
}
await shop.end()
