// The safety copy of a restore in place: the data that was there, aside on the same volume, beside the data directory.
// Invariants: nothing is deleted under the name that it is looked for by; what is done here can be cut off anywhere and
// be repeated. No member runs meanwhile. Not here: when it is made and put back (in-place-lab.ts).
import {HlError} from '../../model/errors.ts'
import {formatLsn} from '../../model/lsn.ts'
import type {Docker} from '../docker/docker.ts'
import {onVolume} from '../docker/volume.ts'
import {atMember, type ConnectedLab} from './connect-lab.ts'
import {dataPosition, type DataPosition, type NamedPosition} from './data-position.ts'
import {projectOf} from './lab-description.ts'
import {removeRestoreNode} from '../nodes/restore-node.ts'
import {forgetLeader} from './restored-members.ts'

/** Where the safety copy lies, beside the data directory, on the volume of the member that was restored. */
export const safetyCopy = '/var/lib/postgresql/data.before-restore'
const data = '/var/lib/postgresql/data'
/**
 * There once the restored data was given to Patroni, with timeline and position as they were then: what is past those
 * may be in the archive.
 */
const takenOver = '/var/lib/postgresql/restore-taken-over'
/** Which restore moved the data aside, by its id: the safety copy of an earlier one is another matter. */
const movedBy = '/var/lib/postgresql/restore-moved-aside'

/**
 * Where the copy of an earlier restore lies already, it is kept under another name, for `discardCopies`. Of a restore
 * that was cut off and begins anew what it made goes; its copy stays.
 */
export async function copyAside(docker: Docker, lab: ConnectedLab, member: string, id: string): Promise<void> {
  const script = [
    `rm -f ${takenOver}`,
    `if [ -e ${safetyCopy} ] && [ "$(cat ${movedBy} 2>/dev/null)" = '${id}' ]; then rm -rf ${data}; exit 0; fi`,
    `if [ -e ${safetyCopy} ]; then mv ${safetyCopy} ${data}.discarded; fi`,
    `printf %s '${id}' >${movedBy}.new; mv ${movedBy}.new ${movedBy}`,
    `mv ${data} ${safetyCopy}`,
  ]
  await onData(docker, lab, member, script.join('; '))
}

/** Those of the members that have data, whole or not. */
export async function holdersOfData(docker: Docker, lab: ConnectedLab): Promise<readonly string[]> {
  const {members} = lab.cluster
  const script = `if [ -n "$(ls -A ${data} 2>/dev/null)" ]; then echo files; fi`
  const said = await Promise.all(members.map(async name => onData(docker, lab, name, script)))
  return members.filter((_name, index) => said[index]?.trim() === 'files')
}

/** What a restore has made where no member had data. */
export async function removeData(docker: Docker, lab: ConnectedLab, member: string): Promise<void> {
  await onData(docker, lab, member, `rm -rf ${data} ${takenOver}`)
}

/** Did the restore of that id move the data aside? */
export async function wasMovedBy(docker: Docker, lab: ConnectedLab, member: string, id: string): Promise<boolean> {
  const script = `if [ -e ${safetyCopy} ] && [ "$(cat ${movedBy} 2>/dev/null)" = '${id}' ]; then echo moved; fi`
  return (await onData(docker, lab, member, script)).trim() === 'moved'
}

/** Where the data is in its place: what was put aside for a moment goes, and an earlier copy has its name again. */
export async function tidyUp(docker: Docker, lab: ConnectedLab, member: string): Promise<void> {
  const script =
    `rm -rf ${data}.undone; if [ -e ${data}.discarded ] && [ ! -e ${safetyCopy} ]; then mv ${data}.discarded ` +
    `${safetyCopy}; fi`
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
  for (const name of others) await onData(docker, lab, name, `rm -rf ${safetyCopy} ${takenOver} ${movedBy}`)
}

/** From now on Patroni may promote what was restored. */
export async function markTakenOver(docker: Docker, lab: ConnectedLab, member: string): Promise<void> {
  const given = placeOf(await dataPosition(docker, lab.cluster.lab, member, data))
  await onData(docker, lab, member, `touch ${takenOver}; printf %s '${given}' >${takenOver}`)
}

/** Was the restored data in use? Given to Patroni it is, unless it ends where it ended then: nobody promoted it. */
export async function wasInUse(docker: Docker, lab: ConnectedLab, member: string): Promise<boolean> {
  if (!(await isThere(docker, lab, member, takenOver))) return false
  const given = (await onData(docker, lab, member, `cat ${takenOver}`)).trim()
  return given === '' || given !== placeOf(await dataPosition(docker, lab.cluster.lab, member, data))
}

const placeOf = (position: DataPosition | null): string =>
  position === null ? '' : `${position.timeline} ${formatLsn(position.lsn)}`

/** Of the safety copy; null where its files do not tell. */
export async function copyPosition(docker: Docker, lab: ConnectedLab, member: string): Promise<DataPosition | null> {
  return dataPosition(docker, lab.cluster.lab, member, safetyCopy)
}

/** Of each of the members that has data. */
export async function positionsOf(
  docker: Docker,
  lab: ConnectedLab,
  members: readonly string[],
): Promise<readonly NamedPosition[]> {
  const found = await Promise.all(
    members.map(async name => ({name, position: await dataPosition(docker, lab.cluster.lab, name, data)})),
  )
  return found.flatMap(({name, position}) => (position === null ? [] : [{name, ...position}]))
}

/** The earlier one is not needed any more, whoever holds it; its holder, null: nobody. */
export async function discardCopy(docker: Docker, lab: ConnectedLab): Promise<string | null> {
  const holder = await holderOfCopy(docker, lab)
  if (holder !== null) await onData(docker, lab, holder, `rm -rf ${safetyCopy} ${takenOver} ${movedBy}`)
  return holder
}

/** The lab as the cluster sees it one of whose members holds a copy; as it is where none does. */
export async function atHolder(docker: Docker, lab: ConnectedLab): Promise<ConnectedLab> {
  if (lab.clusters.length < 2) return lab
  for (const {cluster} of lab.clusters) {
    const own = atMember(lab, cluster.members[0] ?? '')
    if ((await holderOfCopy(docker, own)) !== null) return own
  }
  return lab
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
  await removeRestoreNode(docker, lab.cluster.lab)
  await forgetLeader(lab)
  await onData(
    docker,
    lab,
    member,
    `rm -rf ${data}.undone ${data}.discarded; if [ -e ${safetyCopy} ]; then if [ -e ${data} ]; then mv ${data} ` +
      `${data}.undone; fi; mv ${safetyCopy} ${data}; fi; rm -rf ${data}.undone ${takenOver} ${movedBy}`,
  )
}

async function onData(docker: Docker, {cluster}: ConnectedLab, member: string, script: string): Promise<string> {
  return onVolume(docker, `${projectOf(cluster.lab)}_${member}-data`, '/var/lib/postgresql', script)
}
