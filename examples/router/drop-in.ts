// A Router in the place of a pg.Pool: code that was written for the pool runs as it is, and its reads go to standbys
// that have seen its writes. ORMs take it too: it is `instanceof pg.Pool`.
// Run: PG_HOSTS=host:5432,host:5432 PGUSER=… PGPASSWORD=… PGDATABASE=… node examples/router/drop-in.ts
import {connect} from './connect.ts'

const pool = connect({max: 5}) // was: new pg.Pool({host, port, max: 5})

await pool.query(
  'CREATE TABLE IF NOT EXISTS example_notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL)',
)
await pool.query('INSERT INTO example_notes (body) VALUES ($1)', ['outside of a transaction'])

const client = await pool.connect()
try {
  await client.query('BEGIN')
  await client.query('INSERT INTO example_notes (body) VALUES ($1)', ['inside of one'])
  await client.query('COMMIT')
} catch (error) {
  await client.query('ROLLBACK')
  throw error
} finally {
  client.release()
}

const {rows, route} = await pool.query<{body: string}>('SELECT body FROM example_notes ORDER BY id DESC LIMIT 2')
console.log(
  'read back:',
  rows.map(({body}) => body),
)

// What a pool does not say: where a statement went, and why.
console.log(`from ${route.node}, a ${route.role}, because of: ${route.reason}`)
const {node, plan} = await pool.explain('UPDATE example_notes SET body = body')
console.log(`an UPDATE would go to ${node ?? 'nowhere now'}, because of: ${plan.reason}`)
await pool.end()
