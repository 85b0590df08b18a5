// Takes requests, finds a place for each, tries, waits, tries again while that is safe. Invariants: what may have been
// applied is never tried again unless the repetition itself decides whether it was, or a proof has shown on the very
// connection that is used that it was not; the number of waiting requests is bounded. Not here: finding a place
// (placement.ts), what follows from a failure (failed-tries.ts), the decisions (topology/, balance/, failures/).
import type {NodePools} from '../connections/node-pools.ts'
import type {Judgement} from '../failures/classify-error.ts'
import type {RepetitionLimits} from '../failures/decide-repetition.ts'
import type {UnsettledTry} from '../failures/failure.ts'
import {provenAbsentError} from '../failures/failure.ts'
import {RouterError} from '../failures/router-error.ts'
import {settle} from '../failures/settle.ts'
import type {Session} from '../freshness/session.ts'
import {nowMs, type Deadline} from '../time/deadline.ts'
import type {Wakeup} from '../time/wakeup.ts'
import type {Tell, Watch} from '../topology/watch.ts'
import {Doubts} from './doubts.ts'
import {FailedTries, type Failed} from './failed-tries.ts'
import type {InFlight} from './in-flight.ts'
import {mayHaveCommitted} from './may-have-committed.ts'
import type {Picker} from './picker.ts'
import type {PinnedConnection} from './pinned-connection.ts'
import {Placement} from './placement.ts'
import {AttemptFailure, inPhase, type Place, type Request} from './request.ts'
import {RequestQueue} from './request-queue.ts'
import {noteCommit, tokenAfter} from './token-after.ts'
import {endedError, newTrail, refusedEvent, servedEvent, toldError, type Trail, type Tried} from './trail.ts'

export interface DispatcherPorts {
  readonly watch: Watch
  readonly pools: NodePools
  readonly picker: Picker
  /** Woken when the topology changes. */
  readonly changed: Wakeup
  /** Counts each request from its call to its answer. */
  readonly inFlight: InFlight
  readonly tell: Tell
  readonly hears: (name: 'served' | 'refused') => boolean
}

export interface DispatcherLimits extends RepetitionLimits {
  /** How many requests may wait at once. */
  readonly queueMax: number
  /** How long one may wait for nodes, connections and a proof, all together; what is under way does not count. */
  readonly waitMs: number
}

export class Dispatcher {
  readonly #ports: DispatcherPorts
  readonly #queue: RequestQueue
  readonly #failedTries: FailedTries
  readonly #placement: Placement
  /** Writes of which nobody can say yet whether they were applied. */
  readonly #doubts: Doubts

  constructor(ports: DispatcherPorts, limits: DispatcherLimits) {
    this.#ports = ports
    this.#queue = new RequestQueue(limits.queueMax, ports.pools)
    this.#doubts = new Doubts({...ports, everybody: ports.picker.everybody})
    this.#failedTries = new FailedTries({...ports, doubts: this.#doubts}, this.#queue, limits)
    this.#placement = new Placement(ports, this.#queue, this.#failedTries, limits.waitMs)
  }

  /** Requests that wait for a node, a connection or the right moment. */
  get waitingCount(): number {
    return this.#queue.waitingCount
  }

  get isFull(): boolean {
    return this.#queue.isFull
  }

  get hasEnded(): boolean {
    return this.#queue.hasEnded
  }

  /** From now on nothing is taken, and what waits is told so. */
  end(): void {
    this.#queue.hasEnded = true
    this.#doubts.end()
    this.#ports.changed.wake()
  }

  /** A statement that a client sent by itself, on its own connection, failed so. */
  noteFailure(
    {outcome, connectionLost}: Judgement,
    place: Pick<Place, 'connection' | 'timeline'>,
    session: Session | null,
  ): void {
    if (outcome === 'unknown') this.#doubts.add(place, session)
    if (connectionLost) this.#ports.watch.kick()
  }

  /**
   * What follows from a first try that was made elsewhere (quick-try.ts) and failed. Rejects with what is to be told.
   */
  async judgeFirstTry<T>(failure: AttemptFailure, place: Place, trail: Trail<T>): Promise<Failed<T>> {
    try {
      return await this.#failedTries.judge(failure, place, trail, null)
    } catch (error) {
      throw this.#told(error, trail)
    }
  }

  /**
   * Serves one request; `pinned` keeps its connection for the next one. Disposes of the deadline. Rejects with
   * RouterError, or with the server's own error.
   */
  serve<T>(request: Request<T>, deadline: Deadline, pinned: PinnedConnection | null = null): Promise<T> {
    return this.goOn(newTrail(request, deadline), null, pinned)
  }

  /** The same, after a first try that was made elsewhere (quick-try.ts) and failed so. */
  async goOn<T>(trail: Trail<T>, first: Tried<T> | null, pinned: PinnedConnection | null = null): Promise<T> {
    const {deadline} = trail
    let next = first
    this.#ports.inFlight.enter()
    try {
      if (this.#queue.hasEnded && first === null && pinned?.last() == null) throw endedError()
      for (;;) {
        const tried = next ?? (await this.#tryOn(await this.#placement.place(trail, pinned), trail, pinned))
        next = null
        if (tried.kind === 'done') return tried.value
        if (tried.kind === 'failed')
          await this.#failedTries.pauseOrThrow(pinned?.isReleased() === true ? {...tried, repeat: false} : tried, trail)
        else await this.#failedTries.pauseInDoubt(tried.node, trail)
        // The next try may be elsewhere; after an error that is final the connection stays held, since a transaction
        // may be open on it.
        pinned?.letGo()
      }
    } catch (error) {
      throw this.#told(error, trail)
    } finally {
      deadline.dispose()
      this.#ports.inFlight.leave()
    }
  }

  #told<T>(error: unknown, trail: Trail<T>): unknown {
    const told = toldError(error, trail)
    if (this.#ports.hears('refused')) this.#ports.tell('refused', refusedEvent(told, trail))
    return told
  }

  async #tryOn<T>(place: Place, trail: Trail<T>, pinned: PinnedConnection | null): Promise<Tried<T>> {
    const {connection, replica} = place
    const {deadline, doubt: earlier} = trail
    const startedMs = nowMs()
    trail.waitedMs += startedMs - trail.waitingSinceMs
    deadline.onOver = () => (trail.request.kind === 'transaction' ? connection.destroy() : connection.abandon())
    try {
      const done = await (trail.doubt === null
        ? this.#send(place, trail)
        : this.#settleOrSend(place, trail.doubt, trail))
      if (this.#ports.hears('served')) this.#ports.tell('served', servedEvent(place, trail))
      return done
    } catch (error) {
      const {request} = trail
      if (!(error instanceof AttemptFailure)) {
        if (error instanceof RouterError && error.outcome === 'unknown') this.#doubts.add(place, request.session)
        throw error
      }
      const tried = await this.#failedTries.judge(error, place, trail, earlier)
      const {judgement} = tried.failed
      if (judgement.connectionLost && !connection.abandoned) connection.destroy()
      if (place.role === 'primary' && mayHaveCommitted(request.commits, {error: error.cause, judgement}))
        await noteCommit(request.session, connection, this.#ports.picker.everybody)
      return tried
    } finally {
      deadline.onOver = null
      trail.waitingSinceMs = nowMs()
      if (replica !== null) this.#ports.picker.ended(replica, connection, deadline, trail.waitingSinceMs - startedMs)
      if (pinned === null) connection.release()
      else if (connection.broken || connection.abandoned) pinned.letGo()
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
    const token =
      request.writes && !request.wroteNothing()
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
  async #settleOrSend<T>(place: Place, doubt: UnsettledTry, trail: Trail<T>): Promise<Tried<T>> {
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
}
