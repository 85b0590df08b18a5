// Asks Docker what carries a lab's label: containers in any state, networks, volumes. Invariant: the label alone
// decides, compose files are not needed.
// Not here: what it means (lab-description.ts), removing it (down-lab.ts).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import type {Docker} from '../docker/docker.ts'
import {dockerFailure, saysGone} from '../docker/docker-failure.ts'
import {describeLab, describeLabs, labLabel, type LabDescription} from './lab-description.ts'
import {lines, parseContainers, type ContainerFacts} from '../docker/parse-docker.ts'

/** The JSON list of `docker inspect`; what vanished meanwhile is left out. */
export async function inspectAll(
  docker: Docker,
  type: 'container' | 'network',
  ids: readonly string[],
): Promise<string> {
  if (ids.length === 0) return '[]'
  const inspect = [type, 'inspect', ...ids]
  const outcome = await docker.attempt(inspect)
  const failure = saysGone(outcome) ? null : dockerFailure(inspect, outcome)
  if (failure !== null) throw failure
  return outcome.stdout.trim() === '' ? '[]' : outcome.stdout
}

/** All containers with the label, `label` being `hl.lab` or `hl.lab=<name>`. */
async function labelled(docker: Docker, label: string): Promise<readonly ContainerFacts[]> {
  const ids = lines(await docker.text(['ps', '-aq', '--no-trunc', '--filter', `label=${label}`]))
  return parseContainers(await inspectAll(docker, 'container', ids))
}

/** Every lab that Docker knows, started by any hl. */
export async function listLabs(docker: Docker): Promise<readonly LabDescription[]> {
  return describeLabs(await labelled(docker, labLabel))
}

/** One lab as Docker has it now; may be empty. */
export async function findLab(docker: Docker, lab: string): Promise<LabDescription> {
  return describeLab(lab, await labelled(docker, `${labLabel}=${lab}`))
}

/** One lab that is there; LAB_MISSING when nothing of it runs or ever ran. */
export async function requireLab(docker: Docker, lab: string): Promise<LabDescription> {
  const found = await findLab(docker, lab)
  if (found.services.length > 0) return found
  const names = (await listLabs(docker)).map(other => other.lab)
  throw new HlError(
    'LAB_MISSING',
    `there is no lab ${lab}${names.length === 0 ? '' : `; there is ${names.join(', ')}`}`,
    {next: [hint('up', {lab})]},
  )
}

/** Names of the lab's networks and volumes. */
export async function labNetworks(docker: Docker, lab: string): Promise<readonly string[]> {
  return lines(await docker.text(['network', 'ls', '-q', '--filter', `label=${labLabel}=${lab}`]))
}

export async function labVolumes(docker: Docker, lab: string): Promise<readonly string[]> {
  return lines(await docker.text(['volume', 'ls', '-q', '--filter', `label=${labLabel}=${lab}`]))
}
