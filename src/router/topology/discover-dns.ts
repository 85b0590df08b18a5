// Servers that a name resolves to, asked by SQL; the name is asked again and again, since behind it servers come and
// go. Invariants: a name that does not resolve takes no server away, because the name service may be what is down; one
// look-up at a time, since a hung one holds a thread of the process. The name must give all servers each time: one that
// gives a few of them by turns would make them come and go. Not here: asking the servers (monitors.ts).
import {lookup} from 'node:dns/promises'
import {Deadline} from '../time/deadline.ts'
import {Wakeup} from '../time/wakeup.ts'
import type {Discovery, DiscoveryListener} from './discovery.ts'
import {describeFailure} from './monitor-failure.ts'
import {Monitors, type SqlAccess} from './monitors.ts'
import {nodeAddress} from './topology-options.ts'

/** All addresses behind a name. */
export type Resolve = (name: string) => Promise<readonly string[]>

export interface DnsSource {
  readonly name: string
  readonly port: number
  readonly refreshMs: number
}

/** While there is no primary the new one may be behind a new address. */
const urgentRefreshMs = 1_000

export class DnsDiscovery implements Discovery {
  readonly #source: DnsSource
  readonly #timeoutMs: number
  readonly #listener: DiscoveryListener
  readonly #resolve: Resolve
  readonly #monitors: Monitors
  readonly #stop = new AbortController()
  readonly #wakeup = new Wakeup()
  readonly #url: string
  #failing: string | null = null
  #underWay: Promise<readonly string[]> | null = null

  constructor(source: DnsSource, access: SqlAccess, listener: DiscoveryListener, resolve: Resolve = lookupAll) {
    this.#source = source
    this.#timeoutMs = access.times.timeoutMs
    this.#listener = listener
    this.#resolve = resolve
    this.#url = `dns:${source.name}`
    this.#monitors = new Monitors(access, listener, () => this.#wakeup.wake())
  }

  start(): void {
    void this.#loop()
  }

  get sources(): readonly string[] {
    const {sources} = this.#monitors
    return sources.length > 0 ? sources : [this.#url]
  }

  kick(): void {
    this.#monitors.kick()
  }

  stop(): void {
    this.#stop.abort()
    this.#monitors.stop()
  }

  async #loop(): Promise<void> {
    const {signal} = this.#stop
    const {refreshMs} = this.#source
    while (!signal.aborted) {
      await this.#refresh()
      await this.#wakeup.wait(signal, this.#listener.isUrgent() ? Math.min(refreshMs, urgentRefreshMs) : refreshMs)
    }
  }

  /** Never rejects. */
  async #refresh(): Promise<void> {
    const {name, port} = this.#source
    try {
      const addresses = await this.#lookUp(name)
      if (this.#stop.signal.aborted) return
      if (addresses.length === 0) throw new Error('the name has no address')
      if (this.#failing !== null) this.#listener.onRecovery(this.#url)
      this.#failing = null
      this.#monitors.set(
        this.#url,
        [...new Set(addresses)].map(address => nodeAddress(address, port)),
      )
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#failed(describeFailure(error).text, error)
    }
  }

  /** Bounded; a look-up that was given up goes on, and the next question waits for the same one. */
  async #lookUp(name: string): Promise<readonly string[]> {
    const deadline = new Deadline(this.#timeoutMs, this.#stop.signal)
    this.#underWay ??= this.#resolve(name).finally(() => {
      this.#underWay = null
    })
    try {
      return await deadline.race(this.#underWay)
    } catch (error) {
      throw deadline.over === 'DEADLINE'
        ? new Error(`the name service does not answer within ${this.#timeoutMs} ms`)
        : error
    } finally {
      deadline.dispose()
    }
  }

  #failed(error: string, cause: unknown): void {
    if (this.#failing === error) return
    this.#failing = error
    this.#listener.onFailure(this.#url, error, cause)
  }
}

async function lookupAll(name: string): Promise<readonly string[]> {
  return (await lookup(name, {all: true})).map(({address}) => address)
}
