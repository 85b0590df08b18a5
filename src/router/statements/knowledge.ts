// What the router knows of statements, and when it learns more: the parser and the functions of the database are loaded
// after the first statement, in the background. Invariant: until then, and where that fails, fewer statements count as
// reads, never more. Not here: what a text is (plan-cache.ts).
import {nowMs} from '../time/deadline.ts'
import type {Tell} from '../topology/watch.ts'
import type {FunctionCatalogue} from './function-catalogue.ts'
import type {StatementPlan} from './statement-plan.ts'
import {PlanCache} from './plan-cache.ts'

/** Asks the database for its functions; rejects while there is nobody to ask. */
export type LoadCatalogue = () => Promise<FunctionCatalogue>

/** After a failure, how long nothing is asked. */
const againAfterMs = 5_000

export class Knowledge {
  readonly #plans = new PlanCache()
  readonly #loadCatalogue: LoadCatalogue
  readonly #tell: Tell
  #loading: Promise<void> | null = null
  #notBeforeMs = -Infinity

  constructor(loadCatalogue: LoadCatalogue, tell: Tell) {
    this.#loadCatalogue = loadCatalogue
    this.#tell = tell
  }

  /** At once, by what is known now. */
  planOf(text: string): StatementPlan {
    if (this.#loading === null) void this.complete()
    return this.#plans.planOf(text)
  }

  /** A standby refused this text as something that writes. */
  learnWrite(text: string): void {
    this.#plans.learnWrite(text)
  }

  /** Resolves when everything is loaded that can be; never rejects. */
  complete(): Promise<void> {
    if (this.#loading === null && nowMs() >= this.#notBeforeMs) this.#loading = this.#load()
    return this.#loading ?? Promise.resolve()
  }

  async #load(): Promise<void> {
    await this.#plans.loadParser()
    try {
      const catalogue = await this.#loadCatalogue()
      this.#plans.use(catalogue)
      this.#tell('catalogue', {error: null, functions: catalogue.known.size})
    } catch (error) {
      this.#notBeforeMs = nowMs() + againAfterMs
      this.#loading = null
      this.#tell('catalogue', {error: error instanceof Error ? error.message : String(error), functions: 0})
    }
  }
}
