// Notices when the cluster is fully redundant again after the newest fault was healed, and tells it once. Invariant:
// never told while a fault is in place.
// Not here: what full redundancy means (model/topology.ts).
import {healthProblems} from '../model/topology.ts'
import type {ClusterSettings} from '../model/topology.ts'
import {awaitUntil, within} from '../waiting/await-until.ts'
import type {PollResult} from '../waiting/await-until.ts'
import type {UndoStack} from './undo-stack.ts'
import type {World} from './world.ts'

/** Looking is a round of requests to every member; twice a second is enough for a figure in seconds. */
const everyMs = 500

export class Redundancy {
  readonly #settings: ClusterSettings
  readonly #world: World
  readonly #stack: UndoStack
  /** The gate before a run has seen it. */
  #told = true

  constructor(settings: ClusterSettings, world: World, stack: UndoStack) {
    this.#settings = settings
    this.#world = world
    this.#stack = stack
  }

  /** Something is about to break it. */
  lost(): void {
    this.#told = false
  }

  /** One look, where one is due. Throws what the cluster throws. */
  async see(): Promise<void> {
    if (!this.#told) await this.#look()
  }

  /**
   * Keeps looking until it is told, or until `untilMs` of the run's clock; a look that fails is a look that saw
   * nothing.
   */
  async watchUntil(untilMs: number): Promise<void> {
    const {clock, signal} = this.#world
    while (!this.#told && this.#stack.pending.length === 0 && clock.nowMs() < untilMs) {
      await within(this.see(), {clock, withinMs: untilMs - clock.nowMs(), signal, what: 'full redundancy'}).catch(
        () => undefined,
      )
      signal.throwIfAborted()
      await clock.wait(Math.max(0, Math.min(everyMs, untilMs - clock.nowMs())), signal)
    }
  }

  /**
   * Waits for it at the end of a run, whatever became of the run; true, or HlError TIMEOUT with what stands in the way.
   */
  async wait(withinMs: number, signal: AbortSignal | undefined): Promise<true> {
    const look = async (): Promise<PollResult<true>> => {
      const problems = await this.#look()
      return problems.length === 0 ? {holds: true, value: true} : {holds: false, seen: problems.join('; ')}
    }
    return awaitUntil(look, {
      clock: this.#world.clock,
      withinMs,
      everyMs,
      signal,
      what: 'full redundancy',
      tolerant: true,
    })
  }

  /** What stands in the way; empty when there is full redundancy, which is then told. */
  async #look(): Promise<readonly string[]> {
    if (this.#stack.pending.length > 0) return [`still in place: ${this.#stack.pending.join(', ')}`]
    const state = await this.#world.cluster.state()
    const problems = healthProblems(state, this.#settings)
    if (problems.length === 0 && !this.#told) {
      this.#told = true
      this.#world.emit({kind: 'cluster.healthy', atMs: this.#world.clock.nowMs(), timeline: state.timeline})
    }
    return problems
  }
}
