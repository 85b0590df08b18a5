// The container of a recovery copy: a data directory of its own that is recovered from the lab's archive and stays
// there to be read. Invariant: no network, the archive mounted read-only, the lab's label on container and volume, so
// that `hl down` takes both; one per lab. Not here: what is done in it (src/backup/copy).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import type {ExecResult, RestoreNode} from '../../model/ports.ts'
import {pipeDocker, type Docker} from '../docker/docker.ts'
import {projectOf, serviceOf, type LabDescription} from '../lifecycle/lab-description.ts'
import {offlineNode, startWithData} from './offline-node.ts'

const pipeMs = 6 * 3_600_000
const nameOf = (lab: string): string => `${projectOf(lab)}-copy`
const volumeOf = (lab: string): string => `${projectOf(lab)}_copy-data`

/**
 * Makes it, and nothing is left where that fails. `identity`: what opens an encrypted archive, where the lab keeps it
 * no more. LAB_SETTINGS_DIFFER when the lab has one.
 */
export async function startCopyNode(docker: Docker, lab: string, identity: string | undefined): Promise<RestoreNode> {
  if (await hasCopy(docker, lab))
    throw new HlError('LAB_SETTINGS_DIFFER', `lab ${lab} has a recovery copy already`, {
      next: [hint('copy show', {lab}), hint('copy drop', {lab})],
    })
  return startWithData(docker, {name: nameOf(lab), lab, from: lab, hostname: 'copy', identity}, volumeOf(lab))
}

/** The one that is there. LAB_MISSING when there is none. */
export async function openCopyNode(docker: Docker, lab: string): Promise<RestoreNode> {
  if (await hasCopy(docker, lab)) return offlineNode(docker, nameOf(lab), volumeOf(lab))
  throw new HlError('LAB_MISSING', `lab ${lab} has no recovery copy`, {
    next: [hint('copy create', {flags: {to: 'latest'}, lab})],
  })
}

/** What a command in the copy prints into the stdin of one in a service of the lab, both as the user postgres. */
export async function pipeToService(
  description: LabDescription,
  from: readonly string[],
  to: {readonly service: string; readonly argv: readonly string[]},
): Promise<ExecResult> {
  return pipeDocker(
    ['exec', '-u', 'postgres', nameOf(description.lab), ...from],
    ['exec', '-i', '-u', 'postgres', serviceOf(description, to.service).container, ...to.argv],
    pipeMs,
  )
}

/** Does it have one? What is removed from the archive is gone for that too. */
export async function hasCopy(docker: Docker, lab: string): Promise<boolean> {
  return (await docker.text(['ps', '-aq', '--filter', `name=^${nameOf(lab)}$`])).trim() !== ''
}
