import {describe, expect, it} from 'vitest'
import {settingsOf, type RouterOptions, type Settings} from './options.ts'
import type {Environment} from './place-of-servers.ts'

const nodesOf = ({topology: {source}}: Settings): unknown =>
  source.kind === 'hosts' ? source.nodes.map(({node}) => node) : source

type Row = readonly [what: string, options: RouterOptions, environment: Environment, expected: readonly string[]]
const two = ['h1:5432', 'h2:5433']

describe('the servers', () => {
  it.each<Row>([
    ['of a URL', {connectionString: 'postgresql://h1,h2:5433/shop'}, {PGHOST: 'other'}, two],
    ['of host and port', {host: 'h1,h2', port: '5432,5433'}, {PGHOST: 'other'}, two],
    ['of host and one port', {host: 'h1,h2', port: 6_432}, {}, ['h1:6432', 'h2:6432']],
    ['of a URL, whatever host says', {connectionString: 'postgresql://h1', host: 'h9'}, {}, ['h1:5432']],
    ['of host beside a URL without any', {connectionString: 'postgresql:///shop', host: 'h1'}, {}, ['h1:5432']],
    ['of PGHOST', {}, {PGHOST: 'h1,h2', PGPORT: ',5433'}, two],
    ['of PGHOST, one port', {}, {PGHOST: 'h1,h2', PGPORT: '5433'}, ['h1:5433', 'h2:5433']],
    ['of PGHOST beside a URL without any', {connectionString: 'postgresql:///shop'}, {PGHOST: 'h1'}, ['h1:5432']],
    ['of a URL beside times', {connectionString: 'postgresql://h1', topology: {pollMs: 100}}, {}, ['h1:5432']],
    ['of the topology', {topology: {hosts: ['h1']}}, {PGHOST: 'other'}, ['h1:5432']],
  ])('%s', (_what, options, environment, expected) => {
    expect(nodesOf(settingsOf(options, environment))).toEqual(expected)
  })

  it('are found by Patroni beside a URL that says the rest', () => {
    const settings = settingsOf(
      {connectionString: 'postgresql://app:x@h1,h2/shop', topology: {patroni: ['http://h1:8008']}},
      {},
    )
    expect(settings.topology.source).toEqual({kind: 'patroni', urls: ['http://h1:8008']})
    expect(settings.pool).toMatchObject({user: 'app', password: 'x', database: 'shop'})
  })

  it.each<readonly [string, RouterOptions, RegExp]>([
    ['nothing', {}, /nothing names the servers/],
    ['times only', {topology: {pollMs: 100}}, /nothing names the servers/],
    ['two lists', {connectionString: 'postgresql://h1', topology: {hosts: ['h2']}}, /both name servers/],
    ['a socket', {host: '/var/run/postgresql'}, /host names a Unix socket/],
    ['too many ports', {host: 'h1,h2', port: '1,2,3'}, /port lists 3 ports for 2 hosts/],
    ['one twice', {host: 'h1,h1'}, /each is named once/],
    [
      'a standby',
      {connectionString: 'postgresql://h1?target_session_attrs=standby'},
      /target_session_attrs is standby/,
    ],
    ['pipeline', {host: 'h1', pipeline: true} as RouterOptions, /pipelining is the option/],
  ])('are refused: %s', (_what, options, message) => {
    expect(() => settingsOf(options, {})).toThrow(message)
    expect(() => settingsOf(options, {})).toThrow(expect.objectContaining({code: 'CONFIG_INVALID'}) as Error)
  })
})

describe('what a URL says besides', () => {
  it('is pg’s, without the place of a server', () => {
    const {pool} = settingsOf(
      {connectionString: 'postgresql://app:p%40ss@h1,h2/shop?application_name=web&statement_timeout=5', max: 3},
      {},
    )
    expect(pool).toEqual({
      user: 'app',
      password: 'p@ss',
      database: 'shop',
      application_name: 'web',
      statement_timeout: '5',
      max: 3,
    })
  })

  it('is no option of a pool, as in pg; a query_timeout keeps reads from sharing a connection', () => {
    const url = 'postgresql://h1/?max=50&pipeline=true&Client=x&connectionTimeoutMillis=1&keepAlive=false'
    const {pool, waitMs, pipelining} = settingsOf({connectionString: url, max: 3}, {})
    expect([pool, waitMs, pipelining]).toEqual([{max: 3}, 15_000, true])
    expect(settingsOf({connectionString: 'postgresql://h1/?query_timeout=500'}, {}).pipelining).toBe(false)
  })

  it('is TLS as in pg', () => {
    expect(settingsOf({connectionString: 'postgresql://h1,h2/?sslmode=disable'}, {}).pool.ssl).toBe(false)
    expect(settingsOf({connectionString: 'postgresql://h1,h2/?sslmode=no-verify'}, {}).pool.ssl).toEqual({
      rejectUnauthorized: false,
    })
  })

  it.each([
    ['any', 'auto'],
    ['prefer-standby', 'auto'],
    ['primary', 'primary'],
    ['read-write', 'primary'],
  ])('target_session_attrs=%s: reads %s, unless said otherwise', (attributes, reads) => {
    const connectionString = `postgresql://h1,h2?target_session_attrs=${attributes}`
    expect(settingsOf({connectionString}, {}).reads).toBe(reads)
    expect(settingsOf({connectionString, reads: 'auto'}, {}).reads).toBe('auto')
  })
})
