// The requests of a test as an open-loop load: one is due every 1/rate seconds, whether or not the last one came back.
// Invariant: each request ends once, at its deadline at the latest; one that may have been carried out is never called
// failed. Not here: the schedule and the deadlines (src/load/load-engine.ts), what the outcomes amount to
// (judge-requests.ts).
import {AccessPathError} from '../load/access-paths/access-path.ts'
import {createEngine} from '../load/load-engine.ts'
import type {Operation, Stamp} from '../load/operations/operation.ts'
import {HlError, messageOf} from '../model/errors.ts'
import {acknowledged, deadlineCode, type Op} from '../model/history.ts'
import type {Clock, EventSink} from '../model/ports.ts'
import {defaultLoad, type LoadSpec} from '../model/scenario.ts'
import {answerProblem, releaseAnswer} from './read-answer.ts'

/** One request that is due. */
export interface RequestContext {
  /** No other request of any test has it: fit for an idempotency key, or for the id of a row. */
  readonly id: string
  /** 1, 2, 3 … */
  readonly number: number
  /** Aborted when the request is over its deadline, and when the test ends early. */
  readonly signal: AbortSignal
}

/**
 * Sends one request to the service. It went well when this resolves, but for a `Response` that is not ok. What it
 * resolves with, where that is a text or a number, is the id of what was written; else the id it was given.
 */
export type SendRequest = (context: RequestContext) => unknown

export interface RequestLoadOptions {
  readonly request: SendRequest
  /** Of a lab of shards. */
  readonly shardOf?: ((context: RequestContext) => string | Promise<string>) | undefined
  readonly ratePerSecond: number
  readonly deadlineMs: number
  /** Begins the ids of this load. */
  readonly run: string
  readonly clock: Clock
  readonly emit: EventSink
}

/** What is seen of it while it runs. */
export interface LoadView {
  readonly ok: number
  readonly failed: number
  /**
   * Since when requests have ended well without a pause; null: the last one that ended did not go well, or none has
   * ended for a while.
   */
  readonly goodSinceMs: number | null
  /** When the youngest request that went well was sent. */
  readonly newestGoodMs: number | null
  /** What was said of the last one that did not go well. */
  readonly lastError: unknown
}

/** The load that requests are: writes alone. */
export function requestLoadSpec(ratePerSecond: number, deadlineMs: number): LoadSpec {
  return {
    ...defaultLoad,
    writesPerSecond: ratePerSecond,
    transfersPerSecond: 0,
    primaryReadsPerSecond: 0,
    standbyReadsPerSecond: 0,
    pinnedWritesPerSecond: 0,
    deadlineMs,
  }
}

export class RequestLoad {
  readonly ops: Op[] = []
  readonly load: LoadSpec
  readonly #options: RequestLoadOptions
  readonly #engine: ReturnType<typeof createEngine>
  readonly #open = new Map<number, AbortController>()
  readonly #written = new Map<number, string>()
  readonly #shards = new Map<number, string>()
  readonly #pauseMs: number
  #goodSinceMs: number | null = null
  #lastGoodMs = 0
  #failed = 0
  #newestGoodMs: number | null = null
  #lastError: unknown = null

  constructor(options: RequestLoadOptions) {
    const {ratePerSecond, deadlineMs, run, clock, emit} = options
    this.#options = options
    this.#pauseMs = unbrokenMs(ratePerSecond)
    this.load = requestLoadSpec(ratePerSecond, deadlineMs)
    this.#engine = createEngine({
      run,
      load: this.load,
      nodes: [],
      operations: {append: stamp => this.#operation(stamp), transfer: notOfRequests, read: notOfRequests},
      openPinned: notOfRequests,
      nodeAt: () => undefined,
      clock,
      onOp: op => this.#record(op),
      emit,
    })
  }

  start(): void {
    this.#engine.start()
  }

  /** Sends no more; resolves when each request has its outcome, at its deadline at the latest. */
  async stop(): Promise<void> {
    await this.#engine.stop()
  }

  /** Sends no more and waits for nothing. */
  abandon(): void {
    this.#engine.close()
    for (const controller of this.#open.values()) controller.abort(new Error('the test has ended'))
  }

  view(): LoadView {
    const isPause = this.#options.clock.nowMs() - this.#lastGoodMs > this.#pauseMs
    return {
      ok: this.ops.length - this.#failed,
      failed: this.#failed,
      goodSinceMs: isPause ? null : this.#goodSinceMs,
      newestGoodMs: this.#newestGoodMs,
      lastError: this.#lastError,
    }
  }

  /** The id of what a request wrote: as it said, else as it was told. */
  idOf(number: number): string {
    return this.#written.get(number) ?? this.#given(number)
  }

  #given(number: number): string {
    return `${this.#options.run}-${number}`
  }

  #operation(stamp: Stamp): Operation {
    const controller = new AbortController()
    this.#open.set(stamp.id, controller)
    return {
      stamp,
      changes: true,
      send: async attempt => {
        attempt.sent = true
        await this.#send(stamp.id, controller.signal)
        return {row: null, node: null, timeline: null, localOnly: false}
      },
      record: finish => {
        const shard = this.#shards.get(stamp.id)
        const shards = shard === undefined ? {} : {shards: [shard]}
        return {kind: 'append', ...stamp, ...finish, ...shards, session: 0, version: stamp.id}
      },
    }
  }

  async #send(number: number, signal: AbortSignal): Promise<void> {
    const context = {id: this.#given(number), number, signal}
    const {request, shardOf} = this.#options
    try {
      if (shardOf !== undefined) this.#shards.set(number, await shardOf(context))
      const answer = await request(context)
      const problem = answerProblem(answer)
      releaseAnswer(answer)
      if (problem !== null) throw new AccessPathError(problem.reach, problem.code, problem.message)
      if (typeof answer === 'string' || typeof answer === 'number' || typeof answer === 'bigint')
        this.#written.set(number, String(answer))
    } catch (error) {
      this.#lastError = error
      throw error instanceof AccessPathError ? error : new AccessPathError('unknown', codeOf(error), messageOf(error))
    }
  }

  #wentWell({invokedMs, completedMs}: Op): void {
    if (this.#goodSinceMs === null || completedMs - this.#lastGoodMs > this.#pauseMs) this.#goodSinceMs = completedMs
    this.#lastGoodMs = completedMs
    this.#newestGoodMs = Math.max(this.#newestGoodMs ?? 0, invokedMs)
  }

  #record(op: Op): void {
    this.ops.push(op)
    const controller = this.#open.get(op.id)
    this.#open.delete(op.id)
    if (acknowledged(op)) this.#wentWell(op)
    else {
      this.#failed += 1
      this.#goodSinceMs = null
    }
    if (op.error?.code !== deadlineCode) return
    this.#lastError = new Error(op.error.message)
    controller?.abort(new Error('the request is over its deadline'))
  }
}

/** A service is back when requests end well for so long, without a pause as long; of a thin load for three requests. */
export const unbrokenMs = (ratePerSecond: number): number => Math.max(1_000, 3_000 / ratePerSecond)

/** As drivers and runtimes name what went wrong; a failed fetch has it in its cause. */
function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  if ('code' in error && typeof error.code === 'string') return error.code
  return codeOf(error.cause)
}

function notOfRequests(): never {
  throw new HlError('BUG', 'a load of requests has appends alone', {next: ['report this with the test you ran']})
}
