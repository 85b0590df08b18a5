// Read your writes across processes: what a user wrote travels as a short text, in a cookie for example, and the next
// read waits for a standby that shows it, or goes to the primary. Users who wrote nothing read from any standby.
// Run: PG_HOSTS=host:5432,host:5432 PGUSER=… PGPASSWORD=… PGDATABASE=… node examples/router/read-your-writes.ts
import {runInSession, Session} from '../../src/router/index.ts' // in an application: 'pg-highload-lab/router'
import {connect} from './connect.ts'

const router = connect()
await router.write('CREATE TABLE IF NOT EXISTS example_carts (owner text PRIMARY KEY, items integer NOT NULL)')

const cookie = await requestThatWrites(undefined)
console.log('Set-Cookie:', cookie)
await requestThatReads(cookie)
await requestThatReads('somebody made this up')
await router.end()

/** One HTTP request: everything that it awaits belongs to its session. */
async function requestThatWrites(cookieBefore: string | undefined): Promise<string> {
  const session = Session.from(cookieBefore)
  await runInSession(session, async () => {
    await router.query(
      `INSERT INTO example_carts VALUES ('ann', 1) ON CONFLICT (owner) DO UPDATE SET items = example_carts.items + 1`,
    )
  })
  return session.toString()
}

/**
 * The next request of the same user, in whichever process. A text that is no token makes an empty session, never an
 * error.
 */
async function requestThatReads(cookieText: string): Promise<void> {
  const session = Session.from(cookieText)
  const {rows, route} = await router.read<{items: number}>(`SELECT items FROM example_carts WHERE owner = 'ann'`, [], {
    session,
  })
  console.log(
    `items: ${rows[0]?.items ?? 'none'}, from ${route.node}, a ${route.role}; it must have seen ${session.token === null ? 'nothing in particular' : session.toString()}`,
  )
}
