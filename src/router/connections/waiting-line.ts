// Who waits for a connection, and who is next. Pure but for the line itself. Invariants: first come, first served,
// while whoever is first has most of its time left; then newest first. After an outage the line is full of requests
// that are nearly out of time: served from the front, each one would be sent too late to be answered, and its fate
// unknown, while those behind it grow as old (adaptive LIFO: Maurer, "Fail at Scale", ACM Queue 13(8), 2015). Not here:
// the connections (node-pool.ts).
import type {Sharing} from './choose-shared.ts'
import type {Connection} from './connection.ts'

/** Exactly one of the two is given. Called at once where a connection is free. */
export type TakeCallback = (error: Error | null, connection: Connection | null) => void

/** How long someone has waited and may wait, monotonic ms. */
export interface Patience {
  /** When the request began, which may be long before it came here. */
  readonly sinceMs: number
  /** When its time is over. */
  readonly untilMs: number
}

export class Waiter implements Patience {
  readonly callback: TakeCallback
  readonly sharing: Sharing
  readonly sinceMs: number
  readonly untilMs: number
  waits = false
  before: Waiter | null = null
  after: Waiter | null = null

  constructor(callback: TakeCallback, sharing: Sharing, {sinceMs, untilMs}: Patience) {
    this.callback = callback
    this.sharing = sharing
    this.sinceMs = sinceMs
    this.untilMs = untilMs
  }
}

/** Has it waited for longer than it still may? */
export function isOld({sinceMs, untilMs}: Patience, nowMs: number): boolean {
  return nowMs - sinceMs > untilMs - nowMs
}

/** A linked list, since anybody in it may leave. */
export class WaitingLine {
  #first: Waiter | null = null
  #last: Waiter | null = null
  #size = 0

  get size(): number {
    return this.#size
  }

  add(waiter: Waiter): void {
    waiter.waits = true
    waiter.before = this.#last
    if (this.#last === null) this.#first = waiter
    else this.#last.after = waiter
    this.#last = waiter
    this.#size++
  }

  /** false: it waited no more. */
  remove(waiter: Waiter): boolean {
    if (!waiter.waits) return false
    const {before, after} = waiter
    if (before === null) this.#first = after
    else before.after = after
    if (after === null) this.#last = before
    else after.before = before
    waiter.waits = false
    waiter.before = null
    waiter.after = null
    this.#size--
    return true
  }

  /** Who is to be served; null: nobody waits. */
  next(nowMs: number): Waiter | null {
    return this.#first !== null && isOld(this.#first, nowMs) ? this.#last : this.#first
  }

  /** Those for whom `isIt` holds, in the order in which they came. */
  filter(isIt: (waiter: Waiter) => boolean): readonly Waiter[] {
    const found: Waiter[] = []
    for (let waiter = this.#first; waiter !== null; waiter = waiter.after) if (isIt(waiter)) found.push(waiter)
    return found
  }
}
