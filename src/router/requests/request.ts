// What the router is asked to do, as a value: which nodes may serve it, how one try runs on a connection, what may
// follow a failed try.
// Not here: the loop over tries (dispatcher.ts), the kinds of requests (statement-request.ts, transaction-request.ts).
import type {Connection} from '../connections/connection.ts'
import type {Notice} from '../connections/sync-wait.ts'
import type {Replica} from '../balance/replica.ts'
import {messageOf} from '../failures/router-error.ts'
import type {StandbyRefusal} from '../failures/standby-refusal.ts'
import type {Commits} from '../statements/statement-plan.ts'
import type {Phase} from '../failures/classify-error.ts'
import type {Consistency} from '../freshness/decide-freshness.ts'
import type {Session} from '../freshness/session.ts'
import type {Token} from '../freshness/token.ts'
import type {Proof} from './proof.ts'

/** In PostgreSQL's words (target_session_attrs): `standby` never falls back to the primary, `prefer-standby` does. */
export type From = 'primary' | 'standby' | 'prefer-standby'

/** Where a request was served, and what it took. */
export interface Route {
  /** Who served it. */
  readonly node: string
  /** What that node was. */
  readonly role: 'primary' | 'standby'
  /** That it was on; null: not known. */
  readonly timeline: number | null
  /** From the call until a connection was had for the try that succeeded. */
  readonly waitedMs: number
  /** 1: the first try succeeded. Looking for a try that was not answered is no try. */
  readonly attempts: number
  /**
   * found: no try was answered, and it was shown on this node that one was applied; what it returned is not known.
   * null: this try was answered.
   */
  readonly settled: 'found' | null
  /** Why this kind of node: `SELECT`, `function nextval is volatile`, `read()` … */
  readonly reason: string
  /** What a later read must have seen to see this write; null for reads, and outside of a session. */
  readonly token: Token | null
}

/** What a try is told about where it runs; the token is not known before its end. */
export interface Place {
  readonly connection: Connection
  readonly role: 'primary' | 'standby'
  readonly timeline: number | null
  /** null on the primary. */
  readonly replica: Replica | null
  readonly waitedMs: number
  readonly attempts: number
}

/**
 * `pg`'s result with, besides, where it came from. With `route.settled` the statement's own result is lost: `rows` is
 * empty and `rowCount` null.
 */
export interface Routed {
  /** Where it was served, and what that took. */
  readonly route: Route
  /** Notices that came with it (see committedLocallyOnly). */
  readonly notices: readonly Notice[]
}

/** One request. `T` is what its caller gets. */
export interface Request<T> {
  readonly kind: 'read' | 'write' | 'transaction'
  readonly from: From
  readonly reason: string
  readonly consistency: Consistency
  readonly session: Session | null
  /** The caller said READ ONLY, so a refusal to write is the caller's to see. */
  readonly readOnly: boolean
  /** Does success mean that something may have been written, so that later reads have to see it? */
  readonly writes: boolean
  /** The run that succeeded turned out to have written nothing after all. */
  wroteNothing(): boolean
  /** May a run that failed have committed something by itself? */
  readonly commits: Commits
  /**
   * Runs one try. A failure in the driver or on the server leaves as AttemptFailure; errors of the caller's own
   * function leave as they are.
   */
  run(place: Place): Promise<T>
  /** Hands the caller what the try gave. */
  deliver(value: T, route: Route, place: Place): void
  /** How an unknown outcome is settled; null: not at all. */
  readonly settlement: Settlement<T> | null
  /** Repeating it decides by itself whether an earlier try was applied, by claiming its idempotency key; null: not. */
  readonly claim: Claim | null
  /** May a part of it stay committed although it failed? Then no refusal says that nothing was applied. */
  mayCommitInside(): boolean
  /**
   * A standby does not do it, or replay was in its way, and nothing was delivered: the same for the primary. null: that
   * is the caller's to see.
   */
  refusedByStandby(refusal: StandbyRefusal, cause: unknown): Request<T> | null
}

export interface Claim {
  /** In the last try: then no earlier one was applied. */
  isMade(): boolean
}

export interface Settlement<T> {
  readonly proof: Proof
  /** What the caller gets when the proof found the write. */
  found(place: Place): T
}

/**
 * A try failed in the driver or on the server. `mayRepeat`: trying again would not run the caller's code a second time
 * against its will.
 */
export class AttemptFailure extends Error {
  readonly phase: Phase
  readonly mayRepeat: boolean

  constructor(phase: Phase, mayRepeat: boolean, cause: unknown) {
    super(messageOf(cause), {cause})
    this.name = 'AttemptFailure'
    this.phase = phase
    this.mayRepeat = mayRepeat
  }
}

/** The same promise, whose failure is told with the phase it came in. */
export async function inPhase<T>(phase: Phase, mayRepeat: boolean, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw new AttemptFailure(phase, mayRepeat, error)
  }
}

/** Reused, since a new one for each result would be most of the cost. */
const hidden = {enumerable: false, configurable: true, writable: true, value: undefined as unknown}

/** Puts the route on a result without showing it to whoever compares or prints results. */
export function attachRoute<T extends object>(result: T, route: Route, notices: readonly Notice[]): T & Routed {
  hidden.value = route
  Object.defineProperty(result, 'route', hidden)
  hidden.value = notices
  Object.defineProperty(result, 'notices', hidden)
  hidden.value = undefined
  return result as T & Routed
}
