// The servers that are asked by SQL, each by a monitor of its own, so one that hangs delays nobody. Invariants: an
// address is told before anything of its server; nothing is told of a server that was taken off. Not here: which
// servers there are (discover-hosts.ts, discover-dns.ts), asking one (sql-monitor.ts).
import {nowMs} from '../time/deadline.ts'
import type {AskTimes, DiscoveryListener, NodeAddress} from './discovery.ts'
import {PollInterval} from './poll-interval.ts'
import {SqlLine, type Connect} from './sql-line.ts'
import {SqlMonitor} from './sql-monitor.ts'

export interface SqlAccess {
  readonly connect: Connect
  readonly times: AskTimes
}

export class Monitors {
  readonly #access: SqlAccess
  readonly #listener: DiscoveryListener
  readonly #interval: PollInterval
  readonly #onKick: () => void
  readonly #running = new Map<string, SqlMonitor>()

  /** `onKick`: something broke, seen from outside or by a monitor. */
  constructor(access: SqlAccess, listener: DiscoveryListener, onKick: () => void = () => undefined) {
    this.#access = access
    this.#listener = listener
    this.#interval = new PollInterval(access.times, () => listener.isUrgent())
    this.#onKick = onKick
  }

  /** From now on these are the servers, as `source` says. */
  set(source: string, nodes: readonly NodeAddress[]): void {
    this.#listener.onView(
      source,
      {leader: null, addresses: new Map(nodes.map(({node, host, port}) => [node, {host, port}]))},
      nowMs(),
    )
    const wanted = new Set(nodes.map(({node}) => node))
    for (const node of [...this.#running.keys()]) if (!wanted.has(node)) this.#remove(node)
    for (const address of nodes) if (!this.#running.has(address.node)) this.#add(address)
  }

  /** URLs of the servers that are asked. */
  get sources(): readonly string[] {
    return [...this.#running.keys()].map(urlOf)
  }

  kick(): void {
    if (!this.#interval.kick()) return
    for (const monitor of this.#running.values()) monitor.wake()
    this.#onKick()
  }

  stop(): void {
    for (const monitor of this.#running.values()) monitor.stop()
    this.#running.clear()
  }

  #add(address: NodeAddress): void {
    const {connect, times} = this.#access
    const url = urlOf(address.node)
    const monitor = new SqlMonitor(address.node, on => new SqlLine(connect(address), times.timeoutMs, on), times, {
      onStatus: (status, askedMs) => this.#listener.onStatus(status, askedMs),
      onFailure: (error, cause) => this.#listener.onFailure(url, error, cause),
      onRecovery: () => this.#listener.onRecovery(url),
      onAsked: () => this.#listener.onAsked(),
      onBroken: () => this.#broken(address.node),
      isFast: () => this.#interval.isFast(),
    })
    this.#running.set(address.node, monitor)
    monitor.start()
  }

  #broken(node: string): void {
    this.#listener.onBroken(node)
    this.kick()
  }

  #remove(node: string): void {
    this.#running.get(node)?.stop()
    this.#running.delete(node)
    this.#listener.onGone(node)
  }
}

function urlOf(node: string): string {
  return `postgres://${node}`
}
