// The safety copy of a restore in place: the data that was there, aside on the same volume, beside the data directory.
// Invariants: nothing is deleted under the name that it is looked for by; what is done here can be cut off anywhere and
// be repeated. No member runs meanwhile. Not here: when it is made and put back (in-place-lab.ts).
import {HlError} from '../../model/errors.ts'
import type {Docker} from '../docker/docker.ts'
import {onVolume} from '../docker/volume.ts'
import type {ConnectedLab} from './connect-lab.ts'
import {projectOf} from './lab-description.ts'
import {forgetLeader} from './restored-members.ts'

/** Where the safety copy lies, beside the data directory, on the volume of the member that was restored. */
export const safetyCopy = '/var/lib/postgresql/data.before-restore'
const data = '/var/lib/postgresql/data'
/** There once the restored data was given to Patroni: from then on timelines of it may be in the archive. */
const takenOver = '/var/lib/postgresql/restore-taken-over'

/** Where one lies already, it is kept under another name, for `discardCopies`. */
export async function copyAside(docker: Docker, lab: ConnectedLab, member: string): Promise<void> {
  const script = `rm -f ${takenOver}; if [ -e ${safetyCopy} ]; then mv ${safetyCopy} ${data}.discarded; fi; mv ${data} ${safetyCopy}`
  await onData(docker, lab, member, script)
}

/** Those of earlier restores: of this member, and of the `others`, where such a one may have been too. */
export async function discardCopies(
  docker: Docker,
  lab: ConnectedLab,
  member: string,
  others: readonly string[],
): Promise<void> {
  await onData(docker, lab, member, `rm -rf ${data}.discarded`)
  for (const name of others) await onData(docker, lab, name, `rm -rf ${safetyCopy} ${takenOver}`)
}

/** From now on Patroni may promote what was restored. */
export async function markTakenOver(docker: Docker, lab: ConnectedLab, member: string): Promise<void> {
  await onData(docker, lab, member, `touch ${takenOver}`)
}

export async function wasTakenOver(docker: Docker, lab: ConnectedLab, member: string): Promise<boolean> {
  return isThere(docker, lab, member, takenOver)
}

/** null: nobody. LAB_SETTINGS_DIFFER when there are several: which one is wanted is a person's to say. */
export async function holderOfCopy(docker: Docker, lab: ConnectedLab): Promise<string | null> {
  const {cluster} = lab
  const there = await Promise.all(
    cluster.members.map(async name => ({name, holds: await isThere(docker, lab, name, safetyCopy)})),
  )
  const holders = there.filter(({holds}) => holds).map(({name}) => name)
  if (holders.length > 1)
    throw new HlError('LAB_SETTINGS_DIFFER', `${holders.join(' and ')} each hold a safety copy`, {
      next: [`look at ${safetyCopy} on their volumes, and remove the one that is not needed`],
    })
  return holders[0] ?? null
}

/**
 * Was the data moved aside, and nothing put in its place yet? An earlier safety copy lies beside data that is there.
 */
export async function isOnlyAside(docker: Docker, lab: ConnectedLab, member: string): Promise<boolean> {
  const script = `if [ -e ${safetyCopy} ] && [ ! -e ${data} ]; then echo aside; fi`
  return (await onData(docker, lab, member, script)).trim() === 'aside'
}

async function isThere(docker: Docker, lab: ConnectedLab, member: string, path: string): Promise<boolean> {
  return (await onData(docker, lab, member, `if [ -e ${path} ]; then echo there; fi`)).trim() === 'there'
}

/**
 * No member may run. A restore that was cut off may still be copying into the data directory: its container goes first.
 */
export async function swapBack(docker: Docker, lab: ConnectedLab, member: string): Promise<void> {
  await docker.attempt(['rm', '-f', `${projectOf(lab.cluster.lab)}-restore`], {timeoutMs: 60_000})
  await forgetLeader(lab)
  await onData(
    docker,
    lab,
    member,
    `rm -rf ${data}.undone ${data}.discarded; if [ -e ${safetyCopy} ]; then if [ -e ${data} ]; then mv ${data} ${data}.undone; fi; mv ${safetyCopy} ${data}; fi; rm -rf ${data}.undone ${takenOver}`,
  )
}

async function onData(docker: Docker, {cluster}: ConnectedLab, member: string, script: string): Promise<string> {
  return onVolume(docker, `${projectOf(cluster.lab)}_${member}-data`, '/var/lib/postgresql', script)
}
