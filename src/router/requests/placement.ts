// Finds a node and a connection for the next try of a request, and waits for them. Invariant: no request waits longer
// than its time; a standby that must show something first is asked on the very connection that will serve the read.
// Not here: which node it is (picker.ts), what is sent (dispatcher.ts).
import {abandoned, started} from '../balance/replica.ts'
import type {Connection} from '../connections/connection.ts'
import type {NodePools} from '../connections/node-pools.ts'
import {judgeError} from '../failures/classify-error.ts'
import {neverPlacedError} from '../failures/failure.ts'
import {asError} from '../failures/as-error.ts'
import {loginRefusal} from '../failures/login-refused.ts'
import {RouterError} from '../failures/router-error.ts'
import {nowMs} from '../time/deadline.ts'
import type {Wakeup} from '../time/wakeup.ts'
import type {Watch} from '../topology/watch.ts'
import type {FailedTries} from './failed-tries.ts'
import type {Pick, Picker} from './picker.ts'
import type {PinnedConnection} from './pinned-connection.ts'
import type {Place} from './request.ts'
import type {RequestQueue} from './request-queue.ts'
import {endedError, releasedError, timeOf, type Trail} from './trail.ts'

export interface PlacementPorts {
  readonly watch: Watch
  readonly pools: NodePools
  readonly picker: Picker
  /** Woken when the topology changes. */
  readonly changed: Wakeup
}

/** Between two looks whether a standby has caught up. */
const catchUpLookMs = 50

export class Placement {
  readonly #ports: PlacementPorts
  readonly #queue: RequestQueue
  readonly #failedTries: FailedTries
  readonly #waitMs: number

  constructor(ports: PlacementPorts, queue: RequestQueue, failedTries: FailedTries, waitMs: number) {
    this.#ports = ports
    this.#queue = queue
    this.#failedTries = failedTries
    this.#waitMs = waitMs
  }

  /** Waits until a node and a connection to it are there. */
  async place<T>(trail: Trail<T>, pinned: PinnedConnection | null): Promise<Place> {
    for (;;) {
      if (pinned?.isReleased() === true) throw releasedError()
      const last = this.#queue.hasEnded ? pinned?.last() : null
      if (this.#queue.hasEnded && last == null) throw endedError()
      const pick =
        last ??
        pinned?.stay(this.#ports.watch.current(), trail.request) ??
        this.#ports.picker.pick(trail.request, trail.tried)
      const left = this.#waitMs - trail.waitedMs - (nowMs() - trail.waitingSinceMs)
      if (trail.deadline.over !== null || left <= 0) throw this.#neverPlaced(trail, pick)
      if (pick === null) {
        const refusal = loginRefusal(this.#ports.watch.sourceFailures())
        if (refusal !== undefined && trail.last === null && trail.doubt === null) throw asError(refusal)
        const mostMs = this.#ports.picker.mayCatchUp(trail.request) ? Math.min(left, catchUpLookMs) : left
        await this.#queue.waitIn(() => this.#ports.changed.wait(trail.deadline.signal, mostMs))
        continue
      }
      if (trail.doubt === null) trail.attempts++
      else trail.looks++
      if (pick.replica !== null) started(pick.replica)
      const held = pinned?.take(pick) ?? null
      const connection = held ?? (await this.#connect(pick, trail, left))
      if (connection === null) continue
      if (held === null && pinned?.isReleased() === true) {
        if (pick.replica !== null) abandoned(pick.replica)
        connection.release()
        continue
      }
      if (!pick.mustVerify || (await this.#verified(pick, connection, trail, pinned))) {
        // From here on it hears what happens on the connection, and its parsers of types pinned.
        pinned?.keep(connection, pick)
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
  async #verified<T>(
    pick: Pick,
    connection: Connection,
    trail: Trail<T>,
    pinned: PinnedConnection | null,
  ): Promise<boolean> {
    const {deadline, request} = trail
    deadline.onOver = () => connection.abandon()
    const fresh = await this.#ports.picker.verified(pick, request, connection).catch(lostOrRefused)
    deadline.onOver = null
    if (fresh === true) return true
    trail.attempts--
    trail.tried = new Set(trail.tried).add(pick.target.node)
    if (fresh === null && !connection.abandoned) connection.destroy()
    if (pick.replica !== null) abandoned(pick.replica)
    if (pinned?.connection === connection) pinned.letGo()
    else connection.release()
    return false
  }

  /** null: there was none, and the pause after that is over. */
  async #connect<T>(pick: Pick, trail: Trail<T>, leftMs: number): Promise<Connection | null> {
    const {pools} = this.#ports
    const {node} = pick.target
    const startedMs = nowMs()
    try {
      if (!pools.hasFree(node, 'never')) this.#queue.refuseIfFull()
      return await pools.checkout(pick.target, leftMs, trail.deadline)
    } catch (cause) {
      if (pick.replica !== null) this.#ports.picker.notConnected(pick.replica, cause, nowMs() - startedMs)
      if (cause instanceof RouterError) throw cause
      if (trail.deadline.over !== null || this.#queue.hasEnded) return null
      const judgement = judgeError(cause, 'connecting')
      await this.#failedTries.pauseOrThrow(
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

  #neverPlaced<T>(trail: Trail<T>, pick: Pick | null): Error {
    const missing = pick !== null ? null : trail.request.from === 'standby' ? 'NO_STANDBY' : 'NO_PRIMARY'
    const {watch} = this.#ports
    const unasked = pick === null ? watch.sourceFailures().find(cause => cause !== undefined) : undefined
    return neverPlacedError(timeOf(trail), trail.attempts, missing, trail.last, watch.lastSeen(), unasked)
  }
}

/**
 * null: the connection is lost, or has not answered yet. A server that does not answer the question (serializable by
 * default) is not fresh.
 */
function lostOrRefused(error: unknown): false | null {
  return judgeError(error, 'read').connectionLost ? null : false
}
