// The container in which a data directory is restored before a lab takes it over. Invariant: no network, the archive mounted read-only, the lab's label on it, so that a crash of
// hl leaves nothing that `hl down` does not find. Not here: what is done in it (src/backup/restore).
import type {RestoreNode} from '../../model/ports.ts'
import type {Docker} from '../docker/docker.ts'
import {labLabel, projectOf} from './lab-description.ts'

const image = 'hl-archive:17'

export interface RestorePlace {
  /** The lab whose archive is read. */
  readonly from: string
  /** The lab whose volume is filled. */
  readonly into: string
  /** The member whose data it will be. */
  readonly member: string
}

/** Starts it; the volumes of `into` must be there. */
export async function startRestoreNode(docker: Docker, {from, into, member}: RestorePlace): Promise<RestoreNode> {
  const name = `${projectOf(into)}-restore`
  const volume = (lab: string, what: string, where: string): readonly string[] => ['-v', `${projectOf(lab)}_${what}:${where}`]
  await docker.attempt(['rm', '-f', name])
  await docker.text([
    'run', '-d', '--name', name, '--label', `${labLabel}=${into}`, '--network', 'none', '--pull', 'never', '--shm-size', '256m', '--hostname', member,
    ...volume(from, 'archive-data', '/archive:ro'), ...volume(into, `${member}-data`, '/var/lib/postgresql'),
    ...volume(into, 'secrets', '/run/hl-secrets'), ...volume(into, 'archive-secrets', '/run/hl-archive'),
    image, 'restore',
  ], {timeoutMs: 60_000})
  return {
    exec: async (argv, options) => docker.exec(name, argv, options),
    remove: async () => {
      await docker.text(['rm', '-f', '-v', name], {timeoutMs: 60_000})
    },
  }
}
