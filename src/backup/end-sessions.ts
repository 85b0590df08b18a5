// Ends, at an abort, the sessions in which a server works for hl: a program in a container cannot be reached, its
// session can. Not here: what they do (take-backup.ts, content/).
import type {Clock, Cluster} from '../model/ports.ts'
import {awaitUntil, holds, notYet} from '../waiting/await-until.ts'
import {psqlOn} from './ask-node.ts'

export interface Sessions {
  readonly node: string
  /** A condition on pg_stat_activity. */
  readonly whose: string
  readonly signal?: AbortSignal | undefined
}

const againMs = 500
/** Of asking again; the work itself has its own deadline. */
const withinMs = 600_000

/**
 * Does `work`. From an abort on the sessions are ended again and again until the work is over: what must end may begin
 * only after the first time. What fails because of it is told as the abort.
 */
export async function endingSessions<T>(
  cluster: Cluster,
  clock: Clock,
  {node, whose, signal}: Sessions,
  work: () => Promise<T>,
): Promise<T> {
  let isOver = false
  const endUntilOver = async (): Promise<void> =>
    awaitUntil(
      async () => {
        if (isOver) return holds(undefined)
        await psqlOn(cluster, node, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${whose}`)
        return notYet('its sessions were ended')
      },
      {clock, withinMs, everyMs: againMs, what: `the sessions on ${node} to end`, tolerant: true},
    ).catch(() => undefined)
  const abort = (): void => void endUntilOver()
  signal?.throwIfAborted()
  signal?.addEventListener('abort', abort, {once: true})
  try {
    return await work()
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    isOver = true
    signal?.removeEventListener('abort', abort)
  }
}
