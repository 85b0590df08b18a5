// How long the answers to one statement take, so that only short ones share a connection: whoever shares waits for
// those before it. Pure.
// Not here: sharing (connections/node-pool.ts).
import type {Sharing} from '../connections/choose-shared.ts'
import type {StatementPlan} from '../statements/statement-plan.ts'

/** Before so many answers nothing is known. */
const answersMin = 5
/** Longer ones, in the mean, are alone on their connection. */
const shortMs = 5
/**
 * A row or a few by an index: to send several of these in one packet costs less than it takes to answer them one after
 * the other.
 */
const tinyMs = 1
/**
 * What one answer weighs in the mean. A mean, since the longest of late says more of this process's pauses than of the
 * statement.
 */
const weight = 1 / 16

export class AnswerTime {
  #answers = 0
  #meanMs = 0

  /** It was answered after `ms` in which nothing else stood before it. */
  note(ms: number): void {
    this.#answers++
    this.#meanMs += (ms - this.#meanMs) * (this.#answers === 1 ? 1 : weight)
  }

  /** By what is known: the next one may be longer than all before it. */
  get sharing(): Sharing {
    if (this.#answers < answersMin || this.#meanMs > shortMs) return 'never'
    return this.#meanMs <= tinyMs ? 'first' : 'when-full'
  }
}

/** Of a statement that must be alone however short it is. */
export class UnsharedAnswerTime extends AnswerTime {
  override get sharing(): Sharing {
    return 'never'
  }
}

/** One for each plan of a read, for as long as the plan is remembered. */
export class AnswerTimes {
  readonly #known = new WeakMap<StatementPlan, AnswerTime>()

  of(plan: StatementPlan): AnswerTime {
    const known = this.#known.get(plan)
    if (known !== undefined) return known
    const made = new AnswerTime()
    this.#known.set(plan, made)
    return made
  }
}
