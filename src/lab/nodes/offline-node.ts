// A container in which data from an archive is worked on: the archive mounted, as a rule read-only, its key where it is
// encrypted, no network, the lab's label on it, so that a crash of hl leaves nothing that `hl down` does not find. Not
// here: which volumes it has and what becomes of them (restore-node.ts, recovery-copy.ts, scratch-node.ts).
import type {RestoreNode} from '../../model/ports.ts'
import type {Docker} from '../docker/docker.ts'
import {identityFolder, identityMount} from '../lifecycle/archive-key.ts'
import {labLabel, projectOf} from '../lifecycle/lab-description.ts'

const image = 'hl-archive:17'
const startMs = 60_000

export interface OfflineNode {
  /** Of the container. */
  readonly name: string
  /** The lab that it belongs to. */
  readonly lab: string
  /** The lab whose archive it reads. */
  readonly from: string
  readonly hostname: string
  /** `volume:path`. */
  readonly volumes: readonly string[]
  /** Besides the lab's: `name=value`. */
  readonly labels?: readonly string[]
  /** Absent: it only reads the archive. */
  readonly writesArchive?: boolean
  /** An identity that was kept elsewhere than in the volume of `from`. */
  readonly identity?: string | undefined
}

/** Starts it, doing nothing. */
export async function startOffline(
  docker: Docker,
  {name, lab, from, hostname, volumes, labels = [], writesArchive = false, identity}: OfflineNode,
): Promise<void> {
  await docker.text(
    [
      'run',
      '-d',
      '--name',
      name,
      ...[`${labLabel}=${lab}`, ...labels].flatMap(label => ['--label', label]),
      '--network',
      'none',
      '--pull',
      'never',
      '--shm-size',
      '256m',
      '--hostname',
      hostname,
      ...[`${projectOf(from)}_archive-data:/archive${writesArchive ? '' : ':ro'}`, ...volumes].flatMap(volume => [
        '-v',
        volume,
      ]),
      ...(await identityMount(docker, from, identity)),
      image,
      'restore',
    ],
    {timeoutMs: startMs},
  )
  if (identity !== undefined)
    await docker.exec(name, ['sh', '-c', `umask 077; cat >${identityFolder}/identity`], {
      user: 'postgres',
      stdin: identity,
      timeoutMs: startMs,
    })
}

/**
 * The same with an empty data volume of its own, labelled as the container is: `remove` takes both. What is left of an
 * earlier one goes first.
 */
export async function startWithData(
  docker: Docker,
  options: Omit<OfflineNode, 'volumes'>,
  volume: string,
): Promise<RestoreNode> {
  const {name, lab, labels = []} = options
  const node = (): RestoreNode => offlineNode(docker, name, volume)
  await node().remove()
  try {
    await docker.text([
      'volume',
      'create',
      ...[`${labLabel}=${lab}`, ...labels].flatMap(label => ['--label', label]),
      volume,
    ])
    await startOffline(docker, {...options, volumes: [`${volume}:/var/lib/postgresql`]})
  } catch (error) {
    // Nobody has it to take away; and a person must know why it did not start, not that this failed too.
    await node()
      .remove()
      .catch(() => undefined)
    throw error
  }
  return node()
}

/** As the port; `remove` takes the container away, and `volume` with it where it is told. */
export function offlineNode(docker: Docker, name: string, volume: string | null = null): RestoreNode {
  const remove = async (): Promise<void> => {
    await docker.text(['rm', '-f', '-v', name], {timeoutMs: startMs})
    if (volume !== null) await docker.text(['volume', 'rm', '-f', volume], {timeoutMs: startMs})
  }
  let removed: Promise<void> | null = null
  return {
    exec: async (argv, options) => docker.exec(name, argv, options),
    // Ctrl-C removes it from under what runs in it, which then removes it too: Docker refuses the second of two at
    // once.
    remove: async () => (removed ??= remove()),
  }
}
