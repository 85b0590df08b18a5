// The reader of query()'s arguments against pg itself: a Client that is not connected keeps what it was asked for, a
// Pool of such clients hands it on.
import fc from 'fast-check'
import pg from 'pg'
import {describe, expect, it} from 'vitest'
import {clientCallback, poolCallback, readCall, sendable, type Callback} from './call.ts'

/** pg's own fields that decide what is sent. */
const fields = ['text', 'values', 'name', 'rows', 'types', 'queryMode', 'binary', 'portal', '_rowMode'] as const
const sent = (query: object): string => fields.map(field => String(Reflect.get(query, field))).join(';')

type Query = object & {readonly callback?: Callback; submit(connection: object): Error | null}

/** Its queue is what pg made of the arguments; nothing is sent. */
class Unconnected extends pg.Client {
  readonly asked = Reflect.get(this, '_queryQueue') as Query[]
  override connect = ((callback: () => void) => process.nextTick(callback)) as pg.Client['connect']
  override end = ((callback: () => void) => process.nextTick(callback)) as pg.Client['end']
}

type Loose = {query(...args: readonly unknown[]): unknown}

type Outcome = {readonly thrown: unknown} | {readonly query: Query; readonly returned: unknown}

function asked(client: Unconnected, args: readonly unknown[]): Outcome {
  try {
    const returned = (client as unknown as Loose).query(...args)
    const query = client.asked.at(-1)
    if (query === undefined) throw new Error('nothing was asked')
    return {query, returned}
  } catch (thrown) {
    return {thrown}
  }
}

/** pg writes the other arguments into its copy of a config, and cannot where that is read-only; here it can be used. */
const isReadOnly = (error: unknown): boolean => /^Cannot (set|assign)/.test((error as Error).message)

/** A connection that has prepared nothing: what submit() answers before anything is sent. */
const bare = {parsedStatements: {}, submittedNamedStatements: {}}
const refusedBy = (query: Query): string | null => {
  try {
    return query.submit(bare)?.message ?? null
  } catch {
    return null // It would have been sent.
  }
}

const texts = fc.oneof(fc.constant('SELECT 1'), fc.string(), fc.constant(undefined), fc.constant(7))
const lists = fc.oneof(
  fc.array(fc.oneof(fc.integer(), fc.string(), fc.constant(null)), {maxLength: 3}),
  fc.constantFrom(undefined, null, 0, '', 'a', {length: 1}),
)
const called: string[] = []
const callbacks = fc.constantFrom(
  undefined,
  null,
  () => void called.push('one'),
  () => void called.push('two'),
  'no function',
)
const bodies = fc.record(
  {
    text: texts,
    values: lists,
    name: fc.constantFrom(undefined, 'n', '', 5),
    rows: fc.constantFrom(undefined, 5),
    types: fc.constantFrom(undefined, pg.types),
    queryMode: fc.constantFrom(undefined, 'extended'),
    binary: fc.constantFrom(undefined, true, false),
    portal: fc.constantFrom(undefined, 'p', ''),
    rowMode: fc.constantFrom(undefined, 'array', null),
    callback: callbacks,
    other: fc.anything(),
  },
  {requiredKeys: [], noNullPrototype: true},
)

class Tagged {
  readonly other: unknown = 1
}

/** How an object may hold its fields: its own, hidden, by getters, inherited, of a class. */
const holders: readonly ((body: object) => unknown)[] = [
  body => body,
  body => Object.freeze({...body}),
  body => Object.create(body) as unknown,
  body => Object.assign(Object.create(null) as object, body),
  body => {
    const made = {}
    for (const [key, value] of Object.entries(body)) Object.defineProperty(made, key, {value, enumerable: false})
    return made
  },
  body => {
    const made = {}
    for (const [key, value] of Object.entries(body)) Object.defineProperty(made, key, {get: () => value as unknown})
    return made
  },
  body => Object.assign(new Tagged(), body),
  body =>
    Object.create(
      Object.defineProperties(
        {},
        Object.fromEntries(Object.entries(body).map(([key, value]) => [key, {get: () => value as unknown}])),
      ),
    ) as unknown,
]
const configs = fc.tuple(bodies, fc.constantFrom(...holders)).map(([body, hold]) => hold(body))
const statements = fc.oneof({weight: 4, arbitrary: configs}, fc.string(), fc.constantFrom(null, undefined, 5, true))
const args = fc.oneof(
  fc.tuple(statements),
  fc.tuple(statements, fc.oneof(lists, callbacks)),
  fc.tuple(statements, fc.oneof(lists, callbacks), callbacks),
)

/** What the callback that pg would call does. */
function effect(callback: Callback | undefined): readonly string[] {
  called.length = 0
  callback?.(null, {})
  return [...called]
}

describe('the arguments of a client', () => {
  it('are read as pg reads them', () => {
    fc.assert(
      fc.property(args, given => {
        const theirs = asked(new Unconnected(), given)
        if ('thrown' in theirs && isReadOnly(theirs.thrown)) return
        let done
        let call
        try {
          call = readCall(given[0], given[1])
          done = clientCallback(given[0], given[1], given[2])
        } catch (thrown) {
          expect(theirs).toHaveProperty('thrown.message', (thrown as Error).message)
          return
        }
        if ('thrown' in theirs) throw theirs.thrown
        expect(effect(done)).toEqual(theirs.returned === undefined ? effect(theirs.query.callback) : [])
        const refused = refusedBy(theirs.query)
        if (refused !== null) {
          expect(() => sendable(call)).toThrow(refused)
          return
        }
        const ours = asked(new Unconnected(), [sendable(call).statement, call.values, () => undefined])
        if ('thrown' in ours) throw ours.thrown
        expect(sent(ours.query).replaceAll('null', 'undefined')).toEqual(
          sent(theirs.query).replaceAll('null', 'undefined'),
        )
      }),
      {numRuns: 2_000},
    )
  })
})

describe('the arguments of a pool', () => {
  it('are read as pg-pool reads them', async () => {
    await fc.assert(
      fc.asyncProperty(
        args.filter(([, , last]) => last !== 'no function'),
        async given => {
          const client = new Unconnected()
          const Client = function One(): Unconnected {
            return client
          }
          const pool = new pg.Pool({Client: Client as unknown as typeof pg.Client})
          const returned = (pool as unknown as Loose).query(...given) as Promise<unknown> | undefined
          const failure: Promise<unknown> | undefined = returned?.then(
            () => null,
            (error: unknown) => error,
          )
          await new Promise(resolve => process.nextTick(() => process.nextTick(resolve)))
          const query = client.asked.at(-1)
          const done = poolCallback(given[1], given[2])
          expect(done === undefined).toBe(returned !== undefined)
          if (query === undefined) {
            const error = await failure
            if (given[0] !== null && given[0] !== undefined) {
              expect(error === undefined || isReadOnly(error)).toBe(true)
              return
            }
            expect(() => readCall(given[0], given[1])).toThrow(TypeError)
            return
          }
          expect(effect(done)).toEqual(returned === undefined ? effect(query.callback) : [])
        },
      ),
      {numRuns: 300},
    )
  })
})
