import fc from 'fast-check'
import {expect, test} from 'vitest'
import {HlError} from '../model/errors.ts'
import {fields} from './fields.ts'
import {parseConfig, unknownKeys} from './parse-config.ts'

test('later layers win, absent ones leave the default', () => {
  const settings = parseConfig([
    {origin: 'file', values: {ttl: '30s', through: 'pgpool', repeat: 3}},
    {origin: 'environment', values: {ttl: '40'}},
    {origin: 'command line', values: {'repeat': 10, 'rto-max': '20s', 'failsafe': 'on'}},
  ])
  expect(settings).toMatchObject({
    ttl: 40,
    through: 'pgpool',
    repeat: 10,
    rtoMax: 20_000,
    failsafe: true,
    lab: 'lab',
    seed: null,
  })
})

test.each([
  ['ttl', 'soon'],
  ['ttl', '1500ms'],
  ['through', 'haproxy'],
  ['through', 'multi host'],
  ['repeat', '0'],
  ['seed', '-1'],
  ['sync', 'sometimes'],
])('%s cannot be %s, and the error says where it came from', (name, value) => {
  const parse = () => parseConfig([{origin: 'environment', values: {[name]: value}}])
  expect(parse).toThrow(HlError)
  expect(parse).toThrow(/^environment: /)
})

test('a key that no field has is found', () => {
  expect(unknownKeys({ttl: '30s', tll: '30s'})).toEqual(['tll'])
})

test('no value of any type gets through unparsed: it is refused or becomes what the field parses it to', () => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.values(fields)), fc.anything(), (field, value) => {
      if (value === undefined) return
      const parsed = field.parse(value)
      const parse = () => parseConfig([{origin: 'file', values: {[field.name]: value}}])
      if (parsed === null) expect(parse).toThrow(HlError)
      else expect(Object.values(parse())).toContainEqual(parsed)
    }),
  )
})

test('no two fields share a name or an environment variable', () => {
  const all = Object.values(fields)
  expect(new Set(all.map(field => field.name)).size).toBe(all.length)
  expect(new Set(all.map(field => field.env)).size).toBe(all.length)
})
