// The archive node and the container in which hl restores, from hl's own images, with the mounts that hl gives them.
// Invariant: the archive is read-only where it is restored from, and there is no network. Not here: what hl does with
// them (hl-way.ts), another tool's repository (pgbackrest.ts).
import type {Undo} from '../router/undo.ts'
import {makeVolume, startMachine, type Machine} from './machines.ts'

export const archiveImage = 'hl-archive:17'

export interface Archive {
  readonly machine: Machine
  /** Named volumes. */
  readonly data: string
  readonly secrets: string
}

/**
 * The archive node as a lab has it with `--archive command`: sshd, and a key for one command. pg_receivewal can be
 * started in it as well.
 */
export async function startArchive(undo: Undo): Promise<Archive> {
  const [data, secrets] = [await makeVolume('archive', undo), await makeVolume('archive-secrets', undo)]
  const machine = await startMachine(
    {
      service: 'archive',
      image: archiveImage,
      volumes: [`${data}:/archive`, `${secrets}:/run/hl-archive`],
      command: ['env', 'HL_ARCHIVE=command', '/usr/local/bin/entrypoint'],
    },
    undo,
  )
  return {machine, data, secrets}
}

export interface RestorePlace {
  readonly archive: Archive
  readonly image?: string
  readonly moreVolumes?: readonly string[]
}

/**
 * As src/lab/nodes/restore-node.ts makes it; the volumes of secrets are its own and empty, as in a lab that was just
 * made.
 */
export async function startRestorePlace(
  {archive, image = archiveImage, moreVolumes = []}: RestorePlace,
  undo: Undo,
): Promise<Machine> {
  const machine = await startMachine(
    {
      service: 'restore',
      image,
      withoutNetwork: true,
      volumes: [
        `${archive.data}:/archive:ro`,
        '/var/lib/postgresql',
        '/run/hl-secrets',
        '/run/hl-archive',
        ...moreVolumes,
      ],
    },
    undo,
  )
  await machine.exec('chown postgres:postgres /var/lib/postgresql', 'root')
  return machine
}

/** Where the restored data lies. */
export const restoredData = '/var/lib/postgresql/data'

export async function emptyRestorePlace(place: Machine): Promise<void> {
  await place.exec(
    `pkill -KILL -x postgres || true; while pgrep -x postgres >/dev/null; do sleep 0.05; done; rm -rf ${restoredData} /var/lib/postgresql/.parts /tmp/wal; mkdir -m 0700 ${restoredData}; chown postgres:postgres ${restoredData}`,
    'root',
  )
}
