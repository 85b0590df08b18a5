// A shard without a server: a router whose clients speak just enough of the protocol for a gathering, with a bounded
// number of connections. For tests only. Invariant: it answers in order and late, as a network does. Not here:
// PostgreSQL's own behaviour, which test/integration/shards shows.
import {EventEmitter} from 'node:events'
import type {FieldDef} from 'pg'
import type {Router} from '../../src/router/index.ts'
import type {RawRow} from '../../src/shards/gather/compare-rows.ts'
import type {LegWire} from '../../src/shards/gather/leg-wire.ts'

export interface FakeShardOptions {
  readonly rows?: readonly RawRow[]
  readonly fields?: readonly string[]
  readonly timeZone?: string
  /** Connections that there are; default 10. */
  readonly max?: number
  /** No connection can be had. */
  readonly unreachable?: Error
  /** After so many rows this happens instead of the next one. */
  readonly at?: {readonly row: number; readonly error: Error | 'hangs'}
  /** What another SELECT answers. */
  readonly answer?: (values: readonly unknown[]) => readonly RawRow[]
}

export class FakeShard {
  readonly options: FakeShardOptions
  /** Connections in use. */
  used = 0
  usedMost = 0
  destroyed = 0
  fetched = 0
  readonly #waiting: (() => void)[] = []

  constructor(options: FakeShardOptions) {
    this.options = options
  }

  /** As much of a router as a gathering uses. */
  get router(): Router {
    const router: unknown = {on: () => undefined, client: () => new FakeClient(this)}
    return router as Router
  }

  take(taken: () => void): void {
    if (this.used < (this.options.max ?? 10)) {
      this.usedMost = Math.max(this.usedMost, ++this.used)
      taken()
    } else this.#waiting.push(() => this.take(taken))
  }

  giveBack(isDestroyed: boolean): void {
    this.used--
    if (isDestroyed) this.destroyed++
    this.#waiting.shift()?.()
  }
}

class FakeClient {
  readonly #shard: FakeShard
  #isTaken = false
  #isReleased = false

  constructor(shard: FakeShard) {
    this.#shard = shard
  }

  query(wire: LegWire): void {
    setImmediate(() => {
      const {unreachable} = this.#shard.options
      if (unreachable !== undefined) {
        wire.handleError(unreachable)
        return
      }
      this.#shard.take(() => {
        if (this.#isReleased) {
          this.#shard.giveBack(false)
          return
        }
        this.#isTaken = true
        wire.submit(new FakeProtocol(this.#shard, wire) as never)
      })
    })
  }

  release(reason?: unknown): void {
    if (this.#isReleased) throw new Error('released twice')
    this.#isReleased = true
    if (this.#isTaken) this.#shard.giveBack(reason === true)
  }
}

const fieldOf = (name: string): FieldDef => ({
  name,
  tableID: 0,
  columnID: 0,
  dataTypeID: 23,
  dataTypeSize: 4,
  dataTypeModifier: -1,
  format: 'text',
})

class FakeProtocol extends EventEmitter {
  readonly stream = {cork: () => undefined, uncork: () => undefined, destroy: () => void this.emit('end')}
  readonly #shard: FakeShard
  readonly #wire: LegWire
  readonly #todo: (() => void)[] = []
  #values: readonly unknown[] = []
  #text = ''
  #at = 0
  #isFailed = false

  constructor(shard: FakeShard, wire: LegWire) {
    super()
    this.#shard = shard
    this.#wire = wire
  }

  parse({text}: {readonly text: string}): void {
    this.#text = text
  }

  bind({values}: {readonly values: readonly unknown[]}): void {
    this.#values = values
  }

  describe({name}: {readonly name: string}): void {
    const {fields = ['n']} = this.#shard.options
    if (name !== '') this.#do(() => this.#wire.handleRowDescription({fields: fields.map(fieldOf)}))
  }

  execute({portal, rows}: {readonly portal: string; readonly rows: number}): void {
    const values = this.#values
    const isPinning = this.#text.includes('set_config')
    this.#do(() => {
      if (portal !== '') this.#fetch(rows)
      else
        this.#ask(isPinning ? [[this.#shard.options.timeZone ?? 'UTC']] : (this.#shard.options.answer?.(values) ?? []))
    })
  }

  flush(): void {
    // Answers come by themselves.
  }

  sync(): void {
    this.#todo.push(() => {
      this.#isFailed = false
      this.emit('readyForQuery', {status: 'I'})
    })
    setImmediate(this.#next)
  }

  #ask(rows: readonly RawRow[]): void {
    this.#wire.handleRowDescription({fields: (rows[0] ?? ['']).map((_, column) => fieldOf(`c${column}`))})
    for (const fields of rows) this.#wire.handleDataRow({fields})
    this.#wire.handleCommandComplete()
  }

  #fetch(count: number): void {
    const {rows = [], at} = this.#shard.options
    for (let row = 0; row < count; row++) {
      if (at?.row === this.#at) {
        if (at.error === 'hangs') this.#todo.unshift(hang)
        else this.#fail(at.error)
        return
      }
      const fields = rows[this.#at]
      if (fields === undefined) {
        this.#wire.handleCommandComplete()
        return
      }
      this.#at++
      this.#shard.fetched++
      this.#wire.handleDataRow({fields})
    }
    this.#wire.handlePortalSuspended()
  }

  #fail(error: Error): void {
    this.#isFailed = true
    this.#wire.handleError(error)
  }

  #do(work: () => void): void {
    this.#todo.push(() => {
      if (!this.#isFailed) work()
    })
    setImmediate(this.#next)
  }

  readonly #next = (): void => {
    if (this.#todo[0] === hang) return
    this.#todo.shift()?.()
  }
}

/** Nothing behind it is ever done. */
function hang(): void {
  throw new Error('a hanging server answered')
}
