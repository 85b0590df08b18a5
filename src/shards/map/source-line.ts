// One line to one server that tells of maps: LISTEN, and a question after each notice and every now and then.
// Invariants: a broken or silent connection is replaced, again and again until end(); each wait is bounded; after end()
// nothing is told and nothing is left, no timer and no connection. Not here: what is asked and what follows
// (map-watch.ts).
import {ShardError} from '../shard-error.ts'
import {mapChannel} from './schema-sql.ts'
import type {StateQuery} from './read-state.ts'

/** What the line needs of a connection: pg's PoolClient has it. */
export interface LineClient {
  /** One statement, with its rows. */
  query(text: string, values?: unknown[]): Promise<{readonly rows: readonly unknown[]}>
  /** Told of notices and of its end. */
  on(event: 'notification' | 'error' | 'end', listener: (...given: unknown[]) => void): unknown
  /** Gives it back, or ends it. */
  release(error?: Error | boolean): void
}

/** Where connections to the primary of a server come from: a Router, or a pg.Pool. */
export interface LineSource {
  /** A connection to the primary. */
  connect(): Promise<LineClient>
}

export interface LineTimes {
  /** Between questions without a notice. */
  readonly pollMs: number
  /** Before another connection is made. */
  readonly retryMs: number
  /** For a connection, and for an answer. */
  readonly timeoutMs: number
}

export interface LinePorts {
  /** Asks, and keeps what is answered. */
  readonly ask: (query: StateQuery) => Promise<void>
  /** It cannot be asked now, and why. */
  readonly failed: (error: unknown) => void
}

export class SourceLine {
  readonly #source: LineSource
  readonly #times: LineTimes
  readonly #ports: LinePorts
  readonly #ending = new AbortController()
  readonly #running: Promise<void>
  /** Set by a notice that came while something else was under way. */
  #isTold = false
  #wake: () => void = () => undefined
  /** The connection may lead to a server that is not the one any more. */
  #isOld = false
  #cut: (error: unknown) => void = () => undefined

  /** Starts at once. */
  constructor(source: LineSource, times: LineTimes, ports: LinePorts) {
    this.#source = source
    this.#times = times
    this.#ports = ports
    this.#running = this.#run()
  }

  /** Asks now instead of at the next poll. */
  kick(): void {
    this.#isTold = true
    this.#wake()
  }

  /** Asks now, on another connection: the one that is there may still lead to the primary that was. */
  renew(): void {
    this.#isOld = true
    this.#cut(new Error('the primary is another'))
    this.kick()
  }

  /** Resolves when nothing is left. */
  async end(): Promise<void> {
    this.#ending.abort(new Error('the watch of the map has ended'))
    this.#wake()
    await this.#running
  }

  /** Another connection is wanted, maybe since a moment ago. */
  #isOutdated(): boolean {
    return this.#isOld
  }

  #isEnding(): boolean {
    return this.#ending.signal.aborted
  }

  async #run(): Promise<void> {
    while (!this.#isEnding()) {
      try {
        await this.#converse()
      } catch (error) {
        if (this.#isEnding()) return
        if (this.#isOld) continue
        this.#ports.failed(error)
        this.#isTold = false
        await this.#pause(this.#times.retryMs)
      }
    }
  }

  /** As long as one connection holds; rejects with what ended it. */
  async #converse(): Promise<void> {
    this.#isOld = false
    const client = await this.#connect()
    let reason: Error | true = true
    const broken = new AbortController()
    const cut = (error: unknown): void => {
      broken.abort(error)
      this.#wake()
    }
    this.#cut = cut
    try {
      client.on('notification', () => this.kick())
      client.on('error', cut)
      client.on('end', () => cut(new Error('the server closed the connection')))
      const query: StateQuery = (text, values) => this.#bounded(client.query(text, values), broken.signal)
      if (!this.#isOutdated()) await query(`LISTEN ${mapChannel}`)
      while (!this.#isEnding() && !this.#isOutdated()) {
        this.#isTold = false
        await this.#ask(query)
        // It may have broken before there was a pause to wake from.
        broken.signal.throwIfAborted()
        await this.#pause(this.#times.pollMs)
        broken.signal.throwIfAborted()
      }
    } catch (error) {
      reason = error instanceof Error ? error : new Error(String(error))
      throw error
    } finally {
      this.#cut = () => undefined
      // Closed, not given back: it listens.
      client.release(reason)
    }
  }

  /** What the server tells may have no sense; the connection is as good as before. */
  async #ask(query: StateQuery): Promise<void> {
    try {
      await this.#ports.ask(query)
    } catch (error) {
      if (!(error instanceof ShardError)) throw error
      this.#ports.failed(error)
    }
  }

  /** A connection that comes too late is closed. */
  async #connect(): Promise<LineClient> {
    const connecting = this.#source.connect()
    try {
      return await this.#bounded(connecting)
    } catch (error) {
      connecting.then(
        client => client.release(true),
        () => undefined,
      )
      throw error
    }
  }

  /** Settles with the work, or rejects after timeoutMs, at end() and when the connection breaks. */
  #bounded<T>(work: Promise<T>, broken?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const {timeoutMs} = this.#times
      const timer = setTimeout(() => settle(() => reject(new Error(`no answer within ${timeoutMs} ms`))), timeoutMs)
      const ending = this.#ending.signal
      const onEnd = (): void => settle(() => reject(asError(ending.reason)))
      const onBroken = (): void => settle(() => reject(asError(broken?.reason)))
      const settle = (then: () => void): void => {
        clearTimeout(timer)
        ending.removeEventListener('abort', onEnd)
        broken?.removeEventListener('abort', onBroken)
        then()
      }
      ending.addEventListener('abort', onEnd)
      broken?.addEventListener('abort', onBroken)
      if (ending.aborted) onEnd()
      else if (broken?.aborted === true) onBroken()
      work.then(
        value => settle(() => resolve(value)),
        (error: unknown) => settle(() => reject(asError(error))),
      )
    })
  }

  /** Until it is told of something, or the time is over. */
  #pause(ms: number): Promise<void> {
    if (this.#isTold || this.#isEnding()) return Promise.resolve()
    return new Promise(resolve => {
      const resume = (): void => {
        clearTimeout(timer)
        this.#wake = () => undefined
        resolve()
      }
      const timer = setTimeout(resume, ms)
      this.#wake = resume
    })
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
