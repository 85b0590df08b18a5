// The container in which a data directory is restored before a lab takes it over, and those that only open what is
// encrypted, to look at it or to encrypt it again. Invariant: what it restored stays in the lab's volume.
// Not here: what is done in it (src/backup/restore), what all such containers share (offline-node.ts).
import type {RestoreNode} from '../../model/ports.ts'
import type {Docker} from '../docker/docker.ts'
import {publicKeys} from '../lifecycle/archive-key.ts'
import {projectOf} from '../lifecycle/lab-description.ts'
import {offlineNode, startOffline} from './offline-node.ts'

export interface RestorePlace {
  /** The lab whose archive is read. */
  readonly from: string
  /** The lab whose volume is filled. */
  readonly into: string
  /** The member whose data it will be. */
  readonly member: string
  /** The identity that opens an encrypted archive, where it was kept elsewhere than in the lab's volume. */
  readonly identity?: string | undefined
}

const nameOf = (lab: string): string => `${projectOf(lab)}-restore`

/** Of a restore that was cut off it may still work on the data: nothing else may before it is gone. */
export async function removeRestoreNode(docker: Docker, lab: string): Promise<void> {
  await docker.attempt(['rm', '-f', nameOf(lab)], {timeoutMs: 60_000})
}

/** Starts it; the volumes of `into` must be there. */
export async function startRestoreNode(
  docker: Docker,
  {from, into, member, identity}: RestorePlace,
): Promise<RestoreNode> {
  const project = projectOf(into)
  const name = nameOf(into)
  await removeRestoreNode(docker, into)
  const volumes = [
    `${project}_${member}-data:/var/lib/postgresql`,
    `${project}_secrets:/run/hl-secrets`,
    `${project}_archive-secrets:/run/hl-archive`,
  ]
  await startOffline(docker, {name, lab: into, from, hostname: member, volumes, identity})
  return offlineNode(docker, name)
}

/**
 * A container that can open the encrypted archive of a lab and does nothing else: no data of the lab.
 * ARCHIVE_KEY_MISSING when the identity is gone. `identity`: where it was kept elsewhere.
 */
export async function startDecryptNode(docker: Docker, lab: string, identity?: string): Promise<RestoreNode> {
  await publicKeys(docker, lab, identity)
  const name = `${projectOf(lab)}-decrypt`
  await docker.attempt(['rm', '-f', name])
  await startOffline(docker, {name, lab, from: lab, hostname: 'decrypt', volumes: [], identity})
  return offlineNode(docker, name)
}

/** The same, and it may write what it opened: the archive under another key. ARCHIVE_KEY_MISSING. */
export async function startRekeyNode(docker: Docker, lab: string): Promise<RestoreNode> {
  await publicKeys(docker, lab, undefined)
  const name = `${projectOf(lab)}-rekey`
  await docker.attempt(['rm', '-f', name])
  await startOffline(docker, {name, lab, from: lab, hostname: 'rekey', volumes: [], writesArchive: true})
  return offlineNode(docker, name)
}
