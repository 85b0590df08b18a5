// What the router knows of statements, and when it learns more: the parser and the catalogue of the database are loaded
// after the first statement, in the background, and the catalogue again when a name is met that is not in it.
// Invariants: until then, and where that fails, fewer statements count as reads; however many names are unknown, it is
// asked seldom. Not here: what a text is (plan-cache.ts).
import {messageOf} from '../failures/router-error.ts'
import {nowMs} from '../time/deadline.ts'
import type {Tell} from '../topology/watch.ts'
import {isSameCatalogue, type FunctionCatalogue} from './function-catalogue.ts'
import type {StatementPlan} from './statement-plan.ts'
import {PlanCache} from './plan-cache.ts'

/** Asks the database for its functions; rejects while there is nobody to ask. */
export type LoadCatalogue = () => Promise<FunctionCatalogue>

/** After a failure, how long nothing is asked. */
const afterFailureMs = 5_000
/** Between two questions for the catalogue, so long at least; twice as long after each that brought nothing new. */
const againAfterMs = 1_000
const againAfterMostMs = 300_000

export class Knowledge {
  readonly #plans = new PlanCache()
  readonly #loadCatalogue: LoadCatalogue
  readonly #tell: Tell
  #parser: Promise<unknown> | null = null
  /** The first time that everything is loaded. */
  #loading: Promise<void> | null = null
  #refreshing = false
  #catalogue: FunctionCatalogue | null = null
  #pauseMs = againAfterMs
  #notBeforeMs = -Infinity

  constructor(loadCatalogue: LoadCatalogue, tell: Tell) {
    this.#loadCatalogue = loadCatalogue
    this.#tell = tell
  }

  /** At once, by what is known now. */
  planOf(text: string): StatementPlan {
    if (this.#loading === null) void this.complete()
    const plan = this.#plans.planOf(text)
    if (plan.isProvisional) this.#refresh()
    return plan
  }

  /** The same without a reason to learn more: whatever the text is, it goes where its caller says. */
  planSoFar(text: string): StatementPlan {
    return this.#plans.planOf(text)
  }

  /** A standby refused this text with this SQLSTATE, and the primary served it. */
  learn(text: string, sqlState: string): void {
    this.#plans.learn(text, sqlState)
    // A function that has become volatile, a table that is unlogged by now.
    this.#refresh()
  }

  /** Resolves when everything is loaded that can be; never rejects. */
  complete(): Promise<void> {
    if (this.#loading === null && nowMs() >= this.#notBeforeMs) this.#loading = this.#load()
    return this.#loading ?? Promise.resolve()
  }

  /** Asks for the catalogue again, in the background, unless it was asked a short while ago. */
  #refresh(): void {
    if (this.#catalogue === null || this.#refreshing || nowMs() < this.#notBeforeMs) return
    this.#refreshing = true
    void this.#load().finally(() => (this.#refreshing = false))
  }

  async #load(): Promise<void> {
    this.#parser ??= this.#plans.loadParser()
    await this.#parser
    try {
      const catalogue = await this.#loadCatalogue()
      const isNew = this.#catalogue === null || !isSameCatalogue(this.#catalogue, catalogue)
      this.#pauseMs = isNew ? againAfterMs : Math.min(2 * this.#pauseMs, againAfterMostMs)
      this.#notBeforeMs = nowMs() + this.#pauseMs
      this.#catalogue = catalogue
      if (!isNew) return
      this.#plans.use(catalogue)
      this.#tell('catalogue', {error: null, functions: catalogue.known.size})
    } catch (error) {
      this.#notBeforeMs = nowMs() + afterFailureMs
      this.#loading = this.#catalogue === null ? null : this.#loading
      this.#tell('catalogue', {error: messageOf(error), functions: 0})
    }
  }
}
