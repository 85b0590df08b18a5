// A container that opens what an encrypted archive holds, for as long as something is looked at. Invariant: it goes in
// any case, an abort included. Not here: what is looked at.
import {withoutHostFaults} from '../backup/verify/host-fault.ts'
import {startDecryptNode} from '../lab/nodes/restore-node.ts'
import type {Cluster, RestoreNode} from '../model/ports.ts'
import {workInNode} from '../waiting/work-in-node.ts'
import type {RecoveryPorts} from './recovery-ports.ts'

/**
 * Does `work` with a container that decrypts; with none where the archive is plain. `identity`: what opens it, where
 * the lab keeps it no more. ARCHIVE_KEY_MISSING.
 */
export async function whileOpen<T>(
  {docker, signal}: Pick<RecoveryPorts, 'docker' | 'signal'>,
  {lab, encrypted}: Pick<Cluster, 'lab' | 'encrypted'>,
  work: (opening: RestoreNode | undefined) => Promise<T>,
  identity?: string,
): Promise<T> {
  if (!encrypted) return work(undefined)
  return workInNode(withoutHostFaults(await startDecryptNode(docker, lab, identity)), signal, work)
}
