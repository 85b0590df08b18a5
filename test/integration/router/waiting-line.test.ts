// Who gets the connection after an outage, on a real server. Not here: the order itself
// (src/router/connections/waiting-line.test.ts).
import {expect, it} from 'vitest'
import {useServers} from './servers.ts'
import {useRouter} from './use-router.ts'

const servers = useServers('it-waiting-line', {standbys: 0})
/** Its parts are moments for which a busy host must not take longer. */
const deadlineMs = 8_000

/** Two writes wait for the only connection, the second from `laterMs` on; who was served first? */
async function orderOf(laterMs: number): Promise<readonly string[]> {
  const router = await useRouter(servers, {max: 1, deadlineMs})
  const held = await router.connect()
  await held.query('SELECT 1')
  const served: string[] = []
  const write = (name: string): Promise<unknown> =>
    router.query(`SELECT pg_catalog.pg_logical_emit_message(false, 'test', $1)`, [name]).then(() => served.push(name))
  const startedMs = performance.now()
  const first = write('first')
  await expect
    .poll(() => performance.now() - startedMs, {timeout: deadlineMs, interval: 20})
    .toBeGreaterThanOrEqual(laterMs)
  const second = write('second')
  await expect.poll(() => router.waitingCount).toBe(2)
  held.release()
  await Promise.all([first, second])
  return served
}

it('those who came first are served first', async () => {
  expect(await orderOf(0)).toEqual(['first', 'second'])
})

it('the newest is served first when the oldest has less time left than it has waited', async () => {
  expect(await orderOf(0.6 * deadlineMs)).toEqual(['second', 'first'])
})
