// Work that takes its turn, in the order in which it was asked for. Invariant: what fails keeps nothing else from its
// turn. Not here: what the work is.

export class OneAtATime {
  #last: Promise<unknown> = Promise.resolve()

  async run<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => undefined)
    return turn
  }
}
