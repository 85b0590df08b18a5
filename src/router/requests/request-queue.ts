// How many requests wait, and how many may. Invariant: whoever would wait when too many do is refused at once.
// Not here: what they wait for (placement.ts, failed-tries.ts) and who waits for a connection (connections/).
import {RouterError} from '../failures/router-error.ts'

export class RequestQueue {
  readonly #queueMax: number
  readonly #forConnections: {readonly waitingCount: number}
  #waiting = 0
  /** From now on nothing is taken. */
  hasEnded = false

  /** `forConnections`: who waits there counts too. */
  constructor(queueMax: number, forConnections: {readonly waitingCount: number}) {
    this.#queueMax = queueMax
    this.#forConnections = forConnections
  }

  /** Requests that wait for a node, a connection or the right moment. */
  get waitingCount(): number {
    return this.#waiting + this.#forConnections.waitingCount
  }

  get isFull(): boolean {
    return this.waitingCount >= this.#queueMax
  }

  /** Counts what waits in `work`; throws QUEUE_FULL at once when too much does. */
  async waitIn<R>(work: () => Promise<R>): Promise<R> {
    this.refuseIfFull()
    this.#waiting++
    try {
      return await work()
    } finally {
      this.#waiting--
    }
  }

  refuseIfFull(): void {
    if (this.isFull)
      throw new RouterError('QUEUE_FULL', `${this.waitingCount} requests wait already`, {outcome: 'not-sent'})
  }
}
