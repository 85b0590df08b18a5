// Takes away what the benchmark started, on any end of it. Invariants: the newest first; one that fails does not keep
// the others from running; all of it runs once, and then nothing can be started any more.
// Not here: what there is to take away (whoever starts it says so).

export interface Undo {
  /** Called at the end, and on Ctrl-C. Must not throw when there is nothing left to do. */
  defer(what: string, undo: () => Promise<unknown>): void
}

export class UndoStack implements Undo {
  readonly #steps: {readonly what: string; readonly undo: () => Promise<unknown>}[] = []
  readonly #tell: (text: string) => void
  #running: Promise<void> | null = null

  constructor(tell: (text: string) => void) {
    this.#tell = tell
  }

  defer(what: string, undo: () => Promise<unknown>): void {
    if (this.#running !== null) throw new Error('everything is being taken away')
    this.#steps.push({what, undo})
  }

  run(): Promise<void> {
    this.#running ??= this.#runAll()
    return this.#running
  }

  async #runAll(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      const {what, undo} = step
      await undo().catch((error: unknown) =>
        this.#tell(`${what} failed: ${error instanceof Error ? error.message : String(error)}`),
      )
    }
  }

  /**
   * From now on the first Ctrl-C (or SIGTERM) undoes everything and ends the process; further ones are left alone,
   * since half of an undo helps nobody. Returns how to end that.
   */
  runOnSignals(): () => void {
    let isInterrupted = false
    const interrupted = (): void => {
      if (isInterrupted) return
      isInterrupted = true
      this.#tell('interrupted: taking everything away')
      void this.run().then(() => process.exit(130))
    }
    const signals = ['SIGINT', 'SIGTERM'] as const
    for (const signal of signals) process.on(signal, interrupted)
    return () => {
      for (const signal of signals) process.off(signal, interrupted)
    }
  }
}
