// Virtual time: a run of minutes takes milliseconds, and the same run takes the same course. Invariant: time moves only
// while nothing else can happen.
import type {Clock} from '../../src/model/ports.ts'

interface Timer {
  readonly atMs: number
  readonly fire: () => void
  /** Settles no promise, so nobody has to be given a turn afterwards. */
  readonly plain: boolean
}

export class FakeClock implements Clock {
  #nowMs = 0
  #timers: Timer[] = []

  nowMs(): number {
    return this.#nowMs
  }

  wallTime(): string {
    return new Date(Date.UTC(2026, 0, 1) + this.#nowMs).toISOString()
  }

  wait(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(reasonOf(signal))
        return
      }
      const timer = this.#at(this.#nowMs + Math.max(0, ms), () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      })
      const abort = (): void => {
        this.#timers = this.#timers.filter(other => other !== timer)
        if (signal !== undefined) reject(reasonOf(signal))
      }
      signal?.addEventListener('abort', abort, {once: true})
    })
  }

  /** Calls `work` every `ms` of virtual time; returns what ends it. `plain` work settles no promise. */
  every(ms: number, work: () => void, plain = true): () => void {
    let ended = false
    const again = (): void => {
      if (ended) return
      work()
      this.#at(this.#nowMs + ms, again, plain)
    }
    this.#at(this.#nowMs + ms, again, plain)
    return () => void (ended = true)
  }

  /** Calls `work` once, at `ms` from now. */
  after(ms: number, work: () => void): void {
    this.#at(this.#nowMs + ms, work)
  }

  /**
   * Moves time from timer to timer until `work` settles. Throws when nothing is left that could settle it, or after a
   * day.
   */
  async run<T>(work: Promise<T>): Promise<T> {
    const settled = new AbortController()
    const done = work.finally(() => settled.abort())
    done.catch(() => undefined)
    for (let turn = true; ;) {
      if (turn) await idle()
      if (settled.signal.aborted) return done
      const next = this.#timers.shift()
      if (next === undefined) throw new Error('nothing is scheduled, and the work has not settled')
      if (next.atMs > 86_400_000) throw new Error('the work did not settle within a day')
      this.#nowMs = next.atMs
      next.fire()
      turn = !next.plain
    }
  }

  #at(atMs: number, fire: () => void, plain = false): Timer {
    const timer = {atMs, fire, plain}
    const place = this.#timers.findIndex(other => other.atMs > atMs)
    this.#timers.splice(place === -1 ? this.#timers.length : place, 0, timer)
    return timer
  }
}

/** Lets every promise that can go on go on; one that reads a real file goes on when that was read. */
async function idle(): Promise<void> {
  do await new Promise(resolve => setImmediate(resolve))
  while (process.getActiveResourcesInfo().some(name => /^(?:FS|Close)Req/.test(name)))
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason))
}
