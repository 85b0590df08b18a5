// Connections that were given back and stay here for a moment, because the next statement usually comes before that is
// over. Invariant: the last one in is the first one out, so those that are idle for longest are at the beginning.
// Not here: how long they stay (node-pools.ts sweeps).
import type {Connection} from './connection.ts'

export class IdleCache {
  readonly #connections: Connection[] = []
  #sweeps = 0

  get size(): number {
    return this.#connections.length
  }

  add(connection: Connection): void {
    connection.idleSince = this.#sweeps
    this.#connections.push(connection)
  }

  /** The last one; it may be broken by now. */
  take(): Connection | undefined {
    return this.#connections.pop()
  }

  /** False when it was not here. */
  remove(connection: Connection): boolean {
    const index = this.#connections.indexOf(connection)
    if (index !== -1) this.#connections.splice(index, 1)
    return index !== -1
  }

  /** Takes out those that have been here since the last sweep or longer. */
  sweep(): readonly Connection[] {
    const sweep = this.#sweeps++
    let count = 0
    while ((this.#connections[count]?.idleSince ?? Infinity) < sweep) count++
    return this.#connections.splice(0, count)
  }

  /** Takes all of them out. */
  clear(): readonly Connection[] {
    return this.#connections.splice(0)
  }
}
