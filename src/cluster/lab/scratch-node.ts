// The container in which a backup is restored to see that it can be: its data belongs to nobody and goes with it. Invariant: no network, the archive mounted read-only, the lab's
// label on container and volume, so that `hl down` takes both after a crash; one per lab, and the next one removes what is left of the last. Not here: what is done in it (src/backup/prove).
import type {RestoreNode} from '../../model/ports.ts'
import type {Docker} from '../docker/docker.ts'
import {identityMount} from './archive-key.ts'
import {labLabel, projectOf, scratchLabel} from './lab-description.ts'

const image = 'hl-archive:17'
const removeMs = 60_000
const nameOf = (lab: string): string => `${projectOf(lab)}-scratch`

/** The data of a scratch container. */
export const scratchVolume = (lab: string): string => `${projectOf(lab)}_scratch-data`

/** Starts an empty one. The caller holds the lab, so that nobody else's is removed. */
export async function startScratchNode(docker: Docker, lab: string): Promise<RestoreNode> {
  const remove = async (): Promise<void> => {
    await docker.text(['rm', '-f', '-v', nameOf(lab)], {timeoutMs: removeMs})
    await docker.text(['volume', 'rm', '-f', scratchVolume(lab)], {timeoutMs: removeMs})
  }
  await remove()
  const labels = ['--label', `${labLabel}=${lab}`, '--label', `${scratchLabel}=1`]
  try {
    await docker.text(['volume', 'create', ...labels, scratchVolume(lab)])
    await docker.text([
      'run', '-d', '--name', nameOf(lab), ...labels, '--network', 'none', '--pull', 'never', '--shm-size', '256m', '--hostname', 'scratch',
      '-v', `${projectOf(lab)}_archive-data:/archive:ro`, ...(await identityMount(docker, lab, undefined)), '-v', `${scratchVolume(lab)}:/var/lib/postgresql`, image, 'restore',
    ], {timeoutMs: 60_000})
  } catch (error) {
    // Nobody has it to take away; and a person must know why it did not start, not that this failed too.
    await remove().catch(() => undefined)
    throw error
  }
  let removed: Promise<void> | null = null
  return {
    exec: async (argv, options) => docker.exec(nameOf(lab), argv, options),
    // Ctrl-C removes it under what runs in it, which then removes it too: Docker refuses the second of two at once.
    remove: async () => (removed ??= remove()),
  }
}
