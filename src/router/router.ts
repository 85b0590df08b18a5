// The router: takes requests, finds a node for each, tries, waits, tries again while that is safe. Invariants: what may have been applied is never tried again
// before a proof has shown, on the very connection that is used, that it was not; every request ends by its deadline; the number of waiting requests is bounded. Not here: the decisions (decide-primary.ts, classify-error.ts) and the IO under them.
import {EventEmitter} from 'node:events'
import {AttemptFailure, inPhase, type TransactionClient} from './requests/attempt.ts'
import {judgeError, saysNotPrimary, type Judgement} from './failures/classify-error.ts'
import {Deadline} from './time/deadline.ts'
import {errorCodeOf, failedError, neverPlacedError, provenAbsentError, unsettledError, type Doubt, type FailedTry, type TimeOver} from './failures/failure.ts'
import type {Lease} from './connections/lease.ts'
import {settingsOf, type Proof, type RequestOptions, type RouterOptions, type Settings, type TransactionOptions, type WriteOptions} from './options.ts'
import {Pools} from './connections/pools.ts'
import {readRequest, transactionRequest, writeRequest, type Request, type Route, type RoutedResult, type TransactionResult} from './requests/request.ts'
import {retryDelayMs} from './failures/retry-delay.ts'
import {RouterError} from './failures/router-error.ts'
import type {RouterEvents} from './router-events.ts'
import {settle} from './failures/settle.ts'
import {Wakeup} from './time/wakeup.ts'
import {Watch} from './topology/watch.ts'

/** The tries of one request so far. */
interface Trail {
  readonly deadline: Deadline
  readonly tried: Set<string>
  attempts: number
  /** Placements to look for a try in doubt. */
  looks: number
  last: FailedTry | null
  /** The try that may have been applied; null while a repetition is under way, since then the earlier one surely was not. */
  doubt: Doubt | null
}

interface Failed {
  readonly kind: 'failed'
  readonly failed: FailedTry
  /** May the request go on after this? And if it does, which try is in doubt? */
  readonly repeat: boolean
  readonly doubt: Doubt | null
}

/** still-open: about the try in doubt nothing can be concluded on this node. */
type Tried<T> = {readonly kind: 'done'; readonly value: T} | {readonly kind: 'still-open'; readonly node: string} | Failed

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
   *
   * With `proof` a statement that may have been applied is looked for instead of failing at once, on a primary of a higher timeline or after a restart of the
   * same one, because only there is an absence final (decide-settlement.ts says why). A row: the write was applied, and `route.settled` is `found`. No row:
   * it was not, and is sent again. When neither can be said by the deadline, the error with outcome `unknown` is thrown after all.
   */
  write(text: string, values: readonly unknown[] = [], options: WriteOptions = {}): Promise<RoutedResult> {
    return this.#serve(writeRequest(text, values, options.proof ?? null), options)
  }

  /** One statement without effects, on a read-only connection, so it may be sent more than once. `standby` falls back to the primary unless `strict`. */
  read(text: string, values: readonly unknown[] = [], options: RequestOptions & {readonly from?: 'primary' | 'standby'; readonly strict?: boolean} = {}): Promise<RoutedResult> {
    return this.#serve(readRequest(text, values, options.from ?? 'primary', options.strict ?? false), options)
  }

  /**
   * BEGIN, `work`, COMMIT on the primary. Errors that `work` throws by itself pass through unchanged after ROLLBACK. With `rerun`, `work` is called again when
   * the transaction surely was not applied and the reason may pass; without it only BEGIN is tried again.
   *
   * `proof` settles a COMMIT without an answer as in write(). Found: `value` is null, since what the function returned is not known to belong to the try that
   * was applied. Not found: with `rerun` the transaction runs again, without it the error says `not-applied`.
   */
  transaction<T>(work: (client: TransactionClient) => Promise<T>, options: TransactionOptions & {readonly proof: Proof}): Promise<TransactionResult<T | null>>
  transaction<T>(work: (client: TransactionClient) => Promise<T>, options?: TransactionOptions & {readonly proof?: never}): Promise<TransactionResult<T>>
  transaction<T>(work: (client: TransactionClient) => Promise<T>, options: TransactionOptions = {}): Promise<TransactionResult<T | null>> {
    return this.#serve(transactionRequest(work, options.rerun ?? false, options.proof ?? null), options)
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
    const trail: Trail = {deadline, tried: new Set(), attempts: 0, looks: 0, last: null, doubt: null}
    try {
      for (;;) {
        const {lease, route} = await this.#place(request, trail)
        const tried = await this.#tryOn(lease, route, request, trail)
        if (tried.kind === 'done') return tried.value
        if (tried.kind === 'failed') await this.#pauseOrThrow(request, tried, trail)
        else await this.#pauseInDoubt(tried.node, trail)
      }
    } catch (error) {
      if (trail.doubt === null || !(error instanceof RouterError)) throw error
      throw unsettledError(trail.doubt.error, deadline.elapsedMs(), error.message)
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
        if (trail.doubt === null) trail.attempts++
        else trail.looks++
        const {node, timeline} = pick.target
        try {
          const lease = await this.#pools.checkout(pick.target, request.access, deadline.signal)
          return {lease, route: {node, role: pick.role, timeline, waitedMs: deadline.elapsedMs(), attempts: trail.attempts, settled: null}}
        } catch (cause) {
          if (deadline.signal.aborted || this.#ended !== null) continue
          const judgement = judgeError(cause, 'connecting')
          await this.#pauseOrThrow(request, {kind: 'failed', failed: {node, cause, judgement, connecting: true}, repeat: judgement.retry !== 'never', doubt: trail.doubt}, trail)
        }
      }
    } finally {
      this.#waiting--
    }
  }

  async #tryOn<T>(lease: Lease, route: Route, request: Request<T>, trail: Trail): Promise<Tried<T>> {
    const {doubt, deadline} = trail
    try {
      if (doubt !== null) return await this.#settleOrSend(lease, route, request, doubt, trail)
      // Asked before anything is sent: afterwards there may be nobody left to ask.
      if (request.settlement !== null) await inPhase('read', true, lease.life(deadline.signal))
      return {kind: 'done', value: await request.run(lease, route, deadline)}
    } catch (error) {
      if (!(error instanceof AttemptFailure)) throw error
      const judgement = await this.#judge(error, lease, deadline)
      if (judgement.connectionLost) lease.destroy()
      const failed: FailedTry = {node: lease.node, cause: error.cause, judgement, connecting: false}
      if (judgement.outcome !== 'unknown') return {kind: 'failed', failed, repeat: error.mayRepeat && judgement.retry !== 'never', doubt}
      const life = this.#mayLookFor(request) ? lease.knownLife : null
      return {kind: 'failed', failed, repeat: life !== null, doubt: life === null ? null : {life, mayRepeat: error.mayRepeat, error: failedError(failed, timeOf(deadline))}}
    } finally {
      lease.release()
    }
  }

  /** Who looks waits, and the number of those is bounded. */
  #mayLookFor<T>(request: Request<T>): boolean {
    return request.settlement !== null && this.#waiting < this.#settings.queueMax
  }

  /** The proof and the repetition go over one connection: between them nothing can become of the earlier try. */
  async #settleOrSend<T>(lease: Lease, route: Route, request: Request<T>, doubt: Doubt, trail: Trail): Promise<Tried<T>> {
    const {settlement} = request
    const settled = settlement === null ? 'wait' : await settle(lease, settlement.proof, doubt.life, trail.deadline)
    if (settlement === null || settled === 'wait') return {kind: 'still-open', node: lease.node}
    this.#tell('settled', {node: route.node, timeline: route.timeline, as: settled})
    if (settled === 'applied') return {kind: 'done', value: settlement.found(lease, {...route, settled: 'found'})}
    trail.doubt = null
    if (!doubt.mayRepeat) throw provenAbsentError(doubt.error)
    trail.attempts++
    return {kind: 'done', value: await request.run(lease, {...route, attempts: trail.attempts}, trail.deadline)}
  }

  /** Nothing could be concluded: looks again when something changes, and now and then, since a restart changes nothing that is seen from outside. */
  async #pauseInDoubt(node: string, {deadline, looks}: Trail): Promise<void> {
    this.#waiting++
    try {
      await this.#changed.wait(deadline.signal, retryDelayMs(looks, Math.random()))
    } finally {
      this.#waiting--
    }
    if (deadline.over !== null) throw new RouterError('DEADLINE', `the primary ${node} is neither on a higher timeline nor restarted since, so the write may still be under way`, {outcome: 'unknown', node})
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
  async #pauseOrThrow<T>(request: Request<T>, {failed, repeat, doubt}: Failed, trail: Trail): Promise<void> {
    const {deadline} = trail
    const {judgement, node, cause} = failed
    const willRetry = repeat && deadline.over === null && this.#ended === null
    if (judgement.connectionLost && !isPoolFull(cause)) this.#watch.kick()
    this.#tell('attempt-failed', {node, outcome: trail.doubt === null ? judgement.outcome : 'unknown', errorCode: errorCodeOf(cause), attempt: trail.attempts, willRetry})
    if (!willRetry) throw failedError(failed, timeOf(deadline))
    trail.last = failed
    trail.doubt = doubt
    trail.tried.add(node)
    // A read goes on to another node at once; its second failure, and every write, pauses until something changes or a little time has passed.
    if (request.kind === 'read' && trail.attempts === 1) return
    await this.#changed.wait(deadline.signal, retryDelayMs(trail.attempts + trail.looks, Math.random()))
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
