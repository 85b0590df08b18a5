// Reads in a closed loop until told to stop, each remembered: when, how long, by whom, after how many tries. Runs in a
// contender's thread; faults happen outside.
import type {Pool} from 'pg'
import {statements} from './statements.ts'
import {asRouter} from './way.ts'

export interface WatchedReadsWish {
  readonly inFlight: number
  /** One shared word; not 0: stop. */
  readonly stop: Int32Array<SharedArrayBuffer>
}

/** Columns, one entry per read, in the order of the answers. */
export interface WatchedReads {
  /** Since 1970, so that threads agree. */
  readonly startedAtMs: Float64Array
  readonly tookMs: Float64Array
  /** Index in `nodes`. */
  readonly by: Uint8Array
  readonly attempts: Uint8Array
  readonly nodes: readonly string[]
  readonly errors: readonly string[]
}

export async function watchedReads(pool: Pool, {inFlight, stop}: WatchedReadsWish): Promise<WatchedReads> {
  const router = asRouter(pool)
  const startedAtMs: number[] = []
  const tookMs: number[] = []
  const by: number[] = []
  const attempts: number[] = []
  const nodes: string[] = []
  const errors: string[] = []
  const read = async (): Promise<void> => {
    const sentMs = performance.now()
    try {
      const {route} = await router.query(statements['read, named']())
      startedAtMs.push(performance.timeOrigin + sentMs)
      tookMs.push(performance.now() - sentMs)
      by.push(indexIn(nodes, route.node))
      attempts.push(route.attempts)
    } catch (error) {
      errors.push(
        `after ${(performance.now() - sentMs).toFixed(0)} ms: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
  }
  const caller = async (): Promise<void> => {
    while (Atomics.load(stop, 0) === 0) await read()
  }
  await Promise.all(Array.from({length: inFlight}, caller))
  return {
    startedAtMs: Float64Array.from(startedAtMs),
    tookMs: Float64Array.from(tookMs),
    by: Uint8Array.from(by),
    attempts: Uint8Array.from(attempts),
    nodes,
    errors,
  }
}

function indexIn(nodes: string[], node: string): number {
  const index = nodes.indexOf(node)
  return index === -1 ? nodes.push(node) - 1 : index
}
