import pg from 'pg'
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {plainQuery} from './plain-query.ts'

const ignore = (): void => undefined
/** pg's own fields that decide what is sent. */
const sent = (query: object): unknown =>
  ['text', 'values', 'name', 'rows', 'types', 'queryMode', 'binary', 'portal', '_rowMode', 'callback'].map(
    field => Reflect.get(query, field) as unknown,
  )
const made = (config: unknown, values: unknown): object =>
  Reflect.construct(pg.Query, [config, values, ignore]) as object

const configs = fc.record(
  {text: fc.string(), values: fc.array(fc.anything()), name: fc.string()},
  {requiredKeys: ['text'], noNullPrototype: true},
)

describe('a plain query', () => {
  it('is what pg makes of the same config', () => {
    fc.assert(
      fc.property(configs, fc.option(fc.array(fc.anything()), {nil: undefined}), (config, values) => {
        const query = plainQuery(config, values, ignore)
        if (query === null) throw new Error('it is plain')
        expect(sent(query)).toEqual(sent(made(config, values)))
      }),
    )
  })

  it.each([
    [{text: 'SELECT 1', rowMode: 'array'}],
    [{text: 'SELECT 1', queryMode: 'extended'}],
    [{text: 'SELECT 1', types: {}}],
    [{text: 'SELECT 1', query_timeout: 5}],
    [{name: 'only a name'}],
  ])('is not made of %j', config => {
    expect(plainQuery(config as pg.QueryConfig<unknown[]>, [], ignore)).toBeNull()
  })

  it('leaves the config of its caller as it was', () => {
    const config = Object.freeze({text: 'SELECT $1', values: Object.freeze([1]) as unknown as unknown[], name: 'n'})
    expect(plainQuery(config, undefined, ignore)).not.toBeNull()
    expect(config).toEqual({text: 'SELECT $1', values: [1], name: 'n'})
  })
})
