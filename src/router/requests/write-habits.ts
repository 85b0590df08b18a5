// Whether a query that may write, because of a function that it calls, is worth asking whether it did. Pure. Invariant:
// what is not asked counts as a write. Not here: asking (connections/send-measured.ts).
import type {StatementPlan} from '../statements/statement-plan.ts'

/** One that wrote is not asked again for so long: most of what writes does so every time. */
const writesForMs = 10_000

export class WriteHabits {
  readonly #wroteAtMs = new WeakMap<StatementPlan, number>()

  mayBeRead(plan: StatementPlan, nowMs: number): boolean {
    return (
      plan.kind === 'write' &&
      plan.commits === 'perhaps' &&
      nowMs - (this.#wroteAtMs.get(plan) ?? -Infinity) > writesForMs
    )
  }

  noteWrite(plan: StatementPlan, nowMs: number): void {
    this.#wroteAtMs.set(plan, nowMs)
  }
}
