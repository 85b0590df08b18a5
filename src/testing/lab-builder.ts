// What the builders of labs for tests have in common, in the idiom of testcontainers. Not here: what each makes
// (patroni-cluster.ts, sharded-lab.ts).

/** Of a lab that is to be made. */
export interface LabChoices {
  /** null: drawn. */
  readonly name: string | null
  /** One of that name that is there is taken as it is, and none is taken away. */
  readonly reuse: boolean
  /** Where folders of runs are made; null: as the environment has it. */
  readonly runs: string | null
  readonly progress: (text: string) => void
}

/** Nothing is looked at or made before `start()`. */
export abstract class LabBuilder {
  #choices: LabChoices

  protected constructor(name: string | null) {
    this.#choices = {name, reuse: false, runs: null, progress: () => undefined}
  }

  /** The name of the lab, in place of one that is drawn: no other test may have the same. */
  withName(name: string): this {
    return this.#choose({name})
  }

  /** A lab of that name that is there is taken as it is, and stop() leaves it: for work at one's desk. */
  withReuse(): this {
    return this.#choose({reuse: true})
  }

  /** Where folders of failures and of scenarios are made; unless told HL_RUNS, or `.hl/runs`. */
  withRuns(folder: string): this {
    return this.#choose({runs: folder})
  }

  /** Told before each step of the start. */
  withProgress(progress: (text: string) => void): this {
    return this.#choose({progress})
  }

  protected get choices(): LabChoices {
    return this.#choices
  }

  #choose(choices: Partial<LabChoices>): this {
    this.#choices = {...this.#choices, ...choices}
    return this
  }
}
