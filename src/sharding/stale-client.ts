// A client of its own that is frozen with the map that it has, as a process is that is stopped or starved: a thread
// that does not look at its sockets until it is woken. Then it writes at once for a key that has moved, through its
// pool, and past its pool to the former owner. Invariant: what the former owner takes is told as such. Not here: the
// fence (src/shards/map).
import {isMainThread, parentPort, Worker, workerData} from 'node:worker_threads'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {hint} from '../model/command-hint.ts'
import {HlError, messageOf} from '../model/errors.ts'
import {ShardedPool} from '../shards/index.ts'
import {poolOptions} from './lab-shards.ts'

/** A write of one row, with the key first. */
export interface StaleWrite {
  readonly text: string
  readonly values: readonly unknown[]
}

/** What it tells. */
export interface StaleAnswer {
  /** Where the key lived by the map that it was frozen with. */
  readonly before: string
  /** By the map that it has now. */
  readonly after: string
  /** SQLSTATE of what the former owner said to a write past the pool; null: it took it. */
  readonly refusedWith: string | null
  /** Why the pool did not bring its write to an end; null: it did. */
  readonly failure: string | null
}

export interface StaleClient {
  /** Resolves once it is frozen: where the key lives by its map. */
  readonly frozen: Promise<string>
  readonly wake: () => Promise<StaleAnswer>
  readonly kill: () => Promise<void>
}

interface Order {
  readonly role: 'hl-stale-client'
  readonly clusters: readonly {readonly name: string; readonly endpoints: ConnectedLab['endpoints']}[]
  readonly password: string
  readonly key: number
  /** Through the pool, and to the former owner alone. */
  readonly writes: readonly [StaleWrite, StaleWrite]
  readonly wakes: SharedArrayBuffer
}

const withinMs = 30_000

/** Starts it. */
export function startStaleClient(
  {clusters, secrets}: Pick<ConnectedLab, 'clusters' | 'secrets'>,
  key: number,
  writes: Order['writes'],
): StaleClient {
  const wakes = new SharedArrayBuffer(4)
  const order: Order = {
    role: 'hl-stale-client',
    clusters: clusters.map(({cluster: {name}, endpoints}) => ({name, endpoints})),
    password: secrets.app,
    key,
    writes,
    wakes,
  }
  const worker = new Worker(new URL(import.meta.url), {workerData: order})
  const answers = [Promise.withResolvers<unknown>(), Promise.withResolvers<unknown>()] as const
  const [frozen, answered] = answers
  for (const {promise} of answers) promise.catch(() => undefined)
  const fail = (why: string, cause?: unknown): void => {
    for (const {reject} of answers)
      reject(
        new HlError('LAB_UNHEALTHY', `the client that sleeps failed: ${why}`, {next: [hint('shards list')], cause}),
      )
  }
  let heard = 0
  worker.on('message', (message: unknown) => answers[heard++]?.resolve(message))
  worker.once('error', (error: Error) => fail(error.message, error))
  worker.once('exit', () => fail('it ended'))
  const over = AbortSignal.timeout(withinMs)
  over.addEventListener('abort', () =>
    frozen.reject(
      new HlError('LAB_UNHEALTHY', 'the client has not learnt the map in time', {next: [hint('shards list')]}),
    ),
  )
  return {
    frozen: frozen.promise.then(String),
    async wake() {
      Atomics.store(new Int32Array(wakes), 0, 1)
      Atomics.notify(new Int32Array(wakes), 0)
      return (await answered.promise) as StaleAnswer
    },
    async kill() {
      await worker.terminate()
    },
  }
}

async function sleepAndWrite({clusters, password, key, writes, wakes}: Order): Promise<void> {
  const lab = {clusters: clusters.map(({name, endpoints}) => ({cluster: {name}, endpoints}))}
  const pool = new ShardedPool(poolOptions(lab, {user: 'hl_app', password}))
  try {
    const [through, past] = writes
    const place = async (): Promise<string> => (await pool.forKey(key).place()).shard
    await pool.query('SELECT 1 FROM orders WHERE user_id = $1 LIMIT 1', [key])
    const before = await place()
    parentPort?.postMessage(before)
    // The whole thread: no socket is read, no timer fires.
    Atomics.wait(new Int32Array(wakes), 0, 0)
    const refusedWith = await pool
      .onShard(before)
      .query(past.text, [...past.values])
      .then(
        () => null,
        (error: unknown) => String(Reflect.get(Object(error), 'code')),
      )
    const failure = await pool.query(through.text, [...through.values]).then(
      () => null,
      (error: unknown) => messageOf(error),
    )
    const answer: StaleAnswer = {before, after: await place(), refusedWith, failure}
    parentPort?.postMessage(answer)
  } finally {
    await pool.end()
  }
}

function isOrder(data: unknown): data is Order {
  return typeof data === 'object' && data !== null && Reflect.get(data, 'role') === 'hl-stale-client'
}

// Not awaited: what is loaded by require() has no await at its top.
if (!isMainThread && isOrder(workerData)) void sleepAndWrite(workerData)
