import {describe, expect, it} from 'vitest'
import type {HostPort} from '../model/ports.ts'
import {sample, type Sample} from './metrics/sample.ts'
import {refused, serveMetrics} from './serve.ts'

const samples = sample('hl_node_up', {lab: 'lab', cluster: 'hl', member: 'pg1'}, true)

/** A server on a free port until `end`. */
async function serving(collect: () => Promise<readonly Sample[]> = async () => Promise.resolve(samples)) {
  const stop = new AbortController()
  let listening: (at: HostPort) => void = () => undefined
  const at = new Promise<HostPort>(resolve => (listening = resolve))
  const ended = serveMetrics({host: '127.0.0.1', port: 0, collect, signal: stop.signal, onListening: listening})
  const {host, port} = await Promise.race([at, ended.then(() => Promise.reject(new Error('it ended')))])
  return {
    port,
    get: async (path: string, method = 'GET') => fetch(`http://${host}:${port}${path}`, {method}),
    end: async () => {
      stop.abort()
      return ended
    },
  }
}

describe('the exporter', () => {
  it('answers a scrape with text for Prometheus, until it is ended', async () => {
    const {get, end} = await serving()
    const response = await get('/metrics?name[]=x')
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(await response.text()).toContain('\nhl_node_up{lab="lab",cluster="hl",member="pg1"} 1\n')
    expect(await end()).toBe(1)
    await expect(get('/metrics')).rejects.toThrow()
  })

  it.each([
    ['/', 'GET'],
    ['/metrics', 'POST'],
    ['/metrics/..', 'DELETE'],
  ])('has nothing at %s for %s', async (path, method) => {
    const {get, end} = await serving()
    expect((await get(path, method)).status).toBe(404)
    expect(await end()).toBe(0)
  })

  it('says that a scrape failed, so that up is 0, and goes on', async () => {
    let fails = true
    const {get, end} = await serving(async () =>
      fails ? Promise.reject(new Error('a bug')) : Promise.resolve(samples),
    )
    const failed = await get('/metrics')
    expect([failed.status, await failed.text()]).toEqual([500, 'the scrape failed: a bug\n'])
    fails = false
    expect((await get('/metrics')).status).toBe(200)
    expect(await end()).toBe(1)
  })

  it('ends while a scrape is under way', async () => {
    const {get, end} = await serving(async () => new Promise(() => undefined))
    const scrape = get('/metrics')
    const over = expect(scrape).rejects.toThrow()
    await expect.poll(async () => Promise.race([scrape, Promise.resolve('waits')]).catch(() => 'over')).toBe('waits')
    expect(await end()).toBe(0)
    await over
  })

  it('refuses a port that is taken', async () => {
    const {port, end} = await serving()
    const second = serveMetrics({
      host: '127.0.0.1',
      port,
      collect: async () => Promise.resolve([]),
      signal: new AbortController().signal,
      onListening: () => expect.unreachable(),
    })
    await expect(second).rejects.toMatchObject({code: 'PORT_IN_USE', exitCode: 4})
    await end()
  })

  it.each([
    ['EADDRNOTAVAIL', 'USAGE'],
    ['ENOTFOUND', 'USAGE'],
    ['EACCES', 'USAGE'],
    ['EMFILE', 'EMFILE'],
  ])('makes of %s %s', (code, expected) =>
    expect(refused(Object.assign(new Error('x'), {code}), {host: 'nowhere', port: 1})).toMatchObject({code: expected}),
  )
})
