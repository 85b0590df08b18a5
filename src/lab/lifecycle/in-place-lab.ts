// A lab whose own data is replaced by a restore, or brought back where no member has any. Invariants: the data that was
// there is moved aside on the same volume before anything else is, and comes back by itself when the restore fails or
// is interrupted, but never once the restored data was in use; no member runs while it is neither the one nor the
// other; what the DCS knew of the old data is forgotten.
// Not here: the restore itself (src/backup/restore).
import {hint} from '../../model/command-hint.ts'
import {HlError, messageOf} from '../../model/errors.ts'
import type {RestoreNode} from '../../model/ports.ts'
import {workInNode} from '../../waiting/work-in-node.ts'
import type {Docker} from '../docker/docker.ts'
import type {ConnectedLab} from './connect-lab.ts'
import {untilPrimary, type OnLabPhase, type RestoredLab} from './restored-lab.ts'
import {removeRestoreNode, startRestoreNode} from '../nodes/restore-node.ts'
import type {UpOptions} from './make-lab.ts'
import {beginRecord, dropRecord, noteInUse} from './restore-record.ts'
import {beganWithNothing, type RestoreRecord} from './restore-state.ts'
import {archiveHistories, forgetLeader, rebuildOthers} from './restored-members.ts'
import {
  copyAside,
  discardCopies,
  holderOfCopy,
  holdersOfData,
  isOnlyAside,
  markTakenOver,
  removeData,
  safetyCopy,
  swapBack,
  wasInUse,
} from './safety-copy.ts'
import {lossOf} from './while-held.ts'

export interface InPlaceOptions extends Pick<UpOptions, 'clock' | 'signal' | 'progress'> {
  /** Throw away the safety copy of an earlier restore; otherwise it is refused while there is one. */
  readonly discardCopy: boolean
  /** What opens its encrypted archive, where the lab itself has it no more. */
  readonly identity?: string | undefined
  /** The target as it was asked for, for whoever begins it anew. */
  readonly wanted?: RestoreRecord['wanted'] | undefined
  /** One that was cut off: it begins anew, and its safety copy stays. Nothing of the cluster runs. */
  readonly resumes?: RestoreRecord | undefined
}

/**
 * Replaces the lab's data by what `restore` makes; returns when the restored member is the primary; the others are
 * rebuilt from it by `startStandbys`. It is on record from before anything is touched; who verified it ends that.
 * Errors: LAB_SETTINGS_DIFFER and LAB_UNHEALTHY before anything is touched; those of `restore`, RESTORE_FAILED and
 * INTERRUPTED after the old data is back and its members run again. An interruption ends the phase that runs; once the
 * data is given to Patroni it comes too late. RESTORE_FAILED with the restored data in use where only its history could
 * not be archived, or where it cannot be told that nobody wrote to it.
 */
export async function restoreInPlace<T>(
  docker: Docker,
  lab: ConnectedLab,
  options: InPlaceOptions,
  restore: (node: RestoreNode) => Promise<T>,
  onPhase: OnLabPhase,
): Promise<RestoredLab<T>> {
  const {cluster} = lab
  const {clock, progress, signal, identity} = options
  const asideMs = clock.nowMs()
  const record = options.resumes ?? (await begin(docker, lab, options))
  const {member} = record
  const others = cluster.members.filter(name => name !== member)
  let aside = false
  let restored: T
  try {
    progress?.(`stopping the members of lab ${cluster.lab}`)
    // The primary last: whatever is acknowledged until then is in its data, which is what is kept.
    await Promise.all(others.map(async name => cluster.stop(name)))
    await cluster.stop(member)
    signal?.throwIfAborted()
    await removeRestoreNode(docker, cluster.lab)
    if (beganWithNothing(record)) await removeData(docker, lab, member)
    else await copyAside(docker, lab, member, record.id)
    aside = true
    await discardCopies(docker, lab, member, options.discardCopy ? others : [])
    await forgetLeader(lab)
    const node = await startRestoreNode(docker, {from: cluster.lab, into: cluster.lab, member, identity})
    onPhase('set-aside', asideMs, clock.nowMs())
    restored = await workInNode(node, signal, restore)
    signal?.throwIfAborted()
    const takeOverMs = clock.nowMs()
    await noteInUse(docker, cluster.lab)
    await markTakenOver(docker, lab, member)
    await cluster.start(member)
    // Not interrupted: what Patroni promotes meanwhile gives the next number of a timeline out.
    await untilPrimary(lab, member, {clock})
    onPhase('take-over', takeOverMs, clock.nowMs())
  } catch (error) {
    await putBackAfter(docker, lab, {record, aside, error}, options)
    throw error
  }
  await archiveHistories(lab, member)
  return {lab, restored, startStandbys: async () => rebuildOthers(lab, others)}
}

/** On record from here on. */
async function begin(docker: Docker, lab: ConnectedLab, options: InPlaceOptions): Promise<RestoreRecord> {
  const {member, lost} = await requirePlace(docker, lab, options)
  options.signal?.throwIfAborted()
  const {clock, wanted = null, discardCopy} = options
  const from = lab.cluster.lab
  const make = {discardCopy, ...(lost ? {lost} : {})}
  const record: RestoreRecord = {place: 'in-place', id: clock.wallTime(), from, member, wanted, make}
  await beginRecord(docker, from, record)
  return record
}

/**
 * Puts the old data back after an error. INTERRUPTED when that was an interruption, RESTORE_FAILED when the old data
 * could not be put back, LAB_MISSING when the lab was taken away meanwhile.
 */
async function putBackAfter(
  docker: Docker,
  lab: ConnectedLab,
  {record, aside, error}: {readonly record: RestoreRecord; readonly aside: boolean; readonly error: unknown},
  options: InPlaceOptions,
): Promise<void> {
  const {cluster} = lab
  const {progress, signal} = options
  const loss = lossOf(signal)
  if (loss !== null) throw loss
  const isInterrupted = signal?.aborted === true
  const why = isInterrupted ? `interrupted by ${String(signal.reason)}` : `the restore failed (${messageOf(error)})`
  const lost = beganWithNothing(record)
  const undone = lost ? 'what was made is removed' : `the old data of lab ${cluster.lab} is put back`
  progress?.(`${isInterrupted ? 'interrupted' : 'the restore failed'}; ${undone}`)
  await undo(docker, lab, record, aside, options).catch((cause: unknown) => {
    throw new HlError('RESTORE_FAILED', `${why}, and the old data could not be put back: ${messageOf(cause)}`, {
      next: [
        ...(cause instanceof HlError ? cause.steps : []),
        ...(lost
          ? [hint('restore', {flags: {resume: true}, lab: cluster.lab, why: 'begins it anew'})]
          : [
              hint('restore', {flags: {'put-back': true}, lab: cluster.lab}),
              `the old data is in ${safetyCopy} on the volume of ${record.member}`,
            ]),
      ],
      cause,
    })
  })
  await dropRecord(docker, cluster.lab)
  const now = lost ? `${cluster.name} has no data, as before` : `the old data of lab ${cluster.lab} is back`
  progress?.(`${now}, and its members run`)
  if (isInterrupted)
    throw new HlError(
      'INTERRUPTED',
      `${why}; ${lost ? now : `lab ${cluster.lab} has the data again that it had before`}`,
      {
        next: [hint('status', {lab: cluster.lab}), 'run it again'],
        cause: error,
      },
    )
}

interface Place {
  readonly member: string
  /** No member has data. */
  readonly lost: boolean
}

/**
 * The member whose data is replaced: the primary, since which data is the newest cannot be told without one. Where no
 * member has data one is as good as another.
 */
async function requirePlace(docker: Docker, lab: ConnectedLab, {discardCopy}: InPlaceOptions): Promise<Place> {
  const {cluster} = lab
  if (cluster.archive !== 'command') {
    throw new HlError(
      'LAB_SETTINGS_DIFFER',
      `the archive of lab ${cluster.lab} receives WAL by streaming (archive ${cluster.archive}), and a receiver ` +
        'cannot go back to where a rewound primary begins',
      {
        next: [
          hint('restore', {flags: {into: '<new lab>', to: 'latest'}, why: 'restores into a new lab beside it'}),
          'only a lab that was brought up with --archive command can be restored in place',
        ],
      },
    )
  }
  const {primary} = await cluster.state()
  const holders = primary === null ? await holdersOfData(docker, lab) : [primary]
  const [first] = cluster.members
  const member = primary ?? (holders.length === 0 ? first : undefined)
  if (member === undefined)
    throw new HlError(
      'LAB_UNHEALTHY',
      `lab ${cluster.lab} has no primary, so it cannot be told whose data is the newest and has to be kept; it is on ` +
        `the volumes of ${holders.join(', ') || 'nobody'}`,
      {next: [hint('restore', {flags: {into: '<lab>', to: 'latest'}, lab: cluster.lab}), hint('status')]},
    )
  const holder = discardCopy ? null : await holderOfCopy(docker, lab)
  if (holder !== null)
    throw new HlError(
      'LAB_SETTINGS_DIFFER',
      `${holder} still holds the safety copy of an earlier restore in ${safetyCopy}`,
      {
        next: [
          'is anything in it still needed?',
          hint('restore', {
            flags: {'discard-copy': true, 'confirm': cluster.lab},
            lab: cluster.lab,
            why: 'throws it away',
          }),
          'with --discard-copy beside --in-place the restore does so itself',
        ],
      },
    )
  return {member, lost: primary === null}
}

/**
 * The old data is there again, and its member is the primary before any other starts: it has everything that was
 * acknowledged. Where nobody had data the members wait for some, as before.
 */
async function undo(
  docker: Docker,
  lab: ConnectedLab,
  record: RestoreRecord,
  aside: boolean,
  {clock}: InPlaceOptions,
): Promise<void> {
  const {cluster} = lab
  const {member} = record
  await Promise.all(cluster.members.map(async name => cluster.stop(name)))
  if (aside && (await wasInUse(docker, lab, member)))
    throw new HlError('RESTORE_FAILED', 'the restored data was in use already, and may hold writes', {
      next: [hint('restore', {flags: {resume: true}, lab: cluster.lab, why: 'finishes and verifies it'})],
    })
  // What moves the data may be cut off after its deed: then only the volume knows.
  if (beganWithNothing(record)) {
    await removeRestoreNode(docker, cluster.lab)
    await removeData(docker, lab, member)
    await Promise.all(cluster.members.map(async name => cluster.start(name)))
    return
  }
  if (aside || (await isOnlyAside(docker, lab, member))) await swapBack(docker, lab, member)
  await cluster.start(member)
  await untilPrimary(lab, member, {clock})
  await Promise.all(cluster.members.filter(name => name !== member).map(async name => cluster.start(name)))
}
