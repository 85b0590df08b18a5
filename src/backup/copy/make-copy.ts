// Makes a recovery copy: data that is recovered from the archive and then left in recovery, to be read, moved forward,
// or followed with a delay. Invariant: hl never promotes it here, so it can be moved on. Not here: moving it
// (forward-copy.ts), its container (src/lab/nodes/recovery-copy.ts), bringing a table back (bring-table.ts).
import {HlError} from '../../model/errors.ts'
import {formatLsn, type Lsn} from '../../model/lsn.ts'
import type {Clock, RestoreNode} from '../../model/ports.ts'
import {physicalBackups, type PhysicalBackup} from '../catalog/physical-backups.ts'
import type {Candidate} from '../locate/choose-offending.ts'
import {formatTime, parseTime} from '../restore/parse-time.ts'
import {describeCandidate, restoreData, plannedLineage, type RestoreJob} from '../restore/restore-data.ts'
import {fetchData, phaseTimer, replay, settingWords, tooManySubtransactions} from '../restore/run-restore.ts'
import {runOnNode} from '../run-on-node.ts'
import {restoreCommand} from '../wal/timeline-history.ts'
import {copyTask, readCopy, requireClosed, saveState} from './copy-server.ts'
import {followingText, isoTime, type CopyState} from './copy-state.ts'

export interface Copied {
  readonly state: CopyState
  /** Everything below it is there. */
  readonly lsn: Lsn
  readonly offending: Candidate | null
  readonly copiedBytes: number
}

/** Recovers to the job's target and pauses there. Errors: those of restoreData. */
export async function pauseAt(node: RestoreNode, clock: Clock, job: RestoreJob, target: string): Promise<Copied> {
  const {endLsn, offending, copiedBytes, lastCommit, isPaused} = await restoreData(node, clock, {...job, end: 'pause'})
  const made: CopyState = {
    ...madeOf(job),
    mode: 'paused',
    delayMs: 0,
    target: reachedText(target, offending),
    lastCommit: isoTime(lastCommit ?? '') ?? formatTime(startOf(job).stoppedMs),
  }
  return {state: await settle(node, made, isPaused), lsn: endLsn, offending, copiedBytes}
}

/**
 * Notes what a copy is that has come to its target. One that PostgreSQL could not pause there was promoted: it holds
 * the same and can be read, and moves no more.
 */
export async function settle(node: RestoreNode, state: CopyState, isPaused: boolean): Promise<CopyState> {
  const settled: CopyState = isPaused
    ? state
    : {...state, mode: 'ended', target: `${state.target}; promoted there, since ${tooManySubtransactions}`}
  await saveState(node, settled)
  if (!isPaused) await requireClosed(node)
  return settled
}

/**
 * Copies the plan's backup, compares it with its manifest, and replays what comes into the archive, each commit
 * `delayMs` after it was made.
 */
export async function follow(node: RestoreNode, clock: Clock, job: RestoreJob, delayMs: number): Promise<Copied> {
  const phase = phaseTimer(clock, job.onPhase)
  const {stoppedMs} = startOf(job)
  const copiedBytes = await fetchData(
    node,
    {systemIdentifier: job.listing.systemIdentifier, backups: madeOf(job).chain},
    phase,
  )
  await phase('start', async () => startFollowing(node, job, delayMs))
  // With a delay it stands where it may for so long.
  if (delayMs === 0) await phase('replay', async () => untilReached(node, job))
  await saveState(node, {
    ...madeOf(job),
    mode: 'follow',
    delayMs,
    target: followingText(delayMs, stoppedMs, parseTime(clock.wallTime()) ?? stoppedMs),
    lastCommit: formatTime(stoppedMs),
  })
  const {state, lsn} = await readCopy(node)
  return {state, lsn, offending: null, copiedBytes}
}

/** The server as a standby of the archive, on the data that is there. */
export async function startFollowing(
  node: RestoreNode,
  {listing, plan}: Pick<RestoreJob, 'listing' | 'plan'>,
  delayMs: number,
): Promise<void> {
  const settings = {
    restore_command: restoreCommand(
      `/archive/${listing.systemIdentifier}`,
      plannedLineage(listing, plan),
      listing.segmentBytes,
      true,
    ),
    recovery_min_apply_delay: `${delayMs}ms`,
    recovery_target_timeline: 'latest',
  }
  await runOnNode(node, 'starting to follow the archive', ['recovery', 'follow', ...settingWords(settings)], copyTask)
}

/** Until it has replayed what its plan promised. WalFault where it meets WAL before that cannot be replayed. */
export async function untilReached(node: RestoreNode, job: RestoreJob): Promise<void> {
  const {listing, plan, promised} = job
  if (promised !== undefined)
    await replay(node, 'following the archive', ['reach', formatLsn(promised.lsn)], {
      lineage: plannedLineage(listing, plan),
      segmentBytes: listing.segmentBytes,
      fromLsn: startOf(job).stopLsn,
      promised,
    })
}

/** Where a copy stands, in words. */
export function reachedText(target: string, offending: Candidate | null): string {
  return offending === null ? target : `just before ${describeCandidate(offending)}`
}

function madeOf({plan}: RestoreJob): Pick<CopyState, 'chain' | 'timeline'> {
  return {chain: plan.chain.map(({id}) => id), timeline: plan.timeline}
}

function startOf({plan}: RestoreJob): PhysicalBackup {
  const [start] = physicalBackups(plan.chain.slice(-1))
  if (start === undefined)
    throw new HlError('BUG', 'a plan without a backup', {next: ['report this with the command you ran']})
  return start
}
