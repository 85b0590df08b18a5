// The container in which a data directory is restored before a lab takes it over. Invariant: no network, the archive mounted read-only, the lab's label on it, so that a crash of
// hl leaves nothing that `hl down` does not find. Not here: what is done in it (src/backup/restore).
import type {RestoreNode} from '../../model/ports.ts'
import type {Docker} from '../docker/docker.ts'
import {identityFolder, identityMount, publicKey} from './archive-key.ts'
import {labLabel, projectOf} from './lab-description.ts'

const image = 'hl-archive:17'

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

/** Starts it; the volumes of `into` must be there. */
export async function startRestoreNode(docker: Docker, {from, into, member, identity}: RestorePlace): Promise<RestoreNode> {
  const name = `${projectOf(into)}-restore`
  const volume = (lab: string, what: string, where: string): readonly string[] => ['-v', `${projectOf(lab)}_${what}:${where}`]
  await docker.attempt(['rm', '-f', name])
  await docker.text([
    'run', '-d', '--name', name, '--label', `${labLabel}=${into}`, '--network', 'none', '--pull', 'never', '--shm-size', '256m', '--hostname', member,
    ...volume(from, 'archive-data', '/archive:ro'), ...volume(into, `${member}-data`, '/var/lib/postgresql'),
    ...(await identityMount(docker, from, identity)),
    ...volume(into, 'secrets', '/run/hl-secrets'), ...volume(into, 'archive-secrets', '/run/hl-archive'),
    image, 'restore',
  ], {timeoutMs: 60_000})
  if (identity !== undefined) await docker.exec(name, ['sh', '-c', `umask 077; cat >${identityFolder}/identity`], {user: 'postgres', stdin: identity, timeoutMs: 30_000})
  return nodeOf(docker, name)
}

function nodeOf(docker: Docker, name: string): RestoreNode {
  return {
    exec: async (argv, options) => docker.exec(name, argv, options),
    remove: async () => {
      await docker.text(['rm', '-f', '-v', name], {timeoutMs: 60_000})
    },
  }
}

/** A container that can open the encrypted archive of a lab and does nothing else: no network, no data of the lab. ARCHIVE_KEY_MISSING when the identity is gone. */
export async function startUnsealNode(docker: Docker, lab: string): Promise<RestoreNode> {
  await publicKey(docker, lab, undefined)
  const name = `${projectOf(lab)}-unseal`
  await docker.attempt(['rm', '-f', name])
  await docker.text([
    'run', '-d', '--name', name, '--label', `${labLabel}=${lab}`, '--network', 'none', '--pull', 'never',
    '-v', `${projectOf(lab)}_archive-data:/archive:ro`, ...(await identityMount(docker, lab, undefined)), image, 'restore',
  ], {timeoutMs: 60_000})
  return nodeOf(docker, name)
}
