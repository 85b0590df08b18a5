// What happens while requests are measured, in the form in which a run of a scenario keeps it, so that the same rules
// judge it: events, and the steps that a test took. Invariant: one clock for all of it. Not here: judging
// (judge-requests.ts).
import {HlError, messageOf} from '../model/errors.ts'
import type {Clock} from '../model/ports.ts'
import type {RunEvent} from '../model/run-event.ts'
import type {Step} from '../model/scenario.ts'

export class Journal {
  readonly clock: Clock
  readonly events: RunEvent[] = []
  readonly steps: Step[] = []
  /** The clusters that were broken or handed over, the first one first. */
  readonly broken: string[] = []

  constructor(clock: Clock) {
    this.clock = clock
  }

  breaks(cluster: string): void {
    if (!this.broken.includes(cluster)) this.broken.push(cluster)
  }

  readonly emit = (event: RunEvent): void => void this.events.push(event)

  /** Does `work` as a step; what it throws is told, and thrown. */
  async step<T>(step: Step, label: string, withinMs: number, work: () => Promise<T>): Promise<T> {
    const at = {step: this.steps.push(step) - 1, label}
    this.emit({kind: 'step.started', atMs: this.clock.nowMs(), ...at, withinMs})
    try {
      const value = await work()
      this.emit({kind: 'step.done', atMs: this.clock.nowMs(), ...at, detail: label})
      return value
    } catch (error) {
      const code = error instanceof HlError ? error.code : 'BUG'
      this.emit({kind: 'step.failed', atMs: this.clock.nowMs(), ...at, code, message: messageOf(error)})
      throw error
    }
  }
}
