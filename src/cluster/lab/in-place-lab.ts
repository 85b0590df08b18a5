// A lab whose own data is replaced by a restore. Invariants: the data that was there is moved aside on the same volume before anything else is, and comes back by itself when the
// restore fails; no member runs while it is neither the one nor the other; what the DCS knew of the old data is forgotten. Not here: the restore itself (src/backup/restore).
import {HlError} from '../../model/errors.ts'
import type {RestoreNode} from '../../model/ports.ts'
import type {Docker} from '../docker/docker.ts'
import type {ConnectedLab} from './connect-lab.ts'
import {projectOf} from './lab-description.ts'
import {untilPrimary, type OnLabPhase, type RestoredLab} from './restored-lab.ts'
import {startRestoreNode} from './restore-node.ts'
import type {UpOptions} from './up-lab.ts'

/** Where the safety copy lies, beside the data directory, on the volume of the member that was restored. */
export const safetyCopy = '/var/lib/postgresql/data.before-restore'
const data = '/var/lib/postgresql/data'
const volumeMs = 300_000

export interface InPlaceOptions extends Pick<UpOptions, 'clock' | 'signal' | 'progress'> {
  /** Throw away the safety copy of an earlier restore; otherwise it is refused while there is one. */
  readonly discardCopy: boolean
  /** What opens its encrypted archive, where the lab itself has it no more. */
  readonly identity?: string | undefined
}

/**
 * Replaces the lab's data by what `restore` makes; returns when the restored member is the primary; the others are made anew from it by `startStandbys`.
 * Errors: LAB_SETTINGS_DIFFER before anything is touched; those of `restore` and RESTORE_FAILED after the old data is back and its members run again.
 */
export async function restoreInPlace<T>(docker: Docker, lab: ConnectedLab, options: InPlaceOptions, restore: (node: RestoreNode) => Promise<T>, onPhase: OnLabPhase): Promise<RestoredLab<T>> {
  const {cluster} = lab
  const {clock, progress} = options
  const member = await requirePlace(docker, lab, options)
  const others = cluster.members.filter(name => name !== member)
  const asideMs = clock.nowMs()
  progress?.(`stopping the members of lab ${cluster.lab}`)
  // The primary last: the standbys have all of its WAL then.
  await Promise.all(others.map(async name => cluster.stop(name)))
  let aside = false
  try {
    await cluster.stop(member)
    await onVolume(docker, lab, member, `rm -rf ${safetyCopy}; if [ -d ${data} ]; then mv ${data} ${safetyCopy}; fi`)
    aside = true
    await forgetLeader(lab)
    const node = await startRestoreNode(docker, {from: cluster.lab, into: cluster.lab, member, identity: options.identity})
    onPhase('set-aside', asideMs, clock.nowMs())
    const restored = await restore(node).finally(async () => node.remove())
    const takeOverMs = clock.nowMs()
    await cluster.start(member)
    await untilPrimary(lab, member, options)
    onPhase('take-over', takeOverMs, clock.nowMs())
    return {lab, restored, startStandbys: async () => rebuild(lab, others)}
  } catch (error) {
    progress?.(`the restore failed; the old data of lab ${cluster.lab} is put back`)
    await swapBack(docker, lab, member, aside)
    await Promise.all(others.map(async name => cluster.start(name)))
    throw error
  }
}

/** The member whose data is replaced. */
async function requirePlace(docker: Docker, lab: ConnectedLab, {discardCopy}: InPlaceOptions): Promise<string> {
  const {cluster} = lab
  if (cluster.archive !== 'command') {
    throw new HlError('LAB_SETTINGS_DIFFER', `the archive of lab ${cluster.lab} receives WAL by streaming (archive ${cluster.archive}), and a receiver cannot go back to where a rewound primary begins`, {next: ['restore into a new lab beside it: hl restore --into <lab>', 'a lab whose WAL is archived by command can be restored in place: hl up --archive command']})
  }
  const {primary} = await cluster.state()
  const member = primary ?? cluster.members[0]
  if (member === undefined) throw new HlError('LAB_UNHEALTHY', `lab ${cluster.lab} has no members`, {next: ['hl restore --into <lab>']})
  if (!discardCopy && (await holdsCopy(docker, lab, member))) throw new HlError('LAB_SETTINGS_DIFFER', `${member} still holds the safety copy of an earlier restore in ${safetyCopy}`, {next: [`hl restore --in-place --discard-copy --lab ${cluster.lab} throws it away`, `hl restore --put-back --lab ${cluster.lab} makes it the lab's data again`]})
  return member
}

/** Undoes a restore in place, finished or cut off: the safety copy is the lab's data again, and the other members are made from it. Errors: LAB_SETTINGS_DIFFER when there is none. */
export async function putBack(docker: Docker, lab: ConnectedLab, options: Pick<InPlaceOptions, 'clock' | 'signal' | 'progress'>): Promise<string> {
  const {cluster} = lab
  const copies = await Promise.all(cluster.members.map(async name => ({name, there: await holdsCopy(docker, lab, name)})))
  const member = copies.find(({there}) => there)?.name
  if (member === undefined) throw new HlError('LAB_SETTINGS_DIFFER', `no member of lab ${cluster.lab} holds a safety copy`, {next: ['hl status', 'hl restore --in-place makes one before it replaces anything']})
  options.progress?.(`putting the safety copy of ${member} back`)
  await swapBack(docker, lab, member, true)
  await untilPrimary(lab, member, options)
  await rebuild(lab, cluster.members.filter(name => name !== member))
  return member
}

async function holdsCopy(docker: Docker, lab: ConnectedLab, member: string): Promise<boolean> {
  return (await onVolume(docker, lab, member, `if [ -e ${safetyCopy} ]; then echo there; fi`)).trim() === 'there'
}

/** Whatever state the members are in: none runs, then the old data is where it was, and its member starts from it. `aside`: it was moved away by the restore that is undone. */
async function swapBack(docker: Docker, lab: ConnectedLab, member: string, aside: boolean): Promise<void> {
  const {cluster} = lab
  await Promise.all(cluster.members.map(async name => cluster.stop(name)))
  // A copy that an earlier restore left is never taken for the data of now, unless that is gone.
  await onVolume(docker, lab, member, `if [ -d ${safetyCopy} ] && ${aside ? 'true' : `[ ! -d ${data} ]`}; then rm -rf ${data}; mv ${safetyCopy} ${data}; fi`)
  await forgetLeader(lab)
  await cluster.start(member)
}

/** The others are copied anew: what they hold belongs to a timeline that is left. */
async function rebuild({cluster}: ConnectedLab, members: readonly string[]): Promise<void> {
  await Promise.all(members.map(async name => {
    await cluster.wipe(name)
    await cluster.start(name)
  }))
}

/** Patroni makes nobody a primary who is behind what the DCS says of the last one. */
async function forgetLeader({cluster}: ConnectedLab): Promise<void> {
  const [member] = cluster.dcsMembers
  if (member === undefined) return
  const {exitCode, stderr} = await cluster.exec(member, ['forget-leader'], {user: 'root', timeoutMs: 30_000})
  if (exitCode !== 0) throw new HlError('RESTORE_FAILED', `etcd does not forget the old primary: ${stderr.trim().slice(-300)}`, {next: [`hl logs ${member} --lab ${cluster.lab}`]})
}

async function onVolume(docker: Docker, {cluster}: ConnectedLab, member: string, script: string): Promise<string> {
  return docker.text(['run', '--rm', '--network', 'none', '--pull', 'never', '-v', `${projectOf(cluster.lab)}_${member}-data:/var/lib/postgresql`, '--entrypoint', 'sh', 'hl-postgres:17', '-euc', script], {timeoutMs: volumeMs})
}
