// One leg's talk with its server, as something that a pg client lets send itself: what is pinned, a portal whose rows
// come in batches, other SELECTs in between, all in one implicit transaction that Sync ends. A cursor of pg-cursor
// cannot be sent later than it is bound, nor share its connection.
// Invariants: answers come in the order of what was sent; nothing is sent before open(); after an error nothing is sent
// but one Sync. A statement_timeout counts over the whole leg, since there is one Sync. Not here: batches (leg.ts).
import type {EventEmitter} from 'node:events'
import type {Writable} from 'node:stream'
import pg, {type FieldDef} from 'pg'
import type {RawRow} from './compare-rows.ts'
import {pinningText} from './pinned-settings.ts'

/** pg's protocol connection, as far as it is used here; its types say other things of some of this. */
export interface Protocol extends EventEmitter {
  readonly stream: Writable
  parse(statement: {readonly text: string}): void
  bind(values: {readonly portal: string; readonly values: readonly unknown[]}): void
  describe(what: {readonly type: 'P'; readonly name: string}): void
  execute(portal: {readonly portal: string; readonly rows: number}): void
  flush(): void
  sync(): void
}

export interface Answer {
  readonly rows: readonly RawRow[]
  /** Characters of the values, and a little for each row. */
  readonly bytes: number
  readonly fields: readonly FieldDef[]
  /** More rows are there. */
  readonly suspended: boolean
}

interface Expected {
  rows: RawRow[]
  bytes: number
  fields: readonly FieldDef[]
  /** It ends with the description of its rows. */
  readonly isDescription: boolean
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

/** What a row costs beside its values. */
const rowBytes = 16
const portal = 'hl_leg'
const allRows = 0

/** As pg makes parameters of values. */
const prepare = Reflect.get(Reflect.get(pg, 'utils') as object, 'prepareValue') as (value: unknown) => unknown

function send(protocol: Protocol, portal: string, text: string, values: readonly unknown[]): void {
  protocol.parse({text})
  protocol.bind({portal, values})
}

export class LegWire {
  /** The router's planner reads it. */
  readonly text: string
  /** pg's, where there is a query_timeout: it ends that timer. */
  callback?: () => void
  /** Resolves when there is a connection, which is quiet. */
  readonly bound: Promise<void>
  /** Resolves when the server waits for the next statement (true), or the connection is gone. */
  readonly quiet: Promise<boolean>
  readonly #values: readonly unknown[]
  readonly #expected: Expected[] = []
  readonly #whenBound = Promise.withResolvers<undefined>()
  readonly #whenQuiet = Promise.withResolvers<boolean>()
  readonly #onFailure: (error: Error) => void
  #protocol: Protocol | null = null
  #isEnded = false

  /** `onFailure` is called for the first error, also while nothing is expected. */
  constructor(text: string, values: readonly unknown[], onFailure: (error: Error) => void) {
    this.text = text
    this.#values = values
    this.#onFailure = onFailure
    this.bound = this.#whenBound.promise
    this.quiet = this.#whenQuiet.promise
    this.bound.catch(() => undefined)
  }

  /** pg's own; null while there is no connection. */
  get protocol(): Protocol | null {
    return this.#protocol
  }

  /** Has something been sent that is not answered? */
  get isBusy(): boolean {
    return this.#expected.length > 0
  }

  /** pg calls it when it is this one's turn. */
  submit(protocol: Protocol): void {
    this.#protocol = protocol
    protocol.once('end', this.#gone)
    this.#whenBound.resolve(undefined)
  }

  /** What is pinned, then the portal, then its first batch: one packet. */
  open(
    timeZone: string | null,
    rows: number,
  ): {zone: Promise<Answer>; described: Promise<Answer>; batch: Promise<Answer>} {
    const protocol = this.#connected()
    protocol.stream.cork()
    try {
      const values = this.#values.map(prepare)
      send(protocol, '', pinningText, [timeZone])
      protocol.execute({portal: '', rows: allRows})
      const zone = this.#expect(false)
      send(protocol, portal, this.text, values)
      protocol.describe({type: 'P', name: portal})
      return {zone, described: this.#expect(true), batch: this.fetch(rows)}
    } finally {
      protocol.stream.uncork()
    }
  }

  /** The next rows of the portal. */
  fetch(rows: number): Promise<Answer> {
    const protocol = this.#connected()
    protocol.execute({portal, rows})
    protocol.flush()
    return this.#expect(false)
  }

  /** Another SELECT, between two batches or behind the last one. */
  ask(text: string, values: readonly unknown[]): Promise<Answer> {
    const protocol = this.#connected()
    send(protocol, '', text, values.map(prepare))
    protocol.describe({type: 'P', name: ''})
    protocol.execute({portal: '', rows: allRows})
    protocol.flush()
    return this.#expect(false)
  }

  /** Nothing more is asked. See `quiet`. */
  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    const protocol = this.#protocol
    if (protocol === null) return
    protocol.once('readyForQuery', this.#ready)
    protocol.sync()
  }

  handleRowDescription({fields}: {readonly fields: readonly FieldDef[]}): void {
    const [expected] = this.#expected
    if (expected === undefined) return
    expected.fields = fields
    if (expected.isDescription) this.#answered(false)
  }

  handleDataRow({fields}: {readonly fields: RawRow}): void {
    const [expected] = this.#expected
    if (expected === undefined) return
    expected.rows.push(fields)
    let bytes = rowBytes
    for (const value of fields) bytes += value?.length ?? 0
    expected.bytes += bytes
  }

  handlePortalSuspended(): void {
    this.#answered(true)
  }

  handleCommandComplete(): void {
    this.#complete()
  }

  handleEmptyQuery(): void {
    this.#complete()
  }

  handleReadyForQuery(): void {
    // See end(), which hears it also after an error.
  }

  handleCopyInResponse(protocol: {sendCopyFail(message: string): void}): void {
    protocol.sendCopyFail('a leg is one SELECT')
  }

  handleCopyData(): void {
    // Of a statement that is no SELECT; it is nobody's row.
  }

  /** Of the server, of the connection, or of the router that found none. */
  handleError(error: Error): void {
    const wasEnded = this.#isEnded
    this.#whenBound.reject(error)
    this.end()
    for (const {reject} of this.#expected.splice(0)) reject(error)
    if (!wasEnded) this.#onFailure(error)
  }

  #connected(): Protocol {
    if (this.#protocol === null || this.#isEnded) throw new Error('the leg has no connection')
    return this.#protocol
  }

  #expect(isDescription: boolean): Promise<Answer> {
    const {promise, resolve, reject} = Promise.withResolvers<Answer>()
    // Who waits hears of it; who does not is told by onFailure.
    promise.catch(() => undefined)
    this.#expected.push({rows: [], bytes: 0, fields: [], isDescription, resolve, reject})
    return promise
  }

  #answered(suspended: boolean): void {
    const expected = this.#expected.shift()
    if (expected === undefined) return
    const {rows, bytes, fields, resolve} = expected
    resolve({rows, bytes, fields, suspended})
  }

  /** pg does not pass NoData on: a statement that has no rows ends before it was described. */
  #complete(): void {
    if (this.#expected[0]?.isDescription === true) this.#answered(false)
    this.#answered(false)
  }

  readonly #ready = (): void => {
    this.#leave()
    this.callback?.()
    this.#whenQuiet.resolve(true)
  }

  readonly #gone = (): void => {
    this.#leave()
    this.callback?.()
    this.#whenQuiet.resolve(false)
  }

  #leave(): void {
    this.#protocol?.removeListener('readyForQuery', this.#ready)
    this.#protocol?.removeListener('end', this.#gone)
  }
}
