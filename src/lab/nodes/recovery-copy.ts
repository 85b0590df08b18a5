// The container of a recovery copy: a data directory of its own that is recovered from the lab's archive and stays
// there to be read. Invariant: no network, the archive mounted read-only, the lab's label on container and volume, so
// that `hl down` takes both; one per lab. Not here: what is done in it (src/backup/copy).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import type {ExecResult, RestoreNode} from '../../model/ports.ts'
import {pipeDocker, type Docker} from '../docker/docker.ts'
import type {ContainerFacts} from '../docker/parse-docker.ts'
import {projectOf, serviceOf, type LabDescription} from '../lifecycle/lab-description.ts'
import {labVolumes} from '../lifecycle/lab-inventory.ts'
import {offlineNode, startWithData} from './offline-node.ts'

const pipeMs = 6 * 3_600_000
const lookMs = 10_000
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
  throw noCopy(lab)
}

function noCopy(lab: string): HlError {
  return new HlError('LAB_MISSING', `lab ${lab} has no recovery copy`, {
    next: [hint('copy create', {flags: {to: 'latest'}, lab})],
  })
}

/** Takes it away, whatever is left of it. LAB_MISSING when there is nothing. */
export async function removeCopy(docker: Docker, lab: string): Promise<void> {
  if (!(await hasCopy(docker, lab)) && !(await hasData(docker, lab))) throw noCopy(lab)
  await offlineNode(docker, nameOf(lab), volumeOf(lab)).remove()
}

async function hasData(docker: Docker, lab: string): Promise<boolean> {
  return (await labVolumes(docker, lab)).includes(volumeOf(lab))
}

/**
 * What a look at it shows. `unfinished`: its making was cut off. `stopped`: its container, or its server alone, does
 * not run, and nothing starts it again. null: it does not say.
 */
export type CopyLook = 'none' | 'whole' | 'unfinished' | 'stopped' | null

/** Of what is there of the lab; `containers` with their state. */
export async function lookAtCopy(
  docker: Docker,
  lab: string,
  containers: readonly Pick<ContainerFacts, 'name' | 'status'>[],
): Promise<CopyLook> {
  const found = containers.find(({name}) => name === nameOf(lab))
  if (found === undefined) return (await hasData(docker, lab)) ? 'unfinished' : 'none'
  if (found.status !== 'running') return 'stopped'
  const said = await docker
    .exec(found.name, ['sh', '-c', lookScript], {user: 'postgres', timeoutMs: lookMs})
    .catch(() => null)
  const word = said?.stdout.trim()
  return word === 'whole' || word === 'unfinished' || word === 'stopped' ? word : null
}

/** It says what it is once it is made. One that lets nobody in yet runs all the same; pg_isready ends with 2 if not. */
const lookScript = `[ -s /var/lib/postgresql/copy.json ] || { echo unfinished; exit; }
pg_isready -q; [ $? -ge 2 ] && echo stopped || echo whole`

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
