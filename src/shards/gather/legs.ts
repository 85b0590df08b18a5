// All legs of one gathering: their connections, the first failure, waiting for whichever moves, and their common end.
// Invariants: connections are taken in the order of the shards' names before anything is sent, so two gatherings never
// wait for each other; the first error ends every leg; once end() has resolved nothing of any leg is left. Not here:
// one leg (leg.ts), what is made of the rows (gather.ts).
import {ShardError} from '../shard-error.ts'
import {causeOfFailure, toldFailure} from './decide-failure.ts'
import type {GatherLeg, GatherSettings} from './gather-options.ts'
import {Leg} from './leg.ts'
import {isSameZone} from './pinned-settings.ts'
import {checkSameFields} from './shape-rows.ts'
import {nowMs, settlesWithin} from '../time/pause.ts'
import {TimeLimit, type Over} from '../time/time-limit.ts'

export class Legs {
  /** Those that take part, in the order of the caller. */
  #taking: Leg[]
  readonly #all: readonly Leg[]
  readonly #settings: GatherSettings
  readonly #limit: TimeLimit
  readonly #missing: string[] = []
  #failure: Error | null = null
  #isStopped = false
  #wake: () => void = () => undefined
  #end: Promise<void> | null = null
  /** A leg does not take part any more. */
  onDropped: (leg: Leg) => void = () => undefined

  constructor(legs: readonly GatherLeg[], settings: GatherSettings, staysOpen: boolean) {
    this.#settings = settings
    const {batchRows, timeZone} = settings
    const listener = {changed: () => this.#wake(), failed: (leg: Leg, error: Error) => this.#failed(leg, error)}
    this.#all = legs.map(leg => new Leg(leg, {batchRows, timeZone, staysOpen}, listener))
    this.#taking = [...this.#all]
    this.#limit = new TimeLimit(settings.deadlineMs, settings.signal, why => this.#over(why))
    if (settings.signal?.aborted === true) this.#over('ABORTED')
  }

  get taking(): readonly Leg[] {
    return this.#taking
  }

  get missingShards(): readonly string[] {
    return this.#missing
  }

  /** Throws what has ended the gathering, if anything has. */
  check(): void {
    if (this.#failure !== null) throw this.#failure
  }

  /** The reader wants nothing more. */
  get isStopped(): boolean {
    return this.#isStopped
  }

  /** Resolves when something has moved; check() is the next thing then. */
  moved(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve
      if (this.#failure !== null || this.#isStopped) resolve()
    })
  }

  /** Takes all connections, sends all statements, and waits until it is known what a row is. */
  async start(): Promise<void> {
    const inOrder = this.#all.toSorted((a, b) => (a.shard < b.shard ? -1 : 1))
    const untilMs = nowMs() + this.#settings.connectMs
    for (const [index, leg] of inOrder.entries()) {
      if (!this.#goesOn()) return
      // One that cannot be reached must not take the time of all.
      const sharers = this.#settings.partial ? inOrder.length - index : 1
      await this.#take(leg, (untilMs - nowMs()) / sharers)
    }
    if (!this.#goesOn()) return
    for (const leg of this.#taking) leg.open()
    while (this.#goesOn() && this.#taking.some(({fields}) => fields === null)) await this.moved()
    if (this.#goesOn()) this.#checkAgreement()
  }

  /** false: the reader has left. Throws what has ended the gathering. */
  #goesOn(): boolean {
    this.check()
    return !this.#isStopped
  }

  /** Ends all legs; the first error is kept and given back, whatever else fails because of it. */
  fail(error: Error): Error {
    this.#failure ??= error
    void this.end()
    this.#wake()
    return this.#failure
  }

  /** The reader has left. */
  stop(): Promise<void> {
    this.#isStopped = true
    this.#wake()
    return this.end()
  }

  /** The same, and the time does not count any more. */
  end(): Promise<void> {
    this.#limit.dispose()
    return this.giveBack()
  }

  /** Ends all legs on their servers and gives all connections back. Never rejects. */
  giveBack(): Promise<void> {
    this.#end ??= Promise.all(this.#all.map(leg => leg.end())).then(() => undefined)
    return this.#end
  }

  async #take(leg: Leg, ms: number): Promise<void> {
    const taken = leg.take().catch(() => undefined)
    if (await settlesWithin(ms, taken)) return
    this.#failed(
      leg,
      new ShardError(
        'TIMEOUT',
        `shard ${leg.shard} gave no connection within ${this.#settings.connectMs} ms: look at the shard, or at ` +
          'max of its router',
        {shard: leg.shard},
      ),
    )
  }

  #failed(leg: Leg, error: Error): void {
    if (!this.#taking.includes(leg)) return
    const mayGoOn = this.#settings.partial && !leg.hasGiven && causeOfFailure(error) === 'shard'
    if (!mayGoOn || this.#taking.length === 1) {
      this.fail(toldFailure(leg.shard, error))
      return
    }
    this.#missing.push(leg.shard)
    this.#taking = this.#taking.filter(other => other !== leg)
    this.onDropped(leg)
    void leg.drop()
    this.#wake()
  }

  #over(why: Over): void {
    const {deadlineMs = 0, signal} = this.#settings
    const busy = this.#all.filter(({isIdle}) => !isIdle).map(({shard}) => shard)
    this.fail(
      why === 'ABORTED'
        ? new ShardError('ABORTED', 'the gathering was ended by its signal; nothing was changed', {
            cause: signal?.reason,
          })
        : new ShardError(
            'TIMEOUT',
            `not all rows within ${deadlineMs} ` +
              `ms${busy.length === 0 ? '' : `, shard ${busy.join(', ')} did not answer`}: raise deadlineMs, or ask ` +
              'for less',
            {shard: busy.length === 1 ? (busy[0] ?? null) : null, detail: {shards: busy}},
          ),
    )
  }

  #checkAgreement(): void {
    checkSameFields(this.#taking.map(({shard, fields}) => ({shard, fields: fields ?? []})))
    const [first, ...others] = this.#taking
    const other = others.find(({timeZone}) => !isSameZone(timeZone ?? '', first?.timeZone ?? ''))
    if (first !== undefined && other !== undefined)
      throw new ShardError(
        'SHARD_FAILED',
        `the sessions of shards ${first.shard} and ${other.shard} have other time zones, ${first.timeZone ?? ''} ` +
          `and ${other.timeZone ?? ''}: set the same in their routers' options, or give timeZone`,
        {shard: other.shard},
      )
  }
}
