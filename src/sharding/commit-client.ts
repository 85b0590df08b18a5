// A client of its own that stops at a step of a two-phase commit and is then killed: a thread, whose connections break
// with it as those of a process do. Invariant: nothing of it goes on after kill(); what it left is for recovery to end.
// Not here: the protocol (src/shards/transactions), what is left (in-doubt.ts).
import {isMainThread, parentPort, Worker, workerData} from 'node:worker_threads'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import {readShardState, ShardTransactions} from '../shards/index.ts'
import {primaryOf, withShards} from './lab-shards.ts'

/** The places at which it can stop; see src/shards/transactions/crash-points.ts. */
export type StopAt = 'prepared' | 'decided'

/** What it does before it commits, in order: the first shard is the coordinator. */
export interface ShardStatement {
  readonly shard: string
  readonly text: string
  readonly values: readonly unknown[]
}

export interface CommitClient {
  /** Resolves once it has stopped there. LAB_UNHEALTHY when it failed before, or did not come so far in time. */
  readonly stopped: Promise<void>
  /** Ends it; its connections break. */
  kill(): Promise<void>
}

interface Order {
  readonly role: 'hl-commit-client'
  readonly clusters: readonly {readonly name: string; readonly endpoints: ConnectedLab['endpoints']}[]
  readonly password: string
  readonly statements: readonly ShardStatement[]
  readonly at: StopAt
}

const stopWithinMs = 30_000

/** Starts it. */
export function startCommitClient(
  {clusters, secrets}: Pick<ConnectedLab, 'clusters' | 'secrets'>,
  statements: readonly ShardStatement[],
  at: StopAt,
): CommitClient {
  const order: Order = {
    role: 'hl-commit-client',
    clusters: clusters.map(({cluster: {name}, endpoints}) => ({name, endpoints})),
    password: secrets.app,
    statements,
    at,
  }
  const worker = new Worker(new URL(import.meta.url), {workerData: order})
  const {promise, resolve, reject} = Promise.withResolvers<undefined>()
  promise.catch(() => undefined)
  const fail = (why: string, cause?: unknown): void =>
    reject(
      new HlError('LAB_UNHEALTHY', `the client did not come to where its commit is ${at}: ${why}`, {
        next: [hint('shards list', {why: 'shows where each shard stands'})],
        cause,
      }),
    )
  const over = AbortSignal.timeout(stopWithinMs)
  over.addEventListener('abort', () => fail(`not within ${stopWithinMs} ms`))
  worker.once('message', () => resolve(undefined))
  worker.once('error', (error: Error) => fail(error.message, error))
  worker.once('exit', () => fail('it ended'))
  return {
    stopped: promise,
    async kill() {
      await worker.terminate()
    },
  }
}

async function commit({clusters, password, statements, at}: Order): Promise<void> {
  const lab = {clusters: clusters.map(({name, endpoints}) => ({cluster: {name}, endpoints}))}
  await withShards(lab, {user: 'hl_app', password}, async shards => {
    const [first] = shards
    if (first === undefined) throw new Error('there is no shard')
    const {self} = await readShardState(primaryOf(first).query)
    const transactions = new ShardTransactions({
      shards: () => shards,
      mapId: self?.mapId ?? '',
      atStep: step => (step === at ? stop() : undefined),
    })
    await transactions.run(async transaction => {
      for (const {shard, text, values} of statements) await transaction.onShard(shard).query(text, values)
    })
  })
  throw new Error('the transaction came to its end')
}

/** For ever: the thread is killed here. */
function stop(): Promise<void> {
  parentPort?.postMessage('stopped')
  return new Promise(() => undefined)
}

function isOrder(data: unknown): data is Order {
  return typeof data === 'object' && data !== null && Reflect.get(data, 'role') === 'hl-commit-client'
}

// Not awaited: what is loaded by require() has no await at its top.
if (!isMainThread && isOrder(workerData)) void commit(workerData)
