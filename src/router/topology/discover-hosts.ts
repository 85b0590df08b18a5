// Servers that a person listed, asked by SQL. Invariant: the list never changes. Not here: asking (monitors.ts).
import type {Discovery, DiscoveryListener, NodeAddress} from './discovery.ts'
import {Monitors, type SqlAccess} from './monitors.ts'

export class HostsDiscovery implements Discovery {
  readonly #nodes: readonly NodeAddress[]
  readonly #monitors: Monitors

  constructor(nodes: readonly NodeAddress[], access: SqlAccess, listener: DiscoveryListener) {
    this.#nodes = nodes
    this.#monitors = new Monitors(access, listener)
  }

  start(): void {
    this.#monitors.set('hosts', this.#nodes)
  }

  get sources(): readonly string[] {
    return this.#monitors.sources
  }

  kick(): void {
    this.#monitors.kick()
  }

  stop(): void {
    this.#monitors.stop()
  }
}
