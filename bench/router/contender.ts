// One contender: a pool in a thread of its own, so that each has its own heap and its own compiled code. (In one thread
// the second to run would slow the first down: both go through pg, whose inline caches then hold the shapes of two.)
// Invariant: one task at a time. Not here: the tasks (tasks.ts).
import {once} from 'node:events'
import {Worker} from 'node:worker_threads'
import type {Tasks} from './tasks.ts'
import type {Undo} from './undo.ts'
import type {Way} from './way.ts'

export type Reply = {readonly value: unknown} | {readonly error: string}
export interface Order {
  readonly task: keyof Tasks
  readonly wish: unknown
}

type WishOf<Name extends keyof Tasks> = Parameters<Tasks[Name]>[1]
type ValueOf<Name extends keyof Tasks> = Awaited<ReturnType<Tasks[Name]>>

export class Contender {
  readonly #worker: Worker
  /** What ended its thread before its time. */
  #broken: unknown = null

  constructor(way: Way, undo: Undo) {
    this.#worker = new Worker(new URL('contender-thread.ts', import.meta.url), {workerData: way})
    // While it is told nothing nobody else listens, and this process would end with everything left behind.
    this.#worker.on('error', error => {
      this.#broken = error
    })
    undo.defer('ending a thread', async () => this.end())
  }

  async run<Name extends keyof Tasks>(task: Name, wish: WishOf<Name>): Promise<ValueOf<Name>> {
    if (this.#broken !== null) throw new Error(`${task}: the thread is gone`, {cause: this.#broken})
    this.#worker.postMessage({task, wish} satisfies Order)
    const [reply] = (await once(this.#worker, 'message')) as [Reply]
    if ('error' in reply) throw new Error(`${task}: ${reply.error}`)
    return reply.value as ValueOf<Name>
  }

  /** Its connections are cut. */
  async end(): Promise<void> {
    await this.#worker.terminate()
  }
}
