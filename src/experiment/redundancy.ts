// Notices when the cluster is fully redundant again after the newest fault was healed, and tells it once. Invariant:
// never told while a fault is in place.
// Not here: what full redundancy means (model/topology.ts).
import type {Cluster} from '../model/ports.ts'
import {healthProblems} from '../model/topology.ts'
import type {ClusterSettings, ClusterState} from '../model/topology.ts'
import {awaitUntil, holds, notYet} from '../waiting/await-until.ts'
import type {PollResult} from '../waiting/await-until.ts'
import type {UndoStack} from './undo-stack.ts'
import type {World} from './world.ts'

/** Looking is a round of requests to every member; twice a second is enough for a figure in seconds. */
const everyMs = 500

/** The cluster that is looked at; `name` is that of its events, absent for the one that the run began with. */
export interface Subject {
  readonly cluster: Pick<Cluster, 'state'>
  readonly settings: ClusterSettings
  readonly name?: string
}

export class Redundancy {
  readonly #world: Pick<World, 'clock' | 'emit'>
  readonly #stack: UndoStack
  #subject: Subject
  /** The gate before a run has seen it. */
  #told = true

  constructor(subject: Subject, world: Pick<World, 'clock' | 'emit'>, stack: UndoStack) {
    this.#subject = subject
    this.#world = world
    this.#stack = stack
  }

  /** From now on it is about another cluster, which is not fully redundant yet. */
  follow(subject: Subject): void {
    this.#subject = subject
    this.#told = false
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
  async watchUntil(untilMs: number, signal: AbortSignal): Promise<void> {
    const {clock} = this.#world
    const look = async (): Promise<PollResult<undefined>> => {
      if (this.#stack.pending.length > 0) return holds(undefined)
      await this.see()
      return this.#told ? holds(undefined) : notYet('not fully redundant')
    }
    const bounds = {clock, signal, withinMs: untilMs - clock.nowMs(), everyMs, tolerant: true}
    await awaitUntil(look, {...bounds, what: 'full redundancy'}).catch(() => signal.throwIfAborted())
  }

  /**
   * Waits for it; true, or HlError TIMEOUT with what stands in the way.
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

  /** By the settings of the cluster that it is about. */
  problemsOf(state: ClusterState): readonly string[] {
    return healthProblems(state, this.#subject.settings)
  }

  /** What stands in the way; empty when there is full redundancy, which is then told. */
  async #look(): Promise<readonly string[]> {
    if (this.#stack.pending.length > 0) return [`still in place: ${this.#stack.pending.join(', ')}`]
    const {cluster, name} = this.#subject
    const state = await cluster.state()
    const problems = this.problemsOf(state)
    if (problems.length === 0 && !this.#told) {
      this.#told = true
      const {clock, emit} = this.#world
      emit({
        kind: 'cluster.healthy',
        atMs: clock.nowMs(),
        timeline: state.timeline,
        ...(name === undefined ? {} : {cluster: name}),
      })
    }
    return problems
  }
}
