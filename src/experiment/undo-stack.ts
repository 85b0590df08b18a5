// What has to be undone, last first. Invariant: an undo is pushed BEFORE its deed, so that no exit, however early,
// leaves the deed behind; each undo is tried even when another fails. Not here: what an undo does (src/faults,
// run-settings.ts).
import {messageOf} from '../model/errors.ts'
import type {Clock} from '../model/ports.ts'
import {within} from '../waiting/await-until.ts'

export interface UndoFailure {
  readonly id: string
  readonly message: string
}

interface Entry {
  readonly id: string
  readonly undo: () => Promise<void>
}

export class UndoStack {
  readonly #clock: Clock
  #entries: readonly Entry[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Ids in the order in which they would be undone. */
  get pending(): readonly string[] {
    return this.#entries.map(entry => entry.id).toReversed()
  }

  push(id: string, undo: () => Promise<void>): void {
    this.#entries = [...this.#entries, {id, undo}]
  }

  /**
   * Undoes one; it leaves the stack only when that worked, so that a failed heal is tried again at the end. Throws what
   * the undo threw, or HlError TIMEOUT.
   */
  async undo(id: string, withinMs: number): Promise<void> {
    const entry = this.#entries.findLast(candidate => candidate.id === id)
    if (entry === undefined) return
    await within(entry.undo(), {clock: this.#clock, withinMs, what: `${id} to be undone`})
    this.#entries = this.#entries.filter(candidate => candidate !== entry)
  }

  /**
   * Undoes everything, last first, each with `withinMsEach`. Never throws: what failed is returned, and leaves the
   * stack.
   */
  async unwind(withinMsEach: number): Promise<readonly UndoFailure[]> {
    const failures: UndoFailure[] = []
    for (let entry = this.#entries.at(-1); entry !== undefined; entry = this.#entries.at(-1)) {
      try {
        await this.undo(entry.id, withinMsEach)
      } catch (error) {
        failures.push({id: entry.id, message: messageOf(error)})
        this.#entries = this.#entries.slice(0, -1)
      }
    }
    return failures
  }
}
