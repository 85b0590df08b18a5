// Takes requests, finds a node for each, tries, waits, tries again while that is safe. Invariants: what may have been
// applied is never tried again unless the repetition itself decides whether it was, or a proof has shown on the very
// connection that is used that it was not; no request waits longer than its time; the number of waiting requests is
// bounded. Not here: the decisions (topology/, balance/, failures/) and the IO under them.
import {abandoned, started} from '../balance/replica.ts'
import type {Connection} from '../connections/connection.ts'
import type {NodePools} from '../connections/node-pools.ts'
import {judgeError, saysNotPrimary, type Judgement} from '../failures/classify-error.ts'
import {
  errorCodeOf,
  failedError,
  neverPlacedError,
  provenAbsentError,
  type Doubt,
  type FailedTry,
} from '../failures/failure.ts'
import {retryDelayMs} from '../failures/retry-delay.ts'
import {RouterError} from '../failures/router-error.ts'
import {settle} from '../failures/settle.ts'
import {nowMs, type Deadline} from '../time/deadline.ts'
import type {Wakeup} from '../time/wakeup.ts'
import type {Tell, Watch} from '../topology/watch.ts'
import type {Hold} from './hold.ts'
import type {Pick, Picker} from './picker.ts'
import {AttemptFailure, inPhase, type Place, type Request} from './request.ts'
import {tokenAfter} from './token-after.ts'
import {
  asRouterError,
  endedError,
  isClientsOwn,
  isPoolFull,
  newTrail,
  refusedEvent,
  refusedInRecovery,
  servedEvent,
  timeOf,
  toldError,
  type Trail,
  type Tried,
} from './trail.ts'

export interface DispatcherPorts {
  readonly watch: Watch
  readonly pools: NodePools
  readonly picker: Picker
  /** Woken when the topology changes. */
  readonly changed: Wakeup
  readonly tell: Tell
  readonly hears: (name: 'served' | 'refused') => boolean
}

export interface DispatcherLimits {
  /** How many requests may wait at once. */
  readonly queueMax: number
  /** How long one may wait for a node, a connection or a proof, counted anew after each try that was sent. */
  readonly waitMs: number
}

export class Dispatcher {
  readonly #ports: DispatcherPorts
  readonly #limits: DispatcherLimits
  #waiting = 0
  #ended = false

  constructor(ports: DispatcherPorts, limits: DispatcherLimits) {
    this.#ports = ports
    this.#limits = limits
  }

  /** Requests that wait for a node, a connection or the right moment. */
  get waitingCount(): number {
    return this.#waiting + this.#ports.pools.waitingCount
  }

  get isFull(): boolean {
    return this.waitingCount >= this.#limits.queueMax
  }

  get hasEnded(): boolean {
    return this.#ended
  }

  /** From now on nothing is taken, and what waits is told so. */
  end(): void {
    this.#ended = true
    this.#ports.changed.wake()
  }

  /**
   * Serves one request; `hold` keeps its connection for the next one. Disposes of the deadline. Rejects with
   * RouterError, or with the server's own error.
   */
  serve<T>(request: Request<T>, deadline: Deadline, hold: Hold | null = null): Promise<T> {
    return this.goOn(newTrail(request, deadline), null, hold)
  }

  /** The same, after a first try that was made elsewhere (quick-try.ts) and failed so. */
  async goOn<T>(trail: Trail<T>, first: Tried<T> | null, hold: Hold | null = null): Promise<T> {
    const {deadline} = trail
    let next = first
    try {
      if (this.#ended && first === null && hold?.last() == null) throw endedError()
      for (;;) {
        const tried = next ?? (await this.#tryOn(await this.#place(trail, hold), trail, hold))
        next = null
        if (tried.kind === 'done') return tried.value
        if (tried.kind === 'failed') await this.#pauseOrThrow(tried, trail)
        else await this.#pauseInDoubt(tried.node, trail)
        // The next try may be elsewhere; after an error that is final the connection stays held, since a transaction
        // may be open on it.
        hold?.letGo()
      }
    } catch (error) {
      const told = toldError(error, trail)
      if (this.#ports.hears('refused')) this.#ports.tell('refused', refusedEvent(told, trail))
      throw told
    } finally {
      deadline.dispose()
    }
  }

  /** Waits until a node and a connection to it are there. */
  async #place<T>(trail: Trail<T>, hold: Hold | null): Promise<Place> {
    for (;;) {
      const last = this.#ended ? hold?.last() : null
      if (this.#ended && last == null) throw endedError()
      const pick =
        last ??
        hold?.stay(this.#ports.watch.current(), trail.request) ??
        this.#ports.picker.pick(trail.request, trail.tried)
      const left = this.#limits.waitMs - (nowMs() - trail.waitingSinceMs)
      if (trail.deadline.over !== null || left <= 0) throw this.#neverPlaced(trail, pick)
      if (pick === null) {
        await this.#queued(() => this.#ports.changed.wait(trail.deadline.signal, left))
        continue
      }
      if (trail.doubt === null) trail.attempts++
      else trail.looks++
      const connection = await this.#connect(pick, trail, hold, left)
      if (connection === null) continue
      if (!pick.mustVerify || (await this.#verified(pick, connection, trail, hold))) {
        // From here on it hears what happens on the connection, and its parsers of types hold.
        hold?.keep(connection, pick)
        return {
          connection,
          role: pick.role,
          timeline: pick.target.timeline,
          replica: pick.replica,
          waitedMs: trail.deadline.elapsedMs(),
          attempts: trail.attempts,
        }
      }
    }
  }

  /** A standby that does not catch up in time gives way to another node; this was no try. */
  async #verified<T>(pick: Pick, connection: Connection, trail: Trail<T>, hold: Hold | null): Promise<boolean> {
    const fresh = await this.#ports.picker.verified(pick, trail.request, connection).catch(() => null)
    if (fresh === true) return true
    trail.attempts--
    trail.tried = new Set(trail.tried).add(pick.target.node)
    if (fresh === null) connection.destroy()
    if (pick.replica !== null) abandoned(pick.replica)
    if (hold?.connection === connection) hold.letGo()
    else connection.release()
    return false
  }

  /** null: there was none, and the pause after that is over. */
  async #connect<T>(pick: Pick, trail: Trail<T>, hold: Hold | null, leftMs: number): Promise<Connection | null> {
    const {pools} = this.#ports
    const {node} = pick.target
    const startedMs = nowMs()
    if (pick.replica !== null) started(pick.replica)
    const held = hold?.take(pick)
    if (held !== undefined && held !== null) return held
    try {
      if (!pools.hasFree(node, 'never')) this.#refuseIfFull()
      return await pools.checkout(pick.target, leftMs, trail.deadline)
    } catch (cause) {
      if (pick.replica !== null) this.#ports.picker.notConnected(pick.replica, cause, nowMs() - startedMs)
      if (cause instanceof RouterError) throw cause
      if (trail.deadline.over !== null || this.#ended) return null
      const judgement = judgeError(cause, 'connecting')
      await this.#pauseOrThrow(
        {
          kind: 'failed',
          failed: {node, cause, judgement, connecting: true},
          repeat: judgement.retry !== 'never',
          doubt: trail.doubt,
        },
        trail,
      )
      return null
    }
  }

  /** Counts what waits; refuses at once when too much does. */
  async #queued<R>(work: () => Promise<R>): Promise<R> {
    this.#refuseIfFull()
    this.#waiting++
    try {
      return await work()
    } finally {
      this.#waiting--
    }
  }

  #refuseIfFull(): void {
    if (this.isFull)
      throw new RouterError('QUEUE_FULL', `${this.waitingCount} requests wait already`, {outcome: 'not-sent'})
  }

  #neverPlaced<T>(trail: Trail<T>, pick: Pick | null): RouterError {
    const missing = pick !== null ? null : trail.request.from === 'standby' ? 'NO_STANDBY' : 'NO_PRIMARY'
    return neverPlacedError(timeOf(trail), trail.attempts, missing, trail.last, this.#ports.watch.lastSeen())
  }

  async #tryOn<T>(place: Place, trail: Trail<T>, hold: Hold | null): Promise<Tried<T>> {
    const {connection, replica} = place
    const {deadline, doubt: earlier} = trail
    const startedMs = nowMs()
    deadline.onOver = () => (trail.request.kind === 'transaction' ? connection.destroy() : connection.abandon())
    try {
      const done = await (trail.doubt === null
        ? this.#send(place, trail)
        : this.#settleOrSend(place, trail.doubt, trail))
      if (this.#ports.hears('served')) this.#ports.tell('served', servedEvent(place, trail))
      return done
    } catch (error) {
      if (!(error instanceof AttemptFailure)) throw error
      const tried = await this.failedTry(error, place, trail, earlier)
      if (tried.failed.judgement.connectionLost && !connection.abandoned) connection.destroy()
      return tried
    } finally {
      deadline.onOver = null
      trail.waitingSinceMs = nowMs()
      if (replica !== null) this.#ports.picker.ended(replica, connection, deadline, trail.waitingSinceMs - startedMs)
      if (hold === null) connection.release()
      else if (connection.broken || connection.abandoned) hold.letGo()
    }
  }

  async #send<T>(place: Place, trail: Trail<T>): Promise<Tried<T>> {
    const {request} = trail
    // Asked before anything is sent: afterwards there may be nobody left to ask.
    if (request.settlement !== null) await inPhase('read', true, place.connection.life())
    const value = await request.run(place)
    await this.#deliver(request, value, place, null)
    return {kind: 'done', value}
  }

  async #deliver<T>(request: Request<T>, value: T, place: Place, settled: 'found' | null): Promise<void> {
    const token = request.writes
      ? await tokenAfter(request.session, place.connection, this.#ports.picker.everybody)
      : null
    const {connection, role, timeline, waitedMs, attempts} = place
    request.deliver(
      value,
      {node: connection.node, role, timeline, waitedMs, attempts, settled, reason: request.reason, token},
      place,
    )
  }

  /** An earlier try is in doubt: nothing is sent before this connection has shown what became of it. */
  async #settleOrSend<T>(place: Place, doubt: Doubt, trail: Trail<T>): Promise<Tried<T>> {
    const {request} = trail
    const {settlement} = request
    const settled = settlement === null ? 'wait' : await settle(place.connection, settlement.proof, doubt.life)
    if (settlement === null || settled === 'wait') return {kind: 'still-open', node: place.connection.node}
    this.#ports.tell('settled', {node: place.connection.node, timeline: place.timeline, as: settled})
    if (settled === 'applied') {
      const value = settlement.found(place)
      await this.#deliver(request, value, {...place, attempts: trail.attempts}, 'found')
      return {kind: 'done', value}
    }
    trail.doubt = null
    if (!doubt.mayRepeat) throw provenAbsentError(doubt.error)
    trail.attempts++
    return this.#send({...place, attempts: trail.attempts}, trail)
  }

  /** What follows from a try that failed; `earlier` is the try that was in doubt before it. */
  async failedTry<T>(
    failure: AttemptFailure,
    place: Place,
    trail: Trail<T>,
    earlier: Doubt | null,
  ): Promise<Extract<Tried<T>, {kind: 'failed'}>> {
    const {connection, role} = place
    const {request, doubt} = trail
    const {cause, mayRepeat} = failure
    const instead = role === 'standby' && refusedInRecovery(cause) ? request.refusedByStandby() : null
    if (instead !== null) {
      trail.request = instead
      return {
        kind: 'failed',
        failed: {
          node: connection.node,
          cause,
          judgement: {outcome: 'not-applied', retry: 'elsewhere', connectionLost: false},
          connecting: false,
        },
        repeat: true,
        doubt: earlier,
      }
    }
    if (isClientsOwn(cause, connection, request.kind)) {
      // The statement may be half sent, or still running: nobody else may get this connection.
      connection.destroyAsOurFault()
      throw cause
    }
    const judged = await this.#judge(failure, place, request.readOnly)
    const judgement = connection.ourFault ? {...judged, connectionLost: false} : judged
    const failed: FailedTry = {node: connection.node, cause, judgement, connecting: false}
    if (doubt !== null) return {kind: 'failed', failed, repeat: judgement.retry !== 'never', doubt}
    // A repetition surely had no effect: the try before it is in doubt again, since a third timeline may hold what this
    // one does not.
    if (judgement.outcome !== 'unknown')
      return {kind: 'failed', failed, repeat: mayRepeat && judgement.retry !== 'never', doubt: earlier}
    const error = asRouterError(failedError(failed, timeOf(trail)), failed)
    if (request.idempotent && mayRepeat) {
      trail.unknown ??= error
      return {kind: 'failed', failed, repeat: true, doubt: null}
    }
    const life = connection.knownLife
    if (request.settlement === null || life === null) return {kind: 'failed', failed, repeat: false, doubt: null}
    return {kind: 'failed', failed, repeat: true, doubt: {life, mayRepeat, error}}
  }

  /**
   * Nothing could be concluded: looks again when something changes, and now and then, since a restart changes nothing
   * that is seen from outside.
   */
  async #pauseInDoubt<T>(node: string, trail: Trail<T>): Promise<void> {
    const {deadline, looks} = trail
    await this.#queued(() => this.#ports.changed.wait(deadline.signal, retryDelayMs(looks, Math.random())))
    if (deadline.over === null) return
    throw new RouterError(
      'DEADLINE',
      `the primary ${node} is neither on a higher timeline nor restarted since, so the write may still be under way`,
      {outcome: 'unknown', node},
    )
  }

  /**
   * 25006 has two reasons: the node is a standby by now, or the caller's own settings are read-only. Only the node can
   * tell.
   */
  async #judge({phase, cause}: AttemptFailure, {connection}: Place, readOnly: boolean): Promise<Judgement> {
    const judgement = judgeError(cause, phase)
    if (!saysNotPrimary(cause, phase)) return judgement
    if (readOnly) return {...judgement, retry: 'never'}
    // What failed is repeated as a whole or not at all.
    if (connection.inTransaction) await connection.ask('ROLLBACK').catch(() => connection.destroy())
    const recovering = await connection.inRecovery()
    if (recovering === true) this.#ports.watch.reject(connection.node)
    return recovering === false ? {...judgement, retry: 'never'} : judgement
  }

  /** Returns when the next try may start; throws when there must be none. */
  async #pauseOrThrow<T>({failed, repeat, doubt}: Extract<Tried<T>, {kind: 'failed'}>, trail: Trail<T>): Promise<void> {
    const {deadline, request} = trail
    const {judgement, node, cause} = failed
    const willRetry = repeat && deadline.over === null && !this.#ended
    if (judgement.connectionLost && !isPoolFull(cause)) {
      this.#ports.watch.broken(node)
      this.#ports.watch.kick()
    }
    this.#ports.tell('attempt-failed', {
      node,
      outcome: trail.doubt === null ? judgement.outcome : 'unknown',
      errorCode: errorCodeOf(cause),
      attempt: trail.attempts,
      willRetry,
    })
    if (!willRetry) throw failedError(failed, timeOf(trail))
    trail.last = failed
    trail.doubt = doubt
    trail.tried = new Set(trail.tried).add(node)
    // A read goes on to another node at once, as does what a standby refused; the second failure, and every write,
    // pauses until something changes or a little time has passed.
    if (trail.attempts === 1 && (request.kind === 'read' || refusedInRecovery(cause))) return
    await this.#queued(() =>
      this.#ports.changed.wait(deadline.signal, retryDelayMs(trail.attempts + trail.looks, Math.random())),
    )
  }
}
