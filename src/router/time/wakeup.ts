// Waiting for a change, bounded in time. Invariant: a waiter leaves nothing behind, however its wait ends. Not here:
// what changed.

/** Wakes all who wait on it. */
export class Wakeup {
  readonly #waiters = new Set<() => void>()

  wake(): void {
    for (const resume of [...this.#waiters]) resume()
  }

  /** Resolves on wake(), on abort and after `mostMs`; the caller looks what it was. Never rejects. */
  wait(signal: AbortSignal, mostMs?: number): Promise<void> {
    return new Promise(resolve => {
      const resume = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', resume)
        this.#waiters.delete(resume)
        resolve()
      }
      const timer = mostMs === undefined ? undefined : setTimeout(resume, mostMs)
      this.#waiters.add(resume)
      signal.addEventListener('abort', resume)
      if (signal.aborted) resume()
    })
  }
}
