// Lines of "What differs from pg.Pool": the process that the pool is in. For tests only.
import {execFile} from 'node:child_process'
import {promisify} from 'node:util'
import {expect} from 'vitest'
import {asPool, pidOf, type Lines, type Stage} from './stage.ts'

/** What a script needs to make the pools of implementations.ts on these servers. */
const preamble = (servers: Stage['servers']): string => `
  const {implementations} = await import(${JSON.stringify(new URL('../implementations.ts', import.meta.url).href)})
  const servers = ${JSON.stringify({hosts: servers.hosts(), connection: servers.connection})}`

export const processLines = ({servers, pools}: Stage): Lines => ({
  'Errors of idle connections': async () => {
    // In a process of its own, which such an error ends.
    const ends = async (name: string): Promise<unknown> => {
      const superuser = {host: servers.primary.host, port: servers.primary.port, user: 'postgres', database: 'shop'}
      const script = `
        import pg from 'pg'
        ${preamble(servers)}
        const {make} = implementations.find(one => one.name === ${JSON.stringify(name)})
        const pool = make(servers, {application_name: 'dies'})
        await pool.query('/* hl: primary */ SELECT 1')
        const other = new pg.Client(${JSON.stringify(superuser)})
        await other.connect()
        await other.query(
          "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'dies'")
        await other.end()
        while (pool.totalCount > 0) await new Promise(resolve => setImmediate(resolve))
        console.log('lives', (await pool.query('SELECT 1 AS one')).rows[0].one)
        await pool.end()`
      return promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {timeout: 60_000}).then(
        ({stdout}) => stdout.trim(),
        (error: unknown) => String((error as {stderr?: string}).stderr),
      )
    }
    expect(await ends('pg.Pool')).toContain("Unhandled 'error' event")
    expect(await ends('Router')).toBe('lives 1')
    const {router} = await pools()
    const told: unknown[] = []
    router.on('error', error => told.push(error))
    const pid = await pidOf(asPool(router))
    await servers.sql(servers.primary, 'SELECT pg_terminate_backend($1)', [pid])
    await expect.poll(() => told).toEqual([expect.objectContaining({code: '57P01'})])
  },

  'The router keeps the process alive until `end()`': async () => {
    const script = `
      ${preamble(servers)}
      const [plain, routed] = implementations.map(({make}) => make(servers, {allowExitOnIdle: true}))
      await Promise.all([plain.query('SELECT 1'), routed.query('SELECT 1')])
      await plain.end()
      process.on('beforeExit', () => console.log('ended by itself'))
      // The timers of a pool are unref'd; one of ours tells whether there is anything else.
      setTimeout(() => { console.log('alive'); void routed.end() }, 500).unref()`
    const {stdout} = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      timeout: 60_000,
    })
    expect(stdout.trim().split('\n')).toEqual(['alive', 'ended by itself'])
  },
})
