// The inside of a contender's thread: makes its pool, does what it is told. Not here: what there is to do (tasks.ts).
import {parentPort, workerData} from 'node:worker_threads'
import type {Order, Reply} from './contender.ts'
import {tasks} from './tasks.ts'
import {poolOf, type Way} from './way.ts'

const pool = poolOf(workerData as Way)
// A bare pg.Pool ends its process when an idle connection breaks and nobody listens.
pool.on('error', () => undefined)

async function obey({task, wish}: Order): Promise<Reply> {
  try {
    return {value: await tasks[task](pool, wish as never)}
  } catch (error) {
    return {error: error instanceof Error ? (error.stack ?? error.message) : String(error)}
  }
}

parentPort?.on('message', (order: Order) => void obey(order).then(reply => parentPort?.postMessage(reply)))
