// Work in a container apart that an abort ends. Invariant: when it has returned, nothing of what it began runs there
// any more. PURE but for the port.
// Not here: the containers (src/lab/nodes), what is done in them (src/backup).
import type {RestoreNode} from '../model/ports.ts'

/**
 * Work in a container that an abort stops: `stop` ends what runs there, and nothing more is begun. It returns when
 * `stop` has ended too, so that nobody stops what is started afterwards.
 * What fails because of it is told as the abort.
 */
export async function untilAborted<T>(
  node: RestoreNode,
  signal: AbortSignal | undefined,
  stop: () => Promise<unknown>,
  work: (node: RestoreNode) => Promise<T>,
): Promise<T> {
  let stopping: Promise<unknown> = Promise.resolve()
  const abort = (): void => void (stopping = stop().catch(() => undefined))
  signal?.addEventListener('abort', abort, {once: true})
  const stoppable: RestoreNode = {
    exec: async (argv, options) => {
      signal?.throwIfAborted()
      return node.exec(argv, options)
    },
    remove: async () => node.remove(),
  }
  try {
    // It may have come before anybody listened.
    signal?.throwIfAborted()
    return await work(stoppable)
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', abort)
    await stopping
  }
}

/**
 * The same in a container of which nothing may stay behind: it goes in any case, and at an abort from under what runs
 * in it.
 */
export async function workInNode<T>(
  node: RestoreNode,
  signal: AbortSignal | undefined,
  work: (node: RestoreNode) => Promise<T>,
): Promise<T> {
  try {
    return await untilAborted(node, signal, async () => node.remove(), work)
  } finally {
    await node.remove()
  }
}
