// Takes a lab away: everything that carries its label, whatever state it is in and whoever made it. Idempotent.
// Not here: asking for confirmation (cli).
import {lockLabel, scratchLabel} from './lab-description.ts'
import {findLab, labNetworks, labVolumes} from './lab-inventory.ts'
import {scratchVolume} from '../nodes/scratch-node.ts'
import type {Docker} from '../docker/docker.ts'
import {dockerFailure} from '../docker/docker-failure.ts'

export interface Removal {
  readonly containers: readonly string[]
  /** Whoever holds the lab, in the shape of a container (lock.ts). */
  readonly locks: readonly string[]
  readonly networks: readonly string[]
  readonly volumes: readonly string[]
}

export interface DownOptions {
  /** Its data and passwords too. */
  readonly volumes: boolean
  /** The caller holds the lab: the lock stays until it lets go. */
  readonly holding?: boolean
}

/** What `downLab` would remove, by name. */
export async function planDown(docker: Docker, lab: string, {volumes, holding}: DownOptions): Promise<Removal> {
  const found = await findLab(docker, lab)
  const others = found.others.filter(({labels}) => labels[lockLabel] === undefined)
  return {
    // Those that restore something hold volumes, so they go with the services.
    containers: [...found.services.map(service => service.container), ...others.map(other => other.name)],
    locks: holding === true ? [] : found.others.filter(other => !others.includes(other)).map(other => other.name),
    networks: await labNetworks(docker, lab),
    volumes: volumes
      ? await labVolumes(docker, lab)
      : others.some(({labels}) => labels[scratchLabel] !== undefined)
        ? [scratchVolume(lab)]
        : [],
  }
}

/**
 * Removes containers and networks of the lab, and with `volumes` its data and passwords too; the lock last. Returns
 * what went.
 */
export async function downLab(docker: Docker, lab: string, options: DownOptions): Promise<Removal> {
  const plan = await planDown(docker, lab, options)
  await remove(docker, ['rm', '-f', ...(options.volumes ? ['-v'] : [])], plan.containers)
  await remove(docker, ['network', 'rm'], plan.networks)
  await remove(docker, ['volume', 'rm', '-f'], plan.volumes)
  await remove(docker, ['rm', '-f'], plan.locks)
  return plan
}

/** Removal, where "it is not there" is what was wanted. */
async function remove(docker: Docker, command: readonly string[], names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  const argv = [...command, ...names]
  const outcome = await docker.attempt(argv, {timeoutMs: 120_000})
  const failure = dockerFailure(argv, outcome)
  if (failure === null) return
  const real = outcome.stderr
    .split('\n')
    .filter(line => line.trim() !== '' && !/no such|not found|already in progress/i.test(line))
  if (outcome.timedOut || real.length > 0) throw failure
}
