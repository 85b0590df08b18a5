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

/** What goes to the server, and what is known of the connection and told to the caller then. */
function submitted(query: object, parsedStatements: Record<string, string>): {sent: unknown; pieces: number} {
  const chunks: Buffer[] = []
  const stream = {
    writable: true,
    write: (chunk: Buffer) => chunks.push(Buffer.from(chunk)),
    cork: ignore,
    uncork: ignore,
  }
  const wire = new pg.Connection({stream} as never)
  Object.assign(wire, {parsedStatements})
  let told: unknown = 'nothing'
  Object.assign(query, {callback: (error: unknown) => (told = error)})
  const refused: unknown = (query as {submit(wire: unknown): unknown}).submit(wire)
  const why = refused instanceof Error ? refused.message : null
  return {sent: {bytes: Buffer.concat(chunks).toString('latin1'), told, why}, pieces: chunks.length}
}

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

  it('sends the bytes that pg sends, in one piece', () => {
    const sendable = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.date(),
      fc.constant(null),
      fc.uint8Array(),
      fc.json(),
      fc.array(fc.integer()),
    )
    fc.assert(
      fc.property(
        fc.string(),
        fc.option(fc.array(sendable), {nil: undefined}),
        fc.constantFrom(undefined, '', 'n', 'known'),
        (text, values, name) => {
          const config = name === undefined ? {text} : {text, name}
          const known = {known: text}
          const ours = submitted(plainQuery(config, values, ignore) as object, {...known})
          expect(ours.sent).toEqual(submitted(made(config, values), {...known}).sent)
          expect(ours.pieces).toBe(1)
        },
      ),
    )
  })

  it('of a value that cannot be sent sends only what brings an answer, and tells why', () => {
    const value = {
      toPostgres: () => {
        throw new Error('not today')
      },
    }
    const query = plainQuery({text: 'SELECT $1', name: 'n'}, [value], ignore) as object
    expect(submitted(query, {}).sent).toMatchObject({bytes: 'S\0\0\0\x04', told: {message: 'not today'}})
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
