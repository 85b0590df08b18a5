// Work in a container apart that nothing of may stay behind. Invariant: the container goes in any case; at an abort at once, which ends whatever runs in it. PURE but for the port.
// Not here: the containers (src/cluster/lab), what is done in them (src/backup).
import type {RestoreNode} from './ports.ts'

/** Takes `node` away when `work` is over, and from under it when the signal is aborted: what ran in it fails then, and the signal's reason is thrown instead. */
export async function workInNode<T>(node: RestoreNode, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const gone = (): void => void node.remove().catch(() => undefined)
  signal?.addEventListener('abort', gone, {once: true})
  try {
    // It may have come while the container was started and nobody listened.
    signal?.throwIfAborted()
    return await work()
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', gone)
    await node.remove()
  }
}
