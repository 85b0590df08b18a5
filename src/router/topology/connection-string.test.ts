import fc from 'fast-check'
import {parse} from 'pg-connection-string'
import {describe, expect, it} from 'vitest'
import {parseConnectionString} from './connection-string.ts'

const hosts = (text: string): readonly string[] => parseConnectionString(text).hosts

describe('the servers of a URL', () => {
  it.each<readonly [string, readonly string[]]>([
    ['postgresql://h1', ['h1:5432']],
    ['postgres://h1:5433/shop', ['h1:5433']],
    ['postgresql://app@h1,h2,h3/shop', ['h1:5432', 'h2:5432', 'h3:5432']],
    ['postgresql://app:secret@h1:1,h2,h3:3/shop', ['h1:1', 'h2:5432', 'h3:3']],
    ['postgresql://[::1]:5433,[fe80::1%25eth0]', ['[::1]:5433', '[fe80::1%eth0]:5432']],
    ['postgresql://app:p@ss@h1/shop', ['h1:5432']],
    ['postgresql://db%2Done', ['db-one:5432']],
    ['postgresql:///shop?host=h1,h2', ['h1:5432', 'h2:5432']],
    ['postgresql:///shop?host=h1,h2&port=5433', ['h1:5433', 'h2:5433']],
    ['postgresql:///shop?host=h1,h2&port=1,2', ['h1:1', 'h2:2']],
    ['postgresql:///shop?host=h1,h2&port=1,', ['h1:1', 'h2:5432']],
    ['postgresql:///?host=::1,h2', ['[::1]:5432', 'h2:5432']],
    ['postgresql://h1:1,h2:2/shop?port=5433', ['h1:5433', 'h2:5433']],
    ['postgresql://h9/shop?host=h1', ['h1:5432']],
    ['postgresql:///shop', []],
    ['postgresql://', []],
    ['postgresql://app@/shop', []],
  ])('%s', (text, expected) => expect(hosts(text)).toEqual(expected))

  it.each<readonly [string, RegExp]>([
    ['host=h1,h2 dbname=shop', /is not understood: postgresql:/],
    ['mysql://h1', /is not understood/],
    ['/var/run/postgresql shop', /Unix socket/],
    ['socket:/var/run/postgresql?db=shop', /Unix socket/],
    ['postgresql://%2Fvar%2Frun%2Fpostgresql/shop', /Unix socket/],
    ['postgresql:///shop?host=/var/run/postgresql', /Unix socket/],
    ['postgresql:///shop?host=@abstract', /Unix socket/],
    ['postgresql://h1,,h3', /empty host/],
    ['postgresql://h1,', /empty host/],
    ['postgresql:///?host=h1,', /empty host/],
    ['postgresql://h1,h2/?port=1,2,3', /lists 3 ports for 2 hosts/],
    ['postgresql://h1:abc', /has the port "abc"/],
    ['postgresql://[::1', /host, host:port or \[IPv6\]:port is wanted/],
    ['postgresql://::1', /empty host/],
    ['postgresql://h%zz', /begins no character/],
    ['postgresql://h1?hostaddr=10.0.0.1', /hostaddr/],
    ['postgresql://h1?target_session_attrs=master', /one of any, read-write/],
    ['postgresql://h1?load_balance_hosts=yes', /one of disable, random/],
  ])('%s is refused', (text, message) => expect(() => hosts(text)).toThrow(message))

  it('are those that were written, whatever stands around them', () => {
    const name = fc.oneof(
      fc.stringMatching(/^[a-z][a-z0-9.-]{0,12}$/),
      fc.ipV4(),
      fc.ipV6().map(address => address.toLowerCase()),
    )
    const server = fc.tuple(name, fc.option(fc.integer({min: 1, max: 65_535}), {nil: null}))
    const secret = fc.string({maxLength: 8}).map(encodeURIComponent)
    const written = (host: string): string => (host.includes(':') ? `[${host}]` : host)
    fc.assert(
      fc.property(
        fc.array(server, {minLength: 1, maxLength: 4}),
        fc.option(fc.tuple(secret, secret), {nil: null}),
        fc.constantFrom('', '/', '/shop', '/shop?sslmode=require', '?application_name=a%20b'),
        fc.boolean(),
        (servers, login, tail, asParameter) => {
          const user = login === null ? '' : `${login[0]}:${login[1]}@`
          const list = servers.map(([host, port]) => `${written(host)}${port === null ? '' : `:${port}`}`).join(',')
          const parameters = `host=${servers.map(([host]) => encodeURIComponent(host)).join(',')}&port=${servers.map(([, port]) => port ?? '').join(',')}`
          const text = asParameter
            ? `postgresql://${user}${tail}${tail.includes('?') ? '&' : '?'}${parameters}`
            : `postgresql://${user}${list}${tail}`
          const expected = servers.map(([host, port]) => `${written(host)}:${port ?? 5_432}`)
          expect(hosts(text)).toEqual(expected)
        },
      ),
    )
  })
})

describe('the rest of a URL', () => {
  const word = fc.string({minLength: 1, maxLength: 8}).map(encodeURIComponent)

  it('means to pg what it means beside one server', () => {
    fc.assert(
      fc.property(
        word,
        word,
        word,
        word,
        fc.constantFrom('', '&target_session_attrs=any'),
        (user, password, db, app, own) => {
          const tail = `/${db}?application_name=${app}`
          const expected = parse(`postgresql://${user}:${password}@h1${tail}`)
          const rest = parse(parseConnectionString(`postgresql://${user}:${password}@h1,h2:5433${tail}${own}`).rest)
          expect({...rest, host: 'h1'}).toEqual({...expected})
        },
      ),
    )
  })

  it('has the database by either name', () => {
    expect(parse(parseConnectionString('postgresql://h1,h2/?dbname=shop').rest).database).toBe('shop')
    expect(parse(parseConnectionString('postgresql://h1,h2/shop').rest).database).toBe('shop')
  })
})

it('says what kind of server is wanted', () => {
  expect(parseConnectionString('postgresql://h1?target_session_attrs=read-write').targetSessionAttrs).toBe('read-write')
  expect(parseConnectionString('postgresql://h1?load_balance_hosts=random').targetSessionAttrs).toBeNull()
})

it('shows no password in a refusal', () => {
  expect(() => hosts('postgresql://app:hunter2@h1:x/shop')).toThrow(
    expect.objectContaining({message: expect.not.stringContaining('hunter2')}) as Error,
  )
})
