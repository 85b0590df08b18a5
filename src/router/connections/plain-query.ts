// A statement of nothing but text, values and name as the object that pg would make of it. pg copies every config with
// its property descriptors first, which costs as much as all of the routing (2.5 µs of the 50 that an insert costs its
// client; bench/router.ts one-server), and hands its five messages to the socket one by one, where one is enough.
// Invariants: a config that says anything else goes to pg as it is; the bytes that are sent are pg's own. Not here:
// sending.
import pg, {type QueryResult} from 'pg'
import {serialize} from 'pg-protocol'
import type {Statement} from './statement.ts'

type Callback = (error: Error | null | undefined, result: QueryResult<Record<string, unknown>>) => void

/** What pg has and its types do not say. */
interface Wire {
  readonly stream: {write(bytes: Buffer): boolean; readonly writable: boolean}
  readonly submittedNamedStatements: Record<string, string>
  sync(): void
}
interface Prepared {
  readonly text: string
  readonly values: unknown[] | undefined
  name?: string
  hasBeenParsed(wire: Wire): unknown
  handleError(error: Error, wire: Wire): void
}
type QueryClass = new (text: string, values: unknown[] | undefined, callback: Callback) => Prepared & object

const {prepareValue} = (pg as unknown as {readonly utils: {readonly prepareValue: (value: unknown) => unknown}}).utils
const describeExecuteSync = Buffer.concat([serialize.describe({type: 'P'}), serialize.execute(), serialize.sync()])

class PlainQuery extends (pg.Query as unknown as QueryClass) {
  /** pg calls it to send what its protocol calls an extended query. */
  prepare(wire: Wire): void {
    const {name = ''} = this
    let bind
    try {
      bind = serialize.bind({statement: name, values: this.values ?? [], valueMapper: prepareValue})
    } catch (error) {
      // The answer to Sync is what pg waits for before it sends the next one.
      wire.sync()
      this.handleError(error as Error, wire)
      return
    }
    if (this.hasBeenParsed(wire)) {
      send(wire, [bind, describeExecuteSync])
      return
    }
    send(wire, [serialize.parse({text: this.text, name}), bind, describeExecuteSync])
    if (name !== '') wire.submittedNamedStatements[name] = this.text
  }
}

function send({stream}: Wire, messages: Buffer[]): void {
  if (stream.writable) stream.write(Buffer.concat(messages))
}

/** null: pg must see it as it is. */
export function plainQuery(
  {text, values: own, name, types, queryMode, rowMode, rows, binary, portal, query_timeout}: Statement,
  values: unknown[] | undefined,
  callback: Callback,
): pg.Query | null {
  if (typeof text !== 'string') return null
  if ((types ?? queryMode ?? rowMode ?? rows ?? binary ?? portal ?? query_timeout) !== undefined) return null
  const query = new PlainQuery(text, values ?? own, callback)
  if (name !== undefined) query.name = name
  return query as unknown as pg.Query
}
