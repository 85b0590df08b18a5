import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {redact} from './redact.ts'

describe('redact', () => {
  it.each([
    ['postgres://app:s3cret@pg1:5432/app', 'postgres://app:***@pg1:5432/app'],
    ['postgresql://app:p%40ss:w@pg1/app?x=1', 'postgresql://app:***@pg1/app?x=1'],
    ['host=pg1 password=s3cret user=app', 'host=pg1 password=*** user=app'],
    ["password='two words' user=app", "password='***' user=app"],
    ['PGPASSWORD=abc PATH=/bin', 'PGPASSWORD=*** PATH=/bin'],
    ['{"password":"a\\"b","user":"app"}', '{"password":"***","user":"app"}'],
    ['{"note":"{\\"password\\":\\"a b\\",\\"x\\":1}"}', '{"note":"{\\"password\\":\\"***\\",\\"x\\":1}"}'],
    ['{"password":1234,"token":null}', '{"password":"***","token":null}'],
    ['password="two words" user=app', 'password="***" user=app'],
    ['{"note":"password=","x":"y"}', '{"note":"password=","x":"y"}'],
    ['{"authorization":"a\\"b"}', '{"authorization":"***"}'],
    ['restapi_password: abc', 'restapi_password: ***'],
    ['Authorization: Basic YWJjOmRlZg==', 'Authorization: ***'],
    ['{"authorization":"Bearer abc.def"}', '{"authorization":"***"}'],
    ['nothing to hide: http://pg1:8008/patroni', 'nothing to hide: http://pg1:8008/patroni'],
    ['a lost password is no secret', 'a lost password is no secret'],
  ])('%s', (text, expected) => expect(redact(text, [])).toBe(expected))

  it('removes given secrets in the spellings that our files use', () => {
    const secret = 'a<b&"c/d'
    const text = [secret, JSON.stringify({x: secret}), encodeURIComponent(secret), 'a&lt;b&amp;&quot;c/d'].join('\n')
    expect(redact(text, [secret])).toBe('***\n{"x":"***"}\n***\n***')
  })

  it('takes the longer of two secrets that start alike', () => {
    expect(redact('abcdef abc', ['abc', 'abcdef'])).toBe('*** ***')
  })

  it('leaves no given secret in any text', () => {
    const secret = fc.string({minLength: 1, maxLength: 12}).filter(text => !text.includes('*'))
    fc.assert(
      fc.property(
        fc.array(fc.oneof(secret, fc.string()), {maxLength: 8}),
        fc.array(secret, {minLength: 1, maxLength: 4}),
        (parts, secrets) => {
          const out = redact([...parts, ...secrets, ...parts].join(''), secrets)
          for (const one of secrets) expect(out.includes(one)).toBe(false)
        },
      ),
    )
  })

  it('hides the whole of any password in JSON, quotes and backslashes included', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom('password', 'PGPASSWORD', 'Authorization', 'restapi_secret'),
        (password, key) => {
          expect(redact(JSON.stringify({[key]: password, user: 'app'}), [])).toBe(`{"${key}":"***","user":"app"}`)
        },
      ),
    )
  })

  it('keeps JSON readable', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom('password=', 'token: ', '"', "'", '\\', 'Authorization: Basic ', 'http://a:', '@', ',', '\n'),
    )
    const text = fc.array(piece, {maxLength: 6}).map(parts => parts.join(''))
    const value = fc.dictionary(
      fc.constantFrom('password', 'note', 'authorization', 'api_key', 'url'),
      fc.oneof(
        text,
        fc.array(text),
        fc.dictionary(text, text).map(inner => JSON.stringify(inner)),
        fc.integer(),
        fc.constant(null),
      ),
    )
    fc.assert(
      fc.property(value, object => {
        expect(() => JSON.parse(redact(JSON.stringify(object), [])) as unknown).not.toThrow()
        expect(() => JSON.parse(redact(JSON.stringify(object, null, 2), [])) as unknown).not.toThrow()
      }),
      {numRuns: 500},
    )
  })
})
