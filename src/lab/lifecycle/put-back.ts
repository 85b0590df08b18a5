// Undoes a restore in place that was cut off: the safety copy is the lab's data again. Invariant: what was written
// since the data was moved aside is thrown away only where somebody said so outright. Not here: the copy itself
// (safety-copy.ts).
import {hint} from '../../model/command-hint.ts'
import {HlError, messageOf} from '../../model/errors.ts'
import type {RestoreNode} from '../../model/ports.ts'
import {workInNode} from '../../waiting/work-in-node.ts'
import type {Docker} from '../docker/docker.ts'
import {removeRestoreNode, startRestoreNode} from '../nodes/restore-node.ts'
import type {ConnectedLab} from './connect-lab.ts'
import {dataPosition, writtenSince, type NamedPosition} from './data-position.ts'
import type {InPlaceOptions} from './in-place-lab.ts'
import {untilPrimary} from './restored-lab.ts'
import {archiveHistories, rebuildOthers} from './restored-members.ts'
import {dropRecord, readRecord} from './restore-record.ts'
import {beganWithNothing} from './restore-state.ts'
import {
  copyPosition,
  holderOfCopy,
  positionsOf,
  safetyCopy,
  swapBack,
  tidyUp,
  wasInUse,
  wasMovedBy,
} from './safety-copy.ts'

const data = '/var/lib/postgresql/data'

export interface PutBackOptions extends Pick<InPlaceOptions, 'clock' | 'progress'> {
  /** How far the archive goes; null: nobody can say. */
  readonly archived: NamedPosition | null
  /** Throw away what was written since. */
  readonly discardNewer: boolean
  /** In a container apart: begins a timeline of the data that the archive does not know. */
  readonly passArchived: (node: RestoreNode) => Promise<unknown>
}

/**
 * The member whose data it was. Each step can be cut off too, and be repeated. Where nothing was moved aside yet the
 * members only start again.
 * Errors, before anything is touched: LAB_SETTINGS_DIFFER when there is no copy, several, when the restored data was in
 * use (timelines of it are in the archive then, whose numbers the old data would give out again), or when something was
 * written since the data was moved aside.
 */
export async function putBack(docker: Docker, lab: ConnectedLab, options: PutBackOptions): Promise<string> {
  const {cluster} = lab
  const record = await readRecord(docker, cluster.lab)
  if (record !== null && record.stage !== 'checked' && beganWithNothing(record))
    throw new HlError('LAB_SETTINGS_DIFFER', `no member of ${cluster.name} had data when the restore began`, {
      next: [hint('restore', {flags: {resume: true}, lab: cluster.lab, why: 'begins it anew, or finishes it'})],
    })
  if (record?.stage === 'begun' && !(await wasMovedBy(docker, lab, record.member, record.id))) {
    await goOn(docker, lab, record.member, options)
    return record.member
  }
  const member = await requireCopy(docker, lab)
  if (!options.discardNewer) await requireNothingNewer(docker, lab, member, options.archived)
  options.progress?.(`putting the safety copy of ${member} back`)
  await Promise.all(cluster.members.map(async name => cluster.stop(name)))
  await swapBack(docker, lab, member)
  await startPast(docker, lab, member, options)
  await rebuildOthers(
    lab,
    cluster.members.filter(name => name !== member),
  )
  await dropRecord(docker, cluster.lab)
  return member
}

/** It was cut off before its data was moved, or putting back was cut off behind that. */
async function goOn(docker: Docker, lab: ConnectedLab, member: string, options: PutBackOptions): Promise<void> {
  const {cluster} = lab
  options.progress?.(`the old data is in its place; the members of lab ${cluster.lab} are started`)
  await removeRestoreNode(docker, cluster.lab)
  await tidyUp(docker, lab, member)
  // What was acknowledged while the others were stopped already is in its data alone.
  await startPast(docker, lab, member, options)
  await Promise.all(cluster.members.filter(name => name !== member).map(async name => cluster.start(name)))
  await dropRecord(docker, cluster.lab)
}

/**
 * Starts the member, and waits until it is the primary. Where the archive has timelines that its data knows nothing of,
 * which were thrown away, the next promotion would give the number of one out again, and the archive refuse all that is
 * written from then on: the data passes them first. That it could not is told, and is no reason to leave the lab down.
 */
async function startPast(
  docker: Docker,
  lab: ConnectedLab,
  member: string,
  options: Pick<PutBackOptions, 'clock' | 'progress' | 'archived' | 'passArchived'>,
): Promise<void> {
  const {cluster} = lab
  const {progress, archived, passArchived} = options
  const own = await dataPosition(docker, cluster.lab, member, data)
  const isBehind = own !== null && archived !== null && archived.timeline > own.timeline
  const {members} = await cluster.state()
  const runs = members.some(({name, container}) => name === member && container === 'running')
  let passed = false
  if (isBehind && !runs) {
    progress?.(`the archive has timelines up to ${archived.timeline}: the data goes on behind them`)
    try {
      const node = await startRestoreNode(docker, {from: cluster.lab, into: cluster.lab, member})
      await workInNode(node, undefined, passArchived)
      passed = true
    } catch (error) {
      progress?.(
        `it could not (${messageOf(error)}): its next timeline may have the number of one in the archive, which ` +
          'then refuses what is written; a full backup of a lab that is made anew is the way out',
      )
    }
  }
  await cluster.start(member)
  await untilPrimary(lab, member, options)
  if (passed) await archiveHistories(lab, member)
}

async function requireCopy(docker: Docker, lab: ConnectedLab): Promise<string> {
  const {lab: name} = lab.cluster
  const member = await holderOfCopy(docker, lab)
  if (member === null)
    throw new HlError('LAB_SETTINGS_DIFFER', `no member of lab ${name} holds a safety copy`, {
      next: [
        hint('status', {lab: name}),
        hint('restore', {
          flags: {'in-place': true, 'to': 'latest'},
          lab: name,
          why: 'makes one before it replaces anything',
        }),
      ],
    })
  if (!(await wasInUse(docker, lab, member))) return member
  const copy = await copyPosition(docker, lab, member)
  throw new HlError(
    'LAB_SETTINGS_DIFFER',
    `the restored data of lab ${name} was in use, and its archive holds timelines of it`,
    {
      next: [
        hint('restore', {
          flags: {into: '<lab>', to: 'latest', ...(copy === null ? {} : {timeline: copy.timeline})},
          lab: name,
          why: 'restores what was there before, beside it',
        }),
        `the old data itself is in ${safetyCopy} on the volume of ${member}`,
      ],
    },
  )
}

/**
 * LAB_SETTINGS_DIFFER when a member or the archive goes further than the safety copy of `member`, or where that cannot
 * be told: somebody may have been told that it was written.
 */
export async function requireNothingNewer(
  docker: Docker,
  lab: ConnectedLab,
  member: string,
  archived: NamedPosition | null,
): Promise<void> {
  const {cluster} = lab
  const others = cluster.members.filter(name => name !== member)
  const [{primary}, copy, positions] = await Promise.all([
    cluster.state(),
    copyPosition(docker, lab, member),
    positionsOf(docker, lab, others),
  ])
  const reasons = [
    ...(primary === null ? [] : [`${primary} is the primary now and takes writes`]),
    ...(copy === null ? [`the safety copy of ${member} does not say where it ends`] : []),
    ...(archived === null ? ['the archive does not say how far it goes'] : []),
    ...(copy === null ? [] : writtenSince(copy, [...positions, ...(archived === null ? [] : [archived])])),
  ]
  if (reasons.length === 0) return
  const {lab: name} = cluster
  throw new HlError(
    'LAB_SETTINGS_DIFFER',
    `something was written since the data of lab ${name} was moved aside, or it cannot be told that nothing was: ` +
      reasons.join('; '),
    {
      next: [
        hint('restore', {
          flags: {into: '<lab>', to: 'latest'},
          lab: name,
          why: 'restores what was written since, beside it',
        }),
        hint('restore', {
          flags: {'put-back': true, 'discard-newer': true},
          lab: name,
          why: 'throws it away, and brings the data back that was moved aside',
        }),
      ],
    },
  )
}
