// Connections that were given back and wait a moment for their next user. Invariant: the last to rest is the first to
// be used, so the longest rests are at the beginning. Not here: for how long (node-pool.ts says when one has rested
// enough).
import type {Connection} from './connection.ts'

export class Resting {
  readonly #connections: Connection[] = []
  #sweeps = 0

  get size(): number {
    return this.#connections.length
  }

  add(connection: Connection): void {
    connection.restsSince = this.#sweeps
    this.#connections.push(connection)
  }

  /** The last one; it may be broken by now. */
  take(): Connection | undefined {
    return this.#connections.pop()
  }

  /** False when it did not rest. */
  remove(connection: Connection): boolean {
    const index = this.#connections.indexOf(connection)
    if (index !== -1) this.#connections.splice(index, 1)
    return index !== -1
  }

  /** Those that have rested since the last sweep or longer, which rest no more. */
  sweep(): readonly Connection[] {
    const sweep = this.#sweeps++
    let count = 0
    while ((this.#connections[count]?.restsSince ?? Infinity) < sweep) count++
    return this.#connections.splice(0, count)
  }

  /** All of them, which rest no more. */
  clear(): readonly Connection[] {
    return this.#connections.splice(0)
  }
}
