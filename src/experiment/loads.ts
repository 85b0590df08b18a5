// The loads of an experiment: the one from the start and the one after a restore. Invariant: every stop is bounded, and
// one that failed is told; a load that cannot say what became of its operations leaves a history with a hole.
import {messageOf} from '../model/errors.ts'
import {hint, hintText, type NextStep} from '../model/command-hint.ts'
import type {Load} from '../model/ports.ts'
import {within} from '../waiting/await-until.ts'
import {partWithinMs} from './run-deadlines.ts'
import type {World} from './world.ts'

export interface Hole {
  readonly error: unknown
}

export class Loads {
  readonly #world: Pick<World, 'clock' | 'cluster' | 'emit'>
  #running: readonly Load[] = []
  #known: readonly Load[] = []
  #hole: Hole | null = null

  constructor(world: Pick<World, 'clock' | 'cluster' | 'emit'>) {
    this.#world = world
  }

  /** Makes its rows and connections; it is closed at the end, whatever comes of it. */
  async prepare(load: Load, wait: {readonly withinMs: number; readonly signal?: AbortSignal}): Promise<void> {
    this.#known = [...this.#known, load]
    await within(load.prepare(), {
      ...wait,
      clock: this.#world.clock,
      what: 'the tables and connections of the load',
    })
  }

  start(load: Load): void {
    this.#running = [...this.#running, load]
    load.start()
  }

  /** Stops those that run; the first hole that any stop so far left, null while there is none. */
  async stop(): Promise<Hole | null> {
    const running = this.#running
    this.#running = []
    for (const load of running) {
      try {
        await within(load.stop(), {
          clock: this.#world.clock,
          withinMs: partWithinMs,
          what: 'operations under way to end',
        })
      } catch (error) {
        this.#hole ??= {error}
        this.#warn(
          'history-incomplete',
          messageOf(error),
          'free what was missing and run it again; this run cannot be judged',
        )
      }
    }
    return this.#hole
  }

  /** Closes connections; never throws. */
  async close(): Promise<void> {
    for (const load of this.#known) {
      try {
        await within(load.close(), {clock: this.#world.clock, withinMs: partWithinMs, what: 'connections to close'})
      } catch (error) {
        this.#warn('end-failed', `closing the load: ${messageOf(error)}`, hint('status'))
      }
    }
  }

  #warn(code: string, detail: string, next: NextStep): void {
    const {clock, cluster, emit} = this.#world
    emit({kind: 'warning', atMs: clock.nowMs(), code, detail, next: hintText(next, cluster.lab, cluster.name)})
  }
}
