// Asks every node's Patroni, again and again: GET /patroni for its own word, GET /cluster for addresses and the leader role.
// Invariant: each URL and path has its own loop, so a node that hangs delays nobody else; every question is bounded. Both paths are asked equally
// fast, because a new primary is accepted by both answers. Not here: what the answers mean.
import {nowMs} from '../time/deadline.ts'
import type {Settings} from '../options.ts'
import {parseClusterView, parseNodeStatus, type ClusterView, type NodeStatus} from './parse-patroni.ts'
import {Wakeup} from '../time/wakeup.ts'

export interface DiscoveryListener {
  /** `askedMs`: when the question left, so the answer is at least that new. */
  onStatus(status: NodeStatus, askedMs: number): void
  /** `source`: the base URL that told it. */
  onView(source: string, view: ClusterView, askedMs: number): void
  /** A URL began to fail, or fails in another way. */
  onFailure(url: string, error: string): void
  onRecovery(url: string): void
  /** After every question, answered or not. */
  onAsked(): void
  /** Is there reason to ask fast? */
  isUrgent(): boolean
}

/** How long a kick keeps the questions fast. */
const kickMs = 2_000

export class Discovery {
  readonly #settings: Settings
  readonly #listener: DiscoveryListener
  readonly #stop = new AbortController()
  readonly #wakeup = new Wakeup()
  readonly #failing = new Map<string, string>()
  #fastUntilMs = 0

  constructor(settings: Settings, listener: DiscoveryListener) {
    this.#settings = settings
    this.#listener = listener
  }

  /** Starts asking; the loops end with stop(). */
  start(): void {
    for (const url of this.#settings.urls) {
      void this.#loop(`${url}/patroni`, (document, askedMs) => accept(parseNodeStatus(document), status => this.#listener.onStatus(status, askedMs)))
      void this.#loop(`${url}/cluster`, (document, askedMs) => accept(parseClusterView(document), view => this.#listener.onView(url, view, askedMs)))
    }
  }

  /** Something broke: ask now, and fast for a while. */
  kick(): void {
    const asleep = nowMs() >= this.#fastUntilMs
    this.#fastUntilMs = nowMs() + kickMs
    // While the questions are fast already, waking the loops would only flood the nodes.
    if (asleep) this.#wakeup.wake()
  }

  stop(): void {
    this.#stop.abort()
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted
  }

  async #loop(url: string, use: (document: unknown, askedMs: number) => boolean): Promise<void> {
    const {pollMs, fastPollMs} = this.#settings
    for (;;) {
      await this.#ask(url, use)
      if (this.#isStopped()) return
      this.#listener.onAsked()
      const hurry = this.#listener.isUrgent() || nowMs() < this.#fastUntilMs
      await this.#wakeup.wait(this.#stop.signal, hurry ? Math.min(pollMs, fastPollMs) : pollMs)
    }
  }

  async #ask(url: string, use: (document: unknown, askedMs: number) => boolean): Promise<void> {
    const askedMs = nowMs()
    const answer = await getJson(url, this.#settings.timeoutMs, this.#stop.signal)
    if (this.#isStopped()) return
    const error = 'error' in answer ? answer.error : use(answer.document, askedMs) ? null : 'the answer is not one of Patroni 3.2 or later'
    if (error === null) {
      if (this.#failing.delete(url)) this.#listener.onRecovery(url)
    } else if (this.#failing.get(url) !== error) {
      this.#failing.set(url, error)
      this.#listener.onFailure(url, error)
    }
  }
}

function accept<T>(parsed: T | null, use: (value: T) => void): boolean {
  if (parsed !== null) use(parsed)
  return parsed !== null
}

/** The body of a GET whatever its status (Patroni answers 503 with the same document); an error text when there is none in time. Never rejects. */
async function getJson(url: string, timeoutMs: number, stop: AbortSignal): Promise<{readonly document: unknown} | {readonly error: string}> {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  const timer = setTimeout(abort, timeoutMs)
  stop.addEventListener('abort', abort)
  try {
    const response = await fetch(url, {signal: controller.signal, redirect: 'error'})
    return {document: await response.json()}
  } catch (error) {
    return {error: controller.signal.aborted ? `no answer within ${timeoutMs} ms` : errorText(error)}
  } finally {
    clearTimeout(timer)
    stop.removeEventListener('abort', abort)
  }
}

/** fetch hides the reason (ECONNREFUSED …) in the cause. */
function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const {cause} = error
  if (!(cause instanceof Error)) return error.message
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
}
