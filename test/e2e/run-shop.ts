// An example shop as a process of its own, and customers who order through its HTTP interface. For tests only.
// Invariant: a customer asks once per order and never again by itself, so whatever the shop answers is the whole truth
// about that order.
// Not here: the lab, and what is broken meanwhile (while-ordering.ts).
import {spawn} from 'node:child_process'
import {setInterval} from 'node:timers/promises'
import {fileURLToPath} from 'node:url'

/** How the shop's process ended. */
export interface Ended {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
  /** The last lines that it wrote, for the message of a test that fails. */
  readonly log: string
}

export interface Shop {
  readonly url: string
  /** SIGKILL, whatever it does; nothing when it is gone. */
  kill(): void
  /** SIGTERM; kills it and rejects when it is not gone within `withinMs`. */
  end(withinMs: number): Promise<Ended>
}

/** Which shop, by its folder in examples/, and the environment in which it finds its servers. */
export interface ShopStart {
  readonly example: string
  readonly env: Readonly<Record<string, string>>
}

/**
 * Starts the shop on a free port; resolves when it listens, rejects when it ends before or does not within `withinMs`.
 */
export async function startShop({example, env}: ShopStart, withinMs: number): Promise<Shop> {
  const entry = fileURLToPath(new URL(`../../examples/${example}/app.ts`, import.meta.url))
  const child = spawn(process.execPath, [entry], {
    env: {...process.env, ...env, PORT: '0'},
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const listening = Promise.withResolvers<string>()
  let log = ''
  const hear = (chunk: Buffer): void => {
    log += chunk.toString()
    const url = /Server listening at (http:[^"\s]+)/.exec(log)?.[1]
    if (url !== undefined) listening.resolve(url)
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (exitCode, signal) => resolve({exitCode, signal, log: log.split('\n').slice(-20).join('\n')}))
  })
  const within = async <T>(work: Promise<T>, ms: number, what: string): Promise<T> => {
    const over = Promise.withResolvers<never>()
    const timer = setTimeout(
      () => over.reject(new Error(`the shop did not ${what} within ${ms} ms; it said:\n${log.slice(-4_000)}`)),
      ms,
    )
    try {
      return await Promise.race([work, over.promise])
    } catch (error) {
      child.kill('SIGKILL')
      throw error
    } finally {
      clearTimeout(timer)
    }
  }
  const gone = ended.then(() => {
    throw new Error(`the shop ended before it listened:\n${log}`)
  })
  // After it listens, its end is no failure of its start.
  gone.catch(() => undefined)
  const url = await within(Promise.race([listening.promise, gone]), withinMs, 'listen')
  return {
    url,
    kill: () => void child.kill('SIGKILL'),
    end: async ms => {
      child.kill('SIGTERM')
      return within(ended, ms, 'end after SIGTERM')
    },
  }
}

/** What stands before the shop's processes: customers ask the newest, and an old one ends once it has answered all. */
export class Front {
  #shop: Shop
  readonly #asked = new Set<Promise<Answer>>()

  constructor(shop: Shop) {
    this.#shop = shop
  }

  get shop(): Shop {
    return this.#shop
  }

  /** Never rejects: a request without an answer is what the test looks for. */
  async ask(path: string, init: RequestInit): Promise<Answer> {
    const asked = ask(`${this.#shop.url}${path}`, init)
    this.#asked.add(asked)
    return asked.finally(() => this.#asked.delete(asked))
  }

  /** The shop before ends by SIGTERM. */
  async replaceBy(shop: Shop, withinMs: number): Promise<Ended> {
    const before = this.#shop
    this.#shop = shop
    await Promise.all(this.#asked)
    return before.end(withinMs)
  }
}

/** One order as its customer saw it. */
export interface Ordered {
  readonly key: string
  /**
   * What each of the requests with this key was answered: 201 or 200 and the order's id; anything else is a failure.
   */
  readonly answers: readonly string[]
  /** What the customer saw of the order right after; null when there was none to look for. */
  readonly seen: string | null
  /** From the request to the last answer. */
  readonly ms: number
}

export interface Customers {
  readonly everyMs: number
  /** No order waits longer. */
  readonly answerWithinMs: number
  /** What is sent of each order beside its price. */
  readonly buyers: readonly object[]
}

/** Every so often an impatient customer clicks twice: two requests with one key, at the same time. */
const twiceEvery = 5

/** Orders at a steady rate, however long each takes, until `stop`; resolves when all are answered. */
export async function orderUntil(stop: AbortSignal, front: Front, customers: Customers): Promise<readonly Ordered[]> {
  const orders: Promise<Ordered>[] = []
  const due = setInterval(customers.everyMs, undefined, {signal: stop})
  try {
    while ((await due.next()).done !== true) orders.push(orderOnce(front, orders.length, customers))
  } catch (error) {
    if (!stop.aborted) throw error
  }
  return Promise.all(orders)
}

async function orderOnce(front: Front, number: number, {answerWithinMs, buyers}: Customers): Promise<Ordered> {
  const key = `order-${String(number).padStart(6, '0')}`
  const fromMs = performance.now()
  const signal = AbortSignal.timeout(answerWithinMs)
  const clicks = number % twiceEvery === 0 ? 2 : 1
  const answers = await Promise.all(
    Array.from({length: clicks}, () =>
      front.ask('/orders', {
        method: 'POST',
        signal,
        headers: {'content-type': 'application/json', 'idempotency-key': key},
        body: JSON.stringify({...buyers[number % buyers.length], cents: number + 1}),
      }),
    ),
  )
  const [first] = answers
  const seen =
    first?.id === undefined ? null : await front.ask(`/orders/${first.id}`, {signal, headers: {cookie: first.cookie}})
  return {
    key,
    answers: answers.map(({status, id, text}) =>
      (status === 201 || status === 200) && id !== undefined ? id : `${status} ${text}`,
    ),
    seen: seen === null ? null : seen.status === 200 ? (seen.id ?? seen.text) : `${seen.status} ${seen.text}`,
    ms: performance.now() - fromMs,
  }
}

interface Answer {
  /** 0: there was none. */
  readonly status: number
  readonly id: string | undefined
  readonly text: string
  /** What the shop gave to remember. */
  readonly cookie: string
}

async function ask(url: string, init: RequestInit): Promise<Answer> {
  try {
    const response = await fetch(url, init)
    const text = await response.text()
    const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? ''
    return {status: response.status, id: /"id":"([^"]+)"/.exec(text)?.[1], text, cookie}
  } catch (error) {
    return {status: 0, id: undefined, text: String(error), cookie: ''}
  }
}
