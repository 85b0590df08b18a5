// What a person does without hl, on the same servers: COPY through a pipe, and PostgreSQL's own logical replication of
// the same rows, switched under a lock. Invariant: what was copied is gone again, and nothing is left. Not here: when
// (copying.ts, pausing.ts).
import pg from 'pg'
import {slotSql} from '../../src/shards/keys/slot.ts'
import {port, sql, type Server} from '../router/postgres.ts'
import {database} from '../router/statements.ts'
import {conninfoOf, movingGroups, type Pair} from './servers.ts'

const tables = ['accounts', 'orders', 'entries'] as const
const isMoving = `(${slotSql('int8', 'user_id')} >> 6) = ANY ('{${movingGroups.join(',')}}'::int8[])`
const name = 'by_hand'

/** ms of one COPY after the other from s1 into s2, on s2's own machine, into tables with their primary keys. */
export async function pipe({servers: {s1, s2}}: Pair): Promise<number> {
  const one = tables.map(
    table =>
      `psql -qX -v ON_ERROR_STOP=1 -d '${conninfoOf(s1)}' -c "COPY (SELECT * FROM ${table} WHERE ${isMoving}) TO STDOUT (FORMAT binary)" | PGOPTIONS='-c session_replication_role=replica' psql -qX -v ON_ERROR_STOP=1 -d ${database} -c "COPY ${table} FROM STDIN (FORMAT binary)"`,
  )
  const startMs = performance.now()
  await s2.container.exec(['set -e', ...one].join('\n'))
  const tookMs = performance.now() - startMs
  await removeFrom(s2)
  return tookMs
}

/** ms until PostgreSQL's own subscription has all rows; gone again after that. */
export async function subscription(pair: Pair): Promise<number> {
  const startMs = performance.now()
  await subscribe(pair)
  const tookMs = performance.now() - startMs
  await unsubscribe(pair)
  await removeFrom(pair.servers.s2)
  return tookMs
}

async function subscribe({servers: {s1, s2}}: Pair): Promise<void> {
  const filtered = tables.map(table => `${table} WHERE (${isMoving})`).join(', ')
  await sql(s1, `CREATE PUBLICATION ${name} FOR TABLE ${filtered} WITH (publish = 'insert, update, delete')`)
  await sql(s2, `CREATE SUBSCRIPTION ${name} CONNECTION '${conninfoOf(s1)}' PUBLICATION ${name} WITH (origin = none)`)
  for (;;) {
    const [row] = await sql<{left: string}>(
      s2,
      `SELECT count(*) AS left FROM pg_subscription_rel WHERE srsubstate <> 'r'`,
    )
    if (row?.left === '0') return
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

async function unsubscribe({servers: {s1, s2}}: Pair): Promise<void> {
  await sql(s2, `DROP SUBSCRIPTION ${name}`)
  await sql(s1, `DROP PUBLICATION ${name}`)
}

async function removeFrom(server: Server): Promise<void> {
  const texts = tables.map(table => `DELETE FROM ${table} WHERE ${isMoving}`)
  await sql(server, ['SET session_replication_role = replica', ...texts].join('; '))
  for (const table of tables) await sql(server, `VACUUM ${table}`)
}

/**
 * ms that writers wait: from asking for a lock on the tables until the subscriber has confirmed all that was written,
 * asked again and again as fast as it goes. `meanwhile` resolves when writers are at work.
 */
export async function lockedSwitch(pair: Pair, writersAtWork: () => Promise<void>): Promise<number> {
  const {s1, s2} = pair.servers
  await subscribe(pair)
  await writersAtWork()
  const client = new pg.Client({host: s1.host, port, user: 'postgres', database})
  await client.connect()
  try {
    const startMs = performance.now()
    await client.query(`BEGIN; LOCK TABLE ${tables.join(', ')} IN EXCLUSIVE MODE`)
    const {rows} = await client.query<{lsn: string}>('SELECT pg_current_wal_insert_lsn()::text AS lsn')
    for (;;) {
      const {rows: seen} = await client.query<{there: boolean | null}>(
        `SELECT confirmed_flush_lsn >= $1::pg_lsn AS there FROM pg_replication_slots WHERE slot_name = '${name}'`,
        [rows[0]?.lsn],
      )
      if (seen[0]?.there === true) break
    }
    const tookMs = performance.now() - startMs
    await client.query('ROLLBACK')
    return tookMs
  } finally {
    await client.end()
    await unsubscribe(pair)
    await removeFrom(s2)
  }
}
