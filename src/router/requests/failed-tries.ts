// What follows from a try that failed: what it says of the node, whether the request may be tried again, and when.
// Invariants: what may have been applied is tried again only when the repetition itself decides whether it was, or a
// proof is there to look for it; until its fate is known, reads are told to look on the primary. Not here: the rules
// (failures/), the tries themselves (dispatcher.ts).
import {afterError} from '../connections/after-error.ts'
import {isInRecovery} from '../connections/server-facts.ts'
import {judgeError, saysNotPrimary, type Judgement} from '../failures/classify-error.ts'
import {errorCodeOf, failedError, type UnsettledTry, type FailedTry} from '../failures/failure.ts'
import {oneMore, type RepetitionLimits} from '../failures/decide-repetition.ts'
import {retryDelayMs} from '../failures/retry-delay.ts'
import {RouterError} from '../failures/router-error.ts'
import {standbyRefusal, type StandbyRefusal} from '../failures/standby-refusal.ts'
import {nowMs} from '../time/deadline.ts'
import type {Wakeup} from '../time/wakeup.ts'
import type {Tell, Watch} from '../topology/watch.ts'
import type {Doubts} from './doubts.ts'
import type {AttemptFailure, Place, Request} from './request.ts'
import type {RequestQueue} from './request-queue.ts'
import {asRouterError, endedError, isClientsOwn, isPoolFull, timeOf, type Trail, type Tried} from './trail.ts'

/** Of what failed on a standby; null: it would be the same on the primary. */
function refusalOf(cause: unknown): StandbyRefusal | null {
  return cause instanceof RouterError && cause.code === 'PRIMARY_NEEDED' ? 'only-primary' : standbyRefusal(cause)
}

export interface FailedTriesPorts {
  readonly watch: Watch
  /** Woken when the topology changes. */
  readonly changed: Wakeup
  readonly tell: Tell
  readonly doubts: Doubts
}

export type Failed<T> = Extract<Tried<T>, {kind: 'failed'}>

export class FailedTries {
  readonly #ports: FailedTriesPorts
  readonly #queue: RequestQueue
  readonly #limits: RepetitionLimits

  constructor(ports: FailedTriesPorts, queue: RequestQueue, limits: RepetitionLimits) {
    this.#ports = ports
    this.#queue = queue
    this.#limits = limits
  }

  /** What follows from a try that failed; `earlier` is the try that was in doubt before it. */
  async judge<T>(
    failure: AttemptFailure,
    place: Place,
    trail: Trail<T>,
    earlier: UnsettledTry | null,
  ): Promise<Extract<Tried<T>, {kind: 'failed'}>> {
    const {connection, role} = place
    const {request, doubt} = trail
    const {cause, mayRepeat} = failure
    const refusal = role === 'standby' ? refusalOf(cause) : null
    const instead = refusal !== null && mayRepeat ? request.refusedByStandby(refusal, cause) : null
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
    // Not sent, for a reason of the transaction's own.
    if (cause instanceof RouterError) throw cause
    if (isClientsOwn(cause, connection, request.kind)) {
      // What a type parser threw at may be written.
      if (request.kind !== 'read') this.#ports.doubts.add(place, request.session)
      // The statement may be half sent, or still running: nobody else may get this connection. A transaction that is
      // open on it is its caller's to end.
      if (!connection.inTransaction || connection.stuck) connection.destroyAsOurFault()
      throw cause
    }
    const judged = await this.#judgement(failure, place, request)
    const judgement = connection.ourFault ? {...judged, connectionLost: false} : judged
    const failed: FailedTry = {node: connection.node, cause, judgement, connecting: false}
    if (doubt !== null)
      return {kind: 'failed', failed, repeat: judgement.retry !== 'never' && this.#mayRepeat(judgement, trail), doubt}
    // A repetition surely had no effect: the try before it is in doubt again, since a third timeline may have what this
    // one does not.
    if (judgement.outcome !== 'unknown') {
      const isSafe = mayRepeat && judgement.retry !== 'never'
      return {kind: 'failed', failed, repeat: isSafe && this.#mayRepeat(judgement, trail), doubt: earlier}
    }
    this.#ports.doubts.add(place, request.session)
    const error = asRouterError(failedError(failed, timeOf(trail)), failed)
    if (request.claim !== null && mayRepeat) {
      trail.unknown ??= error
      return {kind: 'failed', failed, repeat: this.#mayRepeat(judgement, trail), doubt: null}
    }
    const life = connection.knownLife
    if (request.settlement === null || life === null) return {kind: 'failed', failed, repeat: false, doubt: null}
    return {kind: 'failed', failed, repeat: true, doubt: {life, mayRepeat, error}}
  }

  /** Counts it as repeated when it may be. */
  #mayRepeat<T>(judgement: Judgement, trail: Trail<T>): boolean {
    if (judgement.retry === 'again' && trail.request.mayCommitInside()) return false
    const repetitions = oneMore(judgement, trail.repetitions, this.#limits, nowMs())
    trail.repetitions = repetitions ?? trail.repetitions
    return repetitions !== null
  }

  /**
   * 25006 has two reasons: the node is a standby by now, or the caller's own settings are read-only. Only the node can
   * tell; where it does not, a procedure that commits as it goes may have done so before it was refused.
   */
  async #judgement<T>({phase, cause}: AttemptFailure, {connection}: Place, request: Request<T>): Promise<Judgement> {
    const judgement = judgeError(cause, phase, await afterError(connection, cause))
    if (!saysNotPrimary(cause, phase)) return judgement
    if (request.readOnly) return {...judgement, retry: 'never'}
    // What failed is repeated as a whole or not at all.
    if (connection.inTransaction) await connection.ask('ROLLBACK').catch(() => connection.destroy())
    const recovering = await isInRecovery(connection)
    if (recovering === true) this.#ports.watch.reject(connection.node)
    if (recovering === false) return {...judgement, retry: 'never'}
    if (recovering === null && request.mayCommitInside()) return {...judgement, outcome: 'unknown', retry: 'never'}
    return judgement
  }

  /** Returns when the next try may start; throws when there must be none. */
  async pauseOrThrow<T>({failed, repeat, doubt}: Extract<Tried<T>, {kind: 'failed'}>, trail: Trail<T>): Promise<void> {
    const {deadline, request} = trail
    const {judgement, node, cause} = failed
    const willRetry = repeat && deadline.over === null && !this.#queue.hasEnded
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
    if (!willRetry && failed.connecting && this.#queue.hasEnded) throw endedError()
    if (!willRetry) throw failedError(failed, timeOf(trail))
    trail.last = failed
    trail.doubt = doubt
    trail.tried = new Set(trail.tried).add(node)
    // A read goes on to another node at once, as does what a standby refused; the second failure, and every write,
    // pauses until something changes or a little time has passed.
    if (trail.attempts === 1 && (request.kind === 'read' || refusalOf(cause) !== null)) return
    await this.#queue.waitIn(() =>
      this.#ports.changed.wait(deadline.signal, retryDelayMs(trail.attempts + trail.looks, Math.random())),
    )
  }

  /**
   * Nothing could be concluded: looks again when something changes, and now and then, since a restart changes nothing
   * that is seen from outside.
   */
  async pauseInDoubt<T>(node: string, trail: Trail<T>): Promise<void> {
    const {deadline, looks} = trail
    await this.#queue.waitIn(() => this.#ports.changed.wait(deadline.signal, retryDelayMs(looks, Math.random())))
    if (deadline.over === null) return
    throw new RouterError(
      'DEADLINE',
      `the primary ${node} is neither on a higher timeline nor restarted since, so the write may still be under way`,
      {outcome: 'unknown', node},
    )
  }
}
