// Takes requests, finds a node for each, tries, waits, tries again while that is safe. Invariants: what may have been applied is never tried again unless the
// repetition itself decides whether it was, or a proof has shown on the very connection that is used that it was not; no request waits longer than its time;
// the number of waiting requests is bounded. Not here: the decisions (topology/, balance/, failures/) and the IO under them.
import {abandoned, started, type Replica} from '../balance/replica.ts'
import type {Connection} from '../connections/connection.ts'
import type {NodePools} from '../connections/node-pools.ts'
import {judgeError, saysNotPrimary, sqlStateOf, type Judgement} from '../failures/classify-error.ts'
import {errorCodeOf, failedError, neverPlacedError, provenAbsentError, unsettledError, type Doubt, type FailedTry} from '../failures/failure.ts'
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
import {isPoolFull, newTrail, refusedInRecovery, type Trail, type Tried} from './trail.ts'

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

  get waitingCount(): number {
    return this.#waiting
  }

  /** From now on nothing is taken, and what waits is told so. */
  end(): void {
    this.#ended = true
    this.#ports.changed.wake()
  }

  /** Serves one request; `hold` keeps its connection for the next one. Disposes of the deadline. Rejects with RouterError, or with the server's own error. */
  async serve<T>(request: Request<T>, deadline: Deadline, hold: Hold | null = null): Promise<T> {
    if (this.#ended) throw endedError()
    const trail = newTrail(request, deadline)
    try {
      for (;;) {
        const place = await this.#place(trail, hold)
        const tried = await this.#tryOn(place, trail, hold)
        if (tried.kind === 'done') return tried.value
        if (tried.kind === 'failed') await this.#pauseOrThrow(tried, trail)
        else await this.#pauseInDoubt(tried.node, trail)
        // The next try may be elsewhere; after an error that is final the connection stays held, since a transaction may be open on it.
        hold?.letGo()
      }
    } catch (error) {
      const told = trail.doubt === null ? error : unsettledError(trail.doubt.error, deadline.elapsedMs(), error instanceof Error ? error.message : String(error))
      this.#tellRefused(told, trail)
      throw told
    } finally {
      deadline.dispose()
    }
  }

  /** Waits until a node and a connection to it are there. */
  async #place<T>(trail: Trail<T>, hold: Hold | null): Promise<Place> {
    for (;;) {
      if (this.#ended) throw endedError()
      const pick = hold?.stay(this.#ports.watch.current()) ?? this.#ports.picker.pick(trail.request, trail.tried)
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
      if (!pick.mustVerify || (await this.#verified(pick, connection, trail))) return this.#placeOn(connection, pick, trail)
    }
  }

  #placeOn<T>(connection: Connection, {target, role, replica}: Pick, {attempts, deadline}: Trail<T>): Place {
    return {connection, role, timeline: target.timeline, replica, waitedMs: deadline.elapsedMs(), attempts}
  }

  /** A standby that does not catch up in time gives way to another node; this was no try. */
  async #verified<T>(pick: Pick, connection: Connection, trail: Trail<T>): Promise<boolean> {
    const fresh = await this.#ports.picker.verified(pick, trail.request, connection).catch(() => null)
    if (fresh === true) return true
    trail.attempts--
    trail.tried = new Set(trail.tried).add(pick.target.node)
    if (fresh === null) connection.destroy()
    if (pick.replica !== null) abandoned(pick.replica)
    connection.release()
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
      if (pools.hasIdle(node)) return await pools.checkout(pick.target, leftMs, trail.deadline)
      return await this.#queued(() => pools.checkout(pick.target, leftMs, trail.deadline))
    } catch (cause) {
      if (pick.replica !== null) this.#ports.picker.failed(pick.replica, 'error', nowMs() - startedMs)
      if (cause instanceof RouterError) throw cause
      if (trail.deadline.over !== null || this.#ended) return null
      const judgement = judgeError(cause, 'connecting')
      await this.#pauseOrThrow({kind: 'failed', failed: {node, cause, judgement, connecting: true}, repeat: judgement.retry !== 'never', doubt: trail.doubt}, trail)
      return null
    }
  }

  /** Counts what waits; refuses at once when too much does. */
  async #queued<R>(work: () => Promise<R>): Promise<R> {
    if (this.#waiting >= this.#limits.queueMax) throw new RouterError('QUEUE_FULL', `${this.#waiting} requests wait already`, {outcome: 'not-sent'})
    this.#waiting++
    try {
      return await work()
    } finally {
      this.#waiting--
    }
  }

  #neverPlaced<T>({deadline, request, attempts, last}: Trail<T>, pick: Pick | null): RouterError {
    const missing = pick !== null ? null : request.from === 'standby' ? 'NO_STANDBY' : 'NO_PRIMARY'
    return neverPlacedError({over: deadline.over, elapsedMs: deadline.elapsedMs()}, attempts, missing, last, this.#ports.watch.lastSeen())
  }

  async #tryOn<T>(place: Place, trail: Trail<T>, hold: Hold | null): Promise<Tried<T>> {
    const {connection, role, replica} = place
    const {deadline, doubt: earlier} = trail
    const startedMs = nowMs()
    deadline.onOver = () => connection.destroy()
    try {
      const done = await (trail.doubt === null ? this.#send(place, trail) : this.#settleOrSend(place, trail.doubt, trail))
      this.#tellServed(place, trail)
      return done
    } catch (error) {
      if (!(error instanceof AttemptFailure)) throw error
      const tried = await this.#failedTry(error, place, trail, earlier)
      if (tried.failed.judgement.connectionLost) connection.destroy()
      return tried
    } finally {
      deadline.onOver = null
      trail.waitingSinceMs = nowMs()
      if (replica !== null) this.#noteReplica(replica, connection, deadline, trail.waitingSinceMs - startedMs)
      if (hold === null || connection.broken) connection.release()
      else hold.keep(connection, role)
    }
  }

  #noteReplica(replica: Replica, {broken}: Connection, {over}: Deadline, ms: number): void {
    if (!broken) this.#ports.picker.served(replica, ms)
    else if (over === 'ABORTED') abandoned(replica)
    else this.#ports.picker.failed(replica, over === 'DEADLINE' ? 'hang' : 'error', ms)
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
    const token = request.writes ? await tokenAfter(request.session, place.connection, this.#ports.picker.everybody) : null
    const {connection, role, timeline, waitedMs, attempts} = place
    request.deliver(value, {node: connection.node, role, timeline, waitedMs, attempts, settled, reason: request.reason, token}, place)
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

  async #failedTry<T>(failure: AttemptFailure, place: Place, trail: Trail<T>, earlier: Doubt | null): Promise<Extract<Tried<T>, {kind: 'failed'}>> {
    const {connection, role} = place
    const {request, doubt} = trail
    const {cause, mayRepeat} = failure
    const instead = role === 'standby' && refusedInRecovery(cause) ? request.refusedByStandby() : null
    if (instead !== null) {
      trail.request = instead
      return {kind: 'failed', failed: {node: connection.node, cause, judgement: {outcome: 'not-applied', retry: 'elsewhere', connectionLost: false}, connecting: false}, repeat: true, doubt: earlier}
    }
    const judgement = await this.#judge(failure, connection)
    const failed: FailedTry = {node: connection.node, cause, judgement, connecting: false}
    if (doubt !== null) return {kind: 'failed', failed, repeat: judgement.retry !== 'never', doubt}
    // A repetition surely had no effect: the try before it is in doubt again, since a third timeline may hold what this one does not.
    if (judgement.outcome !== 'unknown') return {kind: 'failed', failed, repeat: mayRepeat && judgement.retry !== 'never', doubt: earlier}
    if (request.idempotent) return {kind: 'failed', failed, repeat: true, doubt: null}
    const life = connection.knownLife
    if (request.settlement === null || life === null) return {kind: 'failed', failed, repeat: false, doubt: null}
    const error = failedError(failed, {over: trail.deadline.over, elapsedMs: trail.deadline.elapsedMs()})
    return {kind: 'failed', failed, repeat: true, doubt: {life, mayRepeat, error: error instanceof RouterError ? error : new RouterError('CONNECTION_LOST', error.message, {outcome: 'unknown', node: connection.node, cause})}}
  }

  /** Nothing could be concluded: looks again when something changes, and now and then, since a restart changes nothing that is seen from outside. */
  async #pauseInDoubt<T>(node: string, trail: Trail<T>): Promise<void> {
    const {deadline, looks} = trail
    await this.#queued(() => this.#ports.changed.wait(deadline.signal, retryDelayMs(looks, Math.random())))
    if (deadline.over === null) return
    throw new RouterError('DEADLINE', `the primary ${node} is neither on a higher timeline nor restarted since, so the write may still be under way`, {outcome: 'unknown', node})
  }

  /** 25006 has two reasons: the node is a standby by now, or the caller's own settings are read-only. Only the node can tell. */
  async #judge({phase, cause}: AttemptFailure, connection: Connection): Promise<Judgement> {
    const judgement = judgeError(cause, phase)
    if (!saysNotPrimary(cause, phase)) return judgement
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
    this.#ports.tell('attempt-failed', {node, outcome: trail.doubt === null ? judgement.outcome : 'unknown', errorCode: errorCodeOf(cause), attempt: trail.attempts, willRetry})
    if (!willRetry) throw failedError(failed, {over: deadline.over, elapsedMs: deadline.elapsedMs()})
    trail.last = failed
    trail.doubt = doubt
    trail.tried = new Set(trail.tried).add(node)
    // A read goes on to another node at once, as does what a standby refused; the second failure, and every write, pauses until something changes or a little time has passed.
    if (trail.attempts === 1 && (request.kind === 'read' || refusedInRecovery(cause))) return
    await this.#queued(() => this.#ports.changed.wait(deadline.signal, retryDelayMs(trail.attempts + trail.looks, Math.random())))
  }

  #tellServed<T>({connection, role}: Place, {request, deadline, attempts}: Trail<T>): void {
    if (!this.#ports.hears('served')) return
    this.#ports.tell('served', {node: connection.node, role, kind: request.kind, reason: request.reason, attempts, ms: deadline.elapsedMs()})
  }

  #tellRefused<T>(error: unknown, {request, deadline}: Trail<T>): void {
    if (!this.#ports.hears('refused')) return
    const outcome = error instanceof RouterError ? error.outcome : 'not-applied'
    this.#ports.tell('refused', {kind: request.kind, code: error instanceof RouterError ? error.code : (sqlStateOf(error) ?? 'ERROR'), outcome, ms: deadline.elapsedMs()})
  }
}

function endedError(): RouterError {
  return new RouterError('ENDED', 'Cannot use a pool after calling end on the pool', {outcome: 'not-sent'})
}
