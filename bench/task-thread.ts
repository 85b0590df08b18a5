// Tasks in a thread of its own: each contender has its own heap and its own compiled code. (In one thread the second to
// run would slow the first down: both go through pg, whose inline caches then hold the shapes of two.) Both ends are
// here. Invariant: one task at a time; what goes in and what comes out can be copied between threads. Not here: the
// tasks (router/tasks.ts, shards/tasks.ts).
import {once} from 'node:events'
import {parentPort, Worker} from 'node:worker_threads'
import type {Undo} from './router/undo.ts'

/** By name: what is told to do it, and what it gives. `on` is what all of them work with. */
export type TaskTable<On> = Readonly<Record<string, (on: On, wish: never) => Promise<unknown>>>

type Reply = {readonly value: unknown} | {readonly error: string}
interface Order {
  readonly task: string
  readonly wish: unknown
}

type WishOf<Task> = Task extends (on: never, wish: infer Wish) => unknown ? Wish : never
type ValueOf<Task> = Task extends (...args: never) => Promise<infer Value> ? Value : never

export class TaskThread<Tasks> {
  readonly #worker: Worker
  /** What ended its thread before its time. */
  #broken: unknown = null

  /** `data` is the thread's workerData. */
  constructor(file: URL, data: unknown, undo: Undo) {
    this.#worker = new Worker(file, {workerData: data})
    // While it is told nothing nobody else listens, and this process would end with everything left behind.
    this.#worker.on('error', error => {
      this.#broken = error
    })
    undo.defer('ending a thread', async () => this.end())
  }

  async run<Name extends keyof Tasks & string>(task: Name, wish: WishOf<Tasks[Name]>): Promise<ValueOf<Tasks[Name]>> {
    if (this.#broken !== null) throw new Error(`${task}: the thread is gone`, {cause: this.#broken})
    this.#worker.postMessage({task, wish} satisfies Order)
    const [reply] = (await once(this.#worker, 'message')) as [Reply]
    if ('error' in reply) throw new Error(`${task}: ${reply.error}`)
    return reply.value as ValueOf<Tasks[Name]>
  }

  /** Its connections are cut. */
  async end(): Promise<void> {
    await this.#worker.terminate()
  }
}

/** The inside of the thread: does what it is told. */
export function serveTasks<On>(tasks: TaskTable<On>, on: On): void {
  const obey = async ({task, wish}: Order): Promise<Reply> => {
    try {
      const work = tasks[task]
      if (work === undefined) throw new Error('no such task')
      return {value: await work(on, wish as never)}
    } catch (error) {
      return {error: error instanceof Error ? (error.stack ?? error.message) : String(error)}
    }
  }
  parentPort?.on('message', (order: Order) => void obey(order).then(reply => parentPort?.postMessage(reply)))
}
