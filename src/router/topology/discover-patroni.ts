// Asks every node's Patroni, again and again: GET /patroni for its own word, GET /cluster for addresses and the leader
// role.
// Invariant: each URL and path has its own loop, so a node that hangs delays nobody else; every question is bounded.
// Both paths are asked equally fast, because a new primary is accepted by both answers. Not here: what the answers
// mean.
import {nowMs} from '../time/deadline.ts'
import {Wakeup} from '../time/wakeup.ts'
import type {AskTimes, Discovery, DiscoveryListener} from './discovery.ts'
import {PollInterval} from './poll-interval.ts'
import {parseClusterView, parseNodeStatus} from './parse-patroni.ts'

export interface PatroniSettings extends AskTimes {
  /** Base URLs of Patroni's REST API, without a slash at the end. */
  readonly urls: readonly string[]
}

export class PatroniDiscovery implements Discovery {
  readonly #settings: PatroniSettings
  readonly #listener: DiscoveryListener
  readonly #interval: PollInterval
  readonly #stop = new AbortController()
  readonly #wakeup = new Wakeup()
  readonly #failing = new Map<string, string>()

  constructor(settings: PatroniSettings, listener: DiscoveryListener) {
    this.#settings = settings
    this.#listener = listener
    this.#interval = new PollInterval(settings, () => listener.isUrgent())
  }

  start(): void {
    for (const url of this.#settings.urls) {
      void this.#loop(patroniOf(url), (document, askedMs) =>
        accept(parseNodeStatus(document), status => this.#listener.onStatus(status, askedMs)),
      )
      void this.#loop(clusterOf(url), (document, askedMs) =>
        accept(parseClusterView(document), view => this.#listener.onView(url, view, askedMs)),
      )
    }
  }

  get sources(): readonly string[] {
    return this.#settings.urls.flatMap(url => [patroniOf(url), clusterOf(url)])
  }

  kick(): void {
    if (this.#interval.kick()) this.#wakeup.wake()
  }

  stop(): void {
    this.#stop.abort()
  }

  #isStopped(): boolean {
    return this.#stop.signal.aborted
  }

  async #loop(url: string, use: (document: unknown, askedMs: number) => boolean): Promise<void> {
    for (;;) {
      const askedMs = nowMs()
      await this.#ask(url, use)
      if (this.#isStopped()) return
      this.#listener.onAsked()
      await this.#wakeup.wait(this.#stop.signal, this.#interval.pauseMs(nowMs() - askedMs))
    }
  }

  async #ask(url: string, use: (document: unknown, askedMs: number) => boolean): Promise<void> {
    const askedMs = nowMs()
    const answer = await getJson(url, this.#settings.timeoutMs, this.#stop.signal)
    if (this.#isStopped()) return
    const error =
      'error' in answer
        ? answer.error
        : use(answer.document, askedMs)
          ? null
          : 'the answer is not one of Patroni 3.2 or later'
    if (error === null) {
      if (this.#failing.delete(url)) this.#listener.onRecovery(url)
    } else if (this.#failing.get(url) !== error) {
      this.#failing.set(url, error)
      this.#listener.onFailure(url, error, 'cause' in answer ? answer.cause : new Error(error))
    }
  }
}

const patroniOf = (url: string): string => `${url}/patroni`
const clusterOf = (url: string): string => `${url}/cluster`

function accept<T>(parsed: T | null, use: (value: T) => void): boolean {
  if (parsed !== null) use(parsed)
  return parsed !== null
}

/**
 * The body of a GET whatever its status (Patroni answers 503 with the same document); an error text when there is none
 * in time. Never rejects.
 */
export async function getJson(
  url: string,
  timeoutMs: number,
  stop: AbortSignal,
): Promise<{readonly document: unknown} | {readonly error: string; readonly cause: unknown}> {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  const timer = setTimeout(abort, timeoutMs)
  stop.addEventListener('abort', abort)
  try {
    const response = await fetch(url, {signal: controller.signal, redirect: 'error'})
    return {document: await response.json()}
  } catch (error) {
    if (controller.signal.aborted) return timedOut(timeoutMs)
    return {error: errorText(error), cause: error instanceof Error ? (error.cause ?? error) : error}
  } finally {
    clearTimeout(timer)
    stop.removeEventListener('abort', abort)
  }
}

function timedOut(timeoutMs: number): {readonly error: string; readonly cause: unknown} {
  const error = `no answer within ${timeoutMs} ms`
  return {error, cause: new Error(error)}
}

/** fetch hides the reason (ECONNREFUSED …) in the cause. */
function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const {cause} = error
  if (!(cause instanceof Error)) return error.message
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message
}
