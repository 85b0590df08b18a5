// Takes a lab away: everything that carries its label, whatever state it is in and whoever made it. Idempotent.
// Not here: asking for confirmation (cli).
import {findLab, labNetworks, labVolumes} from './lab-inventory.ts'
import type {Docker} from './docker.ts'

export interface Removed {
  readonly containers: readonly string[]
  readonly networks: number
  readonly volumes: readonly string[]
}

/** Removes containers and networks of the lab, and with `volumes` its data and passwords too. Returns what went. */
export async function downLab(docker: Docker, lab: string, options: {readonly volumes: boolean}): Promise<Removed> {
  const found = await findLab(docker, lab)
  const containers = [...found.services.map(service => service.facts), ...found.others]
  if (containers.length > 0) await removeGone(docker, ['rm', '-f', ...(options.volumes ? ['-v'] : []), ...containers.map(container => container.id)], 120_000)
  const networks = await labNetworks(docker, lab)
  if (networks.length > 0) await removeGone(docker, ['network', 'rm', ...networks])
  const volumes = options.volumes ? await labVolumes(docker, lab) : []
  if (volumes.length > 0) await removeGone(docker, ['volume', 'rm', '-f', ...volumes])
  return {containers: containers.map(container => container.name), networks: networks.length, volumes}
}

/** Removal, where "it is not there" is what was wanted. */
async function removeGone(docker: Docker, argv: readonly string[], timeoutMs = 60_000): Promise<void> {
  const outcome = await docker.attempt(argv, {timeoutMs})
  if (outcome.exitCode === 0) return
  const real = outcome.stderr.split('\n').filter(line => line.trim() !== '' && !/no such|not found|already in progress/i.test(line))
  if (real.length > 0) await docker.text(argv, {timeoutMs})
}
