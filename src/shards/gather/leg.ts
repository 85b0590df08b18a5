// One leg: its connection, its rows in batches of which the next is asked for while one is merged, and its end.
// Invariants: at most two batches are here; whoever stops reading stops the server; after end() nothing of it is left,
// neither here nor on its server, and no later user of the connection meets an answer or a cancellation that was meant
// for this one. Not here: the order of several legs (merge-legs.ts), what a failure means (gather.ts).
import type {FieldDef} from 'pg'
import type {RoutedClient} from '../../router/index.ts'
import {cancelBackend} from './cancel-backend.ts'
import type {RawRow} from './compare-rows.ts'
import type {GatherLeg} from './gather-options.ts'
import {LegWire, type Answer, type Protocol} from './leg-wire.ts'
import {clientOf, watchClients} from './server-clients.ts'
import {nowMs, settlesWithin} from '../time/pause.ts'

/** A batch of larger rows has fewer of them. */
const batchBytes = 1_024 * 1_024
/** A server that has not obeyed by then loses the connection: to wait longer would cost more than a new one. */
const endMostMs = 2_000
/** Longer than a statement on its way takes to begin. */
const cancelAgainMs = 100

export interface LegListener {
  /** Rows, a description or the end came. */
  changed(): void
  failed(leg: Leg, error: Error): void
}

export interface LegSettings {
  readonly batchRows: number
  readonly timeZone: string | null
  /** The connection is kept after the last row, for ask(). */
  readonly staysOpen: boolean
}

const nothing: readonly RawRow[] = []

export class Leg {
  readonly shard: string
  readonly #leg: GatherLeg
  readonly #settings: LegSettings
  readonly #listener: LegListener
  readonly #wire: LegWire
  #client: RoutedClient | null = null
  #zone: string | null = null
  #fields: readonly FieldDef[] | null = null
  #rows = nothing
  #at = 0
  #next: readonly RawRow[] | null = null
  #isFetching = false
  #isComplete = false
  #hasGiven = false
  #rowsThatFit = Infinity
  /** From now on nothing that it comes to is a failure. */
  #isEnding = false
  #end: Promise<void> | null = null

  constructor(leg: GatherLeg, settings: LegSettings, listener: LegListener) {
    this.shard = leg.shard
    this.#leg = leg
    this.#settings = settings
    this.#listener = listener
    this.#wire = new LegWire(leg.text, leg.values, error => {
      if (!this.#isEnding) listener.failed(this, error)
    })
  }

  /** Of its rows; null: not known yet. */
  get fields(): readonly FieldDef[] | null {
    return this.#fields
  }

  get timeZone(): string | null {
    return this.#zone
  }

  /** The next row; null: none is at hand. */
  get head(): RawRow | null {
    return this.#rows[this.#at] ?? null
  }

  /** No row is at hand, and none will come. */
  get isOver(): boolean {
    return this.head === null && this.#next === null && (this.#isComplete || this.#isEnding)
  }

  /** Was a row of it taken? */
  get hasGiven(): boolean {
    return this.#hasGiven
  }

  /** Can it be asked something without waiting for its rows? */
  get isIdle(): boolean {
    return !this.#wire.isBusy
  }

  /** Takes a connection, and sends nothing. Rejects when there is none, or end() was called. */
  async take(): Promise<void> {
    watchClients(this.#leg.router)
    this.#client = this.#leg.router.client()
    this.#client.query(this.#wire)
    await this.#wire.bound
  }

  /** Sends the statement. */
  open(): void {
    const {batchRows, timeZone} = this.#settings
    const {zone, described, batch} = this.#wire.open(timeZone, batchRows)
    zone.then(({rows}) => (this.#zone = rows[0]?.[0] ?? null), ignore)
    described.then(({fields}) => {
      this.#fields = fields
      this.#listener.changed()
    }, ignore)
    this.#fetched(batch)
  }

  /** Takes the row at hand away. */
  advance(): void {
    this.#hasGiven = true
    this.#at++
    if (this.#at === this.#rows.length) this.#turn()
  }

  /**
   * One more SELECT on its connection, in its transaction. Rejects with the server's error; then the leg has failed.
   */
  ask(text: string, values: readonly unknown[]): Promise<Answer> {
    return this.#wire.ask(text, values)
  }

  /** Ends what is under way on the server and gives the connection back, or destroys it. Never rejects. */
  end(): Promise<void> {
    this.#isEnding = true
    this.#end ??= this.#letGo()
    return this.#end
  }

  /** end(), and what is here is forgotten too: the leg counts as one without rows. */
  drop(): Promise<void> {
    this.#rows = nothing
    this.#at = 0
    this.#next = null
    return this.end()
  }

  /** The next batch takes the place of the one that was read, and another one is asked for. */
  #turn(): void {
    this.#rows = this.#next ?? nothing
    this.#at = 0
    this.#next = null
    if (this.#rows.length > 0) this.#fetch(this.#rows.length)
  }

  #fetch(lastRows: number): void {
    if (this.#isComplete || this.#isFetching || this.#isEnding) return
    this.#fetched(this.#wire.fetch(Math.max(1, Math.min(this.#settings.batchRows, this.#rowsThatFit, lastRows * 4))))
  }

  #fetched(batch: Promise<Answer>): void {
    this.#isFetching = true
    batch.then(answer => this.#arrived(answer), ignore)
  }

  #arrived({rows, bytes, suspended}: Answer): void {
    this.#isFetching = false
    if (this.#isEnding) return
    if (rows.length > 0) {
      this.#rowsThatFit = Math.floor((batchBytes * rows.length) / bytes)
      this.#next = rows
    }
    this.#isComplete = !suspended
    if (this.head === null) this.#turn()
    // Its last row is here: others can have the connection.
    if (this.#isComplete && !this.#settings.staysOpen) void this.end()
    this.#listener.changed()
  }

  async #letGo(): Promise<void> {
    const client = this.#client
    if (client === null) return
    const {protocol} = this.#wire
    if (protocol === null) {
      // It waits for a connection: who gives it one is told that nobody wants it any more.
      client.release(true)
      this.#wire.handleError(new Error('the leg was ended before it had a connection'))
      return
    }
    if (await this.#endsCleanly(protocol)) client.release()
    else {
      protocol.stream.destroy()
      client.release(true)
    }
  }

  /** false: the connection can be used by nobody else. */
  async #endsCleanly(protocol: Protocol): Promise<boolean> {
    const {quiet} = this.#wire
    const untilMs = nowMs() + endMostMs
    const pgClient = this.#wire.isBusy ? clientOf(protocol) : null
    this.#wire.end()
    if (pgClient === undefined) return false
    while (pgClient !== null && nowMs() < untilMs) {
      const cancelling = cancelBackend(pgClient)
      if (!(await settlesWithin(untilMs - nowMs(), cancelling.sent))) {
        cancelling.stop()
        return false
      }
      // It may have come before the statement that it was meant for.
      if (await settlesWithin(Math.min(cancelAgainMs, untilMs - nowMs()), quiet)) return quiet
    }
    return (await settlesWithin(untilMs - nowMs(), quiet)) && quiet
  }
}

/** The wire tells its failure once, see the constructor. */
function ignore(): void {
  // Nothing more follows from it.
}
