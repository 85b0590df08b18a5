// One timer for many who wait: looks now and then while anybody does. Invariant: it runs only while there is something
// to look after. Not here: what is looked for.

export class Sweep {
  readonly #everyMs: number
  readonly #look: () => boolean
  #timer: NodeJS.Timeout | null = null

  /** `look` says whether there is still something to look after. */
  constructor(everyMs: number, look: () => boolean) {
    this.#everyMs = everyMs
    this.#look = look
  }

  /** There is something from now on. Costs a comparison while it runs. */
  watch(): void {
    this.#timer ??= setTimeout(this.#fire, this.#everyMs)
  }

  stop(): void {
    clearTimeout(this.#timer ?? undefined)
    this.#timer = null
  }

  readonly #fire = (): void => {
    this.#timer = null
    if (this.#look()) this.watch()
  }
}
