// The router: takes requests, finds a node for each, tries, waits, tries again while that is safe. Invariants: what may have been applied is never tried again;
// every request ends by its deadline; the number of waiting requests is bounded. Not here: the decisions (decide-primary.ts, classify-error.ts) and the IO under them.
import {EventEmitter} from 'node:events'
import {AttemptFailure, type TransactionClient} from './attempt.ts'
import {judgeError, saysNotPrimary, type Judgement} from './classify-error.ts'
import {Deadline} from './deadline.ts'
import {errorCodeOf, failedError, neverPlacedError, type FailedTry, type TimeOver} from './failure.ts'
import type {Lease} from './lease.ts'
import {settingsOf, type RequestOptions, type RouterOptions, type Settings} from './options.ts'
import {Pools} from './pools.ts'
import {readRequest, transactionRequest, writeRequest, type Request, type Route, type RoutedResult, type TransactionResult} from './request.ts'
import {retryDelayMs} from './retry-delay.ts'
import {RouterError} from './router-error.ts'
import type {RouterEvents} from './router-events.ts'
import {Wakeup} from './wakeup.ts'
import {Watch} from './watch.ts'

/** The tries of one request so far. */
interface Trail {
  readonly deadline: Deadline
  readonly tried: Set<string>
  attempts: number
  last: FailedTry | null
}

type Tried<T> = {readonly kind: 'done'; readonly value: T} | {readonly kind: 'failed'; readonly failed: FailedTry; readonly repeat: boolean}

/** Sends writes to the primary of one Patroni cluster and reads to its primary or standbys, through failovers. Rejections are RouterErrors. */
export class Router extends EventEmitter<RouterEvents> {
  readonly #settings: Settings
  readonly #changed = new Wakeup()
  readonly #pools: Pools
  readonly #watch: Watch
  #waiting = 0
  #ended: Promise<void> | null = null

  /** Starts looking for the primary at once; requests wait for it. Throws RangeError for options that cannot work. */
  constructor(options: RouterOptions) {
    super()
    this.#settings = settingsOf(options)
    this.#pools = new Pools(this.#settings, () => this.#watch.kick())
    this.#watch = new Watch(this.#settings, {
      tell: (name, payload) => this.#tell(name, payload),
      close: node => this.#pools.close(node),
      changed: this.#changed,
    })
    this.#watch.start()
  }

  /**
   * One autocommitted statement on the primary. It is sent again only when the server surely did not apply it. One statement per call: text with several is
   * refused by the server, and a procedure that commits by itself has no outcome that could be told.
   */
  write(text: string, values: readonly unknown[] = [], options: RequestOptions = {}): Promise<RoutedResult> {
    return this.#serve(writeRequest(text, values), options)
  }

  /** One statement without effects, on a read-only connection, so it may be sent more than once. `standby` falls back to the primary unless `strict`. */
  read(text: string, values: readonly unknown[] = [], options: RequestOptions & {readonly from?: 'primary' | 'standby'; readonly strict?: boolean} = {}): Promise<RoutedResult> {
    return this.#serve(readRequest(text, values, options.from ?? 'primary', options.strict ?? false), options)
  }

  /**
   * BEGIN, `work`, COMMIT on the primary. Errors that `work` throws by itself pass through unchanged after ROLLBACK. With `rerun`, `work` is called again when
   * the transaction surely was not applied and the reason may pass; without it only BEGIN is tried again.
   */
  transaction<T>(work: (client: TransactionClient) => Promise<T>, options: RequestOptions & {readonly rerun?: boolean} = {}): Promise<TransactionResult<T>> {
    return this.#serve(transactionRequest(work, options.rerun ?? false), options)
  }

  /** Who is what, by evidence that is fresh now. */
  topology(): {readonly primary: {readonly node: string; readonly timeline: number} | null; readonly standbys: readonly string[]} {
    const {primary, standbys} = this.#watch.current()
    return {primary: primary === null ? null : {node: primary.node, timeline: primary.timeline}, standbys: standbys.map(({node}) => node)}
  }

  /** Rejects what waits, lets what is under way finish for at most connectTimeoutMs, destroys the rest. Never rejects; the second call waits for the first. */
  end(): Promise<void> {
    this.#ended ??= this.#close()
    return this.#ended
  }

  async #close(): Promise<void> {
    this.#watch.stop()
    const closing = this.#pools.end(this.#settings.connectTimeoutMs)
    // After this tick #ended is set, and whoever waits is told so.
    queueMicrotask(() => this.#changed.wake())
    await closing
  }

  async #serve<T>(request: Request<T>, options: RequestOptions): Promise<T> {
    this.#refuseIfEnded()
    if (this.#waiting >= this.#settings.queueMax) throw new RouterError('QUEUE_FULL', `${this.#waiting} requests wait already`, {outcome: 'not-sent'})
    const deadline = new Deadline(options.deadlineMs ?? this.#settings.defaultDeadlineMs, options.signal)
    const trail: Trail = {deadline, tried: new Set(), attempts: 0, last: null}
    try {
      for (;;) {
        const {lease, route} = await this.#place(request, trail)
        const tried = await this.#tryOn(lease, route, request, trail)
        if (tried.kind === 'done') return tried.value
        await this.#pauseOrThrow(request, tried.failed, tried.repeat, trail)
      }
    } finally {
      deadline.dispose()
    }
  }

  /** Waits until a node and a connection to it are there. */
  async #place<T>(request: Request<T>, trail: Trail): Promise<{readonly lease: Lease; readonly route: Route}> {
    const {deadline} = trail
    this.#waiting++
    try {
      for (;;) {
        this.#refuseIfEnded()
        const pick = request.pick(this.#watch.current(), trail.tried, Math.random())
        if (deadline.over !== null) throw neverPlacedError(timeOf(deadline), trail.attempts, pick === null ? request.missing : null, trail.last, this.#watch.lastSeen())
        if (pick === null) {
          await this.#changed.wait(deadline.signal)
          continue
        }
        trail.attempts++
        const {node, timeline} = pick.target
        try {
          const lease = await this.#pools.checkout(pick.target, request.access, deadline.signal)
          return {lease, route: {node, role: pick.role, timeline, waitedMs: deadline.elapsedMs(), attempts: trail.attempts}}
        } catch (cause) {
          if (deadline.signal.aborted || this.#ended !== null) continue
          await this.#pauseOrThrow(request, {node, cause, judgement: judgeError(cause, 'connecting'), connecting: true}, true, trail)
        }
      }
    } finally {
      this.#waiting--
    }
  }

  async #tryOn<T>(lease: Lease, route: Route, request: Request<T>, {deadline}: Trail): Promise<Tried<T>> {
    try {
      return {kind: 'done', value: await request.run(lease, route, deadline)}
    } catch (error) {
      if (!(error instanceof AttemptFailure)) throw error
      const judgement = await this.#judge(error, lease, deadline)
      if (judgement.connectionLost) lease.destroy()
      return {kind: 'failed', failed: {node: lease.node, cause: error.cause, judgement, connecting: false}, repeat: error.mayRepeat}
    } finally {
      lease.release()
    }
  }

  /** 25006 has two reasons: the node is a standby by now, or the caller's own settings are read-only. Only the node can tell. */
  async #judge({phase, cause}: AttemptFailure, lease: Lease, deadline: Deadline): Promise<Judgement> {
    const judgement = judgeError(cause, phase)
    if (!saysNotPrimary(cause, phase)) return judgement
    const recovering = await lease.inRecovery(deadline.signal)
    if (recovering === true) this.#watch.reject(lease.node)
    return recovering === false ? {...judgement, retry: 'never'} : judgement
  }

  /** Returns when the next try may start; throws when there must be none. */
  async #pauseOrThrow<T>(request: Request<T>, failed: FailedTry, mayRepeat: boolean, trail: Trail): Promise<void> {
    const {deadline} = trail
    const {judgement, node, cause} = failed
    const willRetry = mayRepeat && judgement.retry !== 'never' && deadline.over === null && this.#ended === null
    if (judgement.connectionLost && !isPoolFull(cause)) this.#watch.kick()
    this.#tell('attempt-failed', {node, outcome: judgement.outcome, errorCode: errorCodeOf(cause), attempt: trail.attempts, willRetry})
    if (!willRetry) throw failedError(failed, timeOf(deadline))
    trail.last = failed
    trail.tried.add(node)
    // A read goes on to another node at once; its second failure, and every write, pauses until something changes or a little time has passed.
    if (request.kind === 'read' && trail.attempts === 1) return
    await this.#changed.wait(deadline.signal, retryDelayMs(trail.attempts, Math.random()))
  }

  #refuseIfEnded(): void {
    if (this.#ended !== null) throw new RouterError('ENDED', 'the router has ended', {outcome: 'not-sent'})
  }

  /** A listener's error is its owner's: it ends up uncaught, not in the middle of a request. */
  #tell<Name extends keyof RouterEvents>(name: Name, payload: RouterEvents[Name][0]): void {
    try {
      emitOn(this, name, payload)
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}

/** The typed `emit` wants a literal name; #tell has a variable one, tied to its payload by its own signature. */
function emitOn(emitter: EventEmitter, name: string, payload: unknown): void {
  emitter.emit(name, payload)
}

/** The pool gave nothing in time because all its connections are busy: no reason to suspect the node. */
function isPoolFull(cause: unknown): boolean {
  return cause instanceof Error && cause.message === 'timeout exceeded when trying to connect'
}

function timeOf(deadline: Deadline): TimeOver {
  return {over: deadline.over, elapsedMs: deadline.elapsedMs()}
}
