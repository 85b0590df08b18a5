// How a router starts: servers named by a URL, nodes that are down, no primary yet. Not here: one node as pg.Pool sees
// it (pool-surface.test.ts), the decision as a table (src/router/client/decide-checkout.test.ts).
import {describe, expect, it, onTestFinished} from 'vitest'
import {Router, type RouterOptions} from '../../../src/router/index.ts'
import {useServers} from './servers.ts'

const servers = useServers('it-starting', {standbys: 1})
const nobody = '127.0.0.1:1'

function started(options: RouterOptions): Router {
  const router = new Router({...servers.connection, waitMs: 20_000, ...options})
  onTestFinished(() => router.end())
  return router
}

describe('a router', {timeout: 50_000}, () => {
  it('takes its servers from a URL, in whatever order', async () => {
    const {user, password, database} = servers.connection
    const hosts = [nobody, ...servers.hosts()].reverse()
    const router = new Router({
      connectionString: `postgresql://${user}:${password}@${hosts.join(',')}/${database}?application_name=by-url`,
      max: 2,
    })
    onTestFinished(() => router.end())
    const {rows, route} = await router.write("SELECT current_setting('application_name') AS name, current_user AS role")
    expect(rows).toEqual([{name: 'by-url', role: user}])
    expect(route.node).toBe(servers.hosts()[0])
    const read = await router.read('SELECT pg_is_in_recovery() AS standby', [], {from: 'standby'})
    expect(read.rows).toEqual([{standby: true}])
  })

  it('sends everything to the primary when the URL asks for one', async () => {
    const {user, password, database} = servers.connection
    const router = new Router({
      connectionString: `postgresql://${user}:${password}@${servers.hosts().join(',')}/${database}?target_session_attrs=read-write`,
    })
    onTestFinished(() => router.end())
    expect((await router.query('SELECT 1 AS a')).route.role).toBe('primary')
  })

  it('connects although one of its servers is down', async () => {
    const client = await started({topology: {hosts: [nobody, ...servers.hosts()]}}).connect()
    expect((await client.query('SELECT pg_is_in_recovery() AS standby')).rows.length).toBe(1)
    client.release()
  })

  it('gives a client where no primary was ever seen, and nobody can tell how old a standby is: statements wait', async () => {
    const [, standby = ''] = servers.hosts()
    const router = started({topology: {hosts: [standby]}, waitMs: 3_000})
    const client = await router.connect()
    for (const text of ['SELECT 1', 'CREATE TABLE never (n int)'])
      await expect(client.query(text)).rejects.toMatchObject({code: 'NO_PRIMARY', outcome: 'not-sent'})
    client.release()
  })

  it('is told what the servers say where none lets it in, by connect() and by query()', async () => {
    const router = started({topology: {hosts: servers.hosts()}, password: 'wrong'})
    await expect(router.connect()).rejects.toMatchObject({code: '28P01'})
    await expect(router.query('SELECT 1')).rejects.toMatchObject({code: '28P01'})
  })

  it('is told at once that nobody is there', async () => {
    const router = started({topology: {hosts: [nobody, '127.0.0.1:2']}, waitMs: 60_000})
    await expect(router.connect()).rejects.toMatchObject({code: 'ECONNREFUSED'})
  })
})
