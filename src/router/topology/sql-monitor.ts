// Keeps asking one server about itself, over one connection of its own. Invariants: one question at a time, each
// bounded; a failure is told once per change of its reason; after a failure the connection is made anew, with growing
// pauses. What the server does by itself (changes its role, closes the connection) is looked into at once. Not here:
// the bytes (sql-line.ts), which servers there are (monitors.ts).
import {nowMs} from '../time/deadline.ts'
import {Wakeup} from '../time/wakeup.ts'
import type {AskTimes} from './discovery.ts'
import {describeFailure, retryPauseMs, type MonitorFailure} from './monitor-failure.ts'
import type {NodeStatus} from './parse-patroni.ts'
import {keepTimeline, parseSqlStatus, statusText} from './parse-sql-status.ts'
import type {SqlLine, SqlLineListener} from './sql-line.ts'

export interface SqlMonitorListener {
  onStatus(status: NodeStatus, askedMs: number): void
  onFailure(error: string, cause: unknown): void
  onRecovery(): void
  /** After every question, answered or not. */
  onAsked(): void
  /** A connection that had worked broke: whatever did that may concern the others. */
  onBroken(): void
  isFast(): boolean
}

export class SqlMonitor {
  readonly #node: string
  readonly #open: (listener: SqlLineListener) => SqlLine
  readonly #times: AskTimes
  readonly #listener: SqlMonitorListener
  readonly #stop = new AbortController()
  readonly #wakeup = new Wakeup()
  #line: SqlLine | null = null
  #last: NodeStatus | null = null
  #failure: MonitorFailure | null = null
  #failures = 0
  #hasWorked = false
  #closedAtMs = -Infinity
  /** Something happened since the last question began: do not wait for the next. */
  #isDue = false

  constructor(
    node: string,
    open: (listener: SqlLineListener) => SqlLine,
    times: AskTimes,
    listener: SqlMonitorListener,
  ) {
    this.#node = node
    this.#open = open
    this.#times = times
    this.#listener = listener
  }

  start(): void {
    void this.#loop()
  }

  /** Asks now, unless a question is under way. */
  wake(): void {
    this.#wakeup.wake()
  }

  stop(): void {
    this.#stop.abort()
    this.#cut(new Error('stopped'))
  }

  async #loop(): Promise<void> {
    const {signal} = this.#stop
    while (!signal.aborted) {
      await this.#ask()
      if (this.#isStopped()) return
      this.#listener.onAsked()
      if (!this.#isDue) await this.#wakeup.wait(signal, this.#pauseMs())
    }
  }

  async #ask(): Promise<void> {
    const askedMs = await this.#answered()
    if (askedMs === null || this.#last === null) return
    this.#succeeded()
    this.#listener.onStatus(this.#last, askedMs)
  }

  /** When the question was sent that is answered now; null when there is no answer. Never rejects. */
  async #answered(): Promise<number | null> {
    this.#isDue = false
    try {
      const line = this.#line ?? (await this.#connect())
      const askedMs = nowMs()
      const status = parseSqlStatus(this.#node, await line.ask(statusText))
      if (status === null) throw new Error('the answer is not one of PostgreSQL 10 or later')
      this.#last = keepTimeline(this.#last, status)
      return this.#isStopped() ? null : askedMs
    } catch (error) {
      this.#failed(error)
      return null
    }
  }

  async #connect(): Promise<SqlLine> {
    const line = this.#open({onRole: () => this.#due(), onClosed: error => this.#closed(error)})
    this.#line = line
    await line.connect()
    return line
  }

  #pauseMs(): number {
    const isFast = this.#listener.isFast()
    const {pollMs, fastPollMs} = this.#times
    if (this.#failure !== null) return retryPauseMs(this.#failures, this.#failure.lasting, isFast, this.#times)
    return isFast ? Math.min(pollMs, fastPollMs) : pollMs
  }

  #due(): void {
    this.#isDue = true
    this.#wakeup.wake()
  }

  /** Connects anew at once, but not again and again to a server that closes each connection. */
  #closed(error: unknown): void {
    const sinceLastMs = nowMs() - this.#closedAtMs
    this.#closedAtMs = nowMs()
    this.#failed(error)
    if (sinceLastMs > this.#times.pollMs) this.#due()
  }

  #succeeded(): void {
    this.#hasWorked = true
    const hadFailed = this.#failure !== null
    this.#failure = null
    this.#failures = 0
    if (hadFailed) this.#listener.onRecovery()
  }

  #failed(error: unknown): void {
    if (this.#isStopped()) return
    this.#cut(error)
    const before = this.#failure
    this.#failure = describeFailure(error)
    this.#failures++
    if (before?.text !== this.#failure.text) this.#listener.onFailure(this.#failure.text, error)
    if (before === null && this.#hasWorked) this.#listener.onBroken()
  }

  #cut(reason: unknown): void {
    this.#line?.destroy(reason)
    this.#line = null
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted
  }
}
