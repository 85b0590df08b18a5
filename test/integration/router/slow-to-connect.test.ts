// A server that is too busy to let a client in within the bound, on real PostgreSQL. Not here: the pace itself
// (src/router/connections/connect-pace.test.ts).
import {expect, it} from 'vitest'
import {useServers} from './servers.ts'
import {useRouter} from './use-router.ts'

const servers = useServers('it-slow-connect', {standbys: 0})

/** PostgreSQL's own pause before it asks a client who it is. */
async function delayConnections(delay: string): Promise<void> {
  await servers.sql(servers.primary, `ALTER SYSTEM SET pre_auth_delay = '${delay}'`)
  await servers.sql(servers.primary, 'SELECT pg_reload_conf()')
}

/** A container counts its processes; the server makes one for each connection. */
async function processes(): Promise<number> {
  const [row] = await servers.sql<{pid: number}>(servers.primary, 'SELECT pg_backend_pid() AS pid')
  return row?.pid ?? Number.NaN
}

it('lets requests in when each connection takes longer than its bound, and does not flood the server', async () => {
  const requests = 20
  const router = await useRouter(servers, {connectTimeoutMs: 500, max: requests, waitMs: 60_000})
  await delayConnections('1s')
  const before = await processes()
  await Promise.all(Array.from({length: requests}, async () => router.query('SELECT pg_sleep(0.05)')))
  const made = (await processes()) - before
  await delayConnections('0')
  expect(made).toBeLessThan(3 * requests)
})
