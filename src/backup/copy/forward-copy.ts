// Moves a recovery copy on to a later target, on the data that it has. Invariants: it only ever moves forward; one that
// does not get there, or is interrupted, runs again as it did before, unless replay has gone past that already: then it
// stands there, and the error says so. Not here: whether the target can be reached (plan-forward.ts).
import {hint} from '../../model/command-hint.ts'
import {HlError, messageOf} from '../../model/errors.ts'
import {formatLsn} from '../../model/lsn.ts'
import type {Clock, RestoreNode} from '../../model/ports.ts'
import {untilAborted} from '../../waiting/work-in-node.ts'
import {searchWal} from '../locate/search-wal.ts'
import {parseTime} from '../restore/parse-time.ts'
import {plannedLineage, settingsBefore, theOnly, type RestoreJob} from '../restore/restore-data.ts'
import {phaseTimer, recover, tooManySubtransactions, type RecoverySettings} from '../restore/run-restore.ts'
import {runOnNode} from '../run-on-node.ts'
import {copyTask, readCopy, saveState} from './copy-server.ts'
import {isoTime, type Copy, type CopyState} from './copy-state.ts'
import {reachedText, settle, startFollowing, untilReached, type Copied} from './make-copy.ts'
import {requireLater} from './plan-forward.ts'

export interface Move {
  /** As it is before. */
  readonly copy: Copy
  /** For people. */
  readonly target: string
  readonly signal?: AbortSignal | undefined
}

const stopMs = 600_000
const stop = ['recovery', 'stop'] as const

/**
 * To the end of the archive it follows from then on. Errors: TARGET_UNREACHABLE when the bad transaction is behind it
 * or not found, RESTORE_FAILED, INTERRUPTED; each says where the copy is then.
 */
export async function forward(node: RestoreNode, clock: Clock, job: RestoreJob, move: Move): Promise<Copied> {
  const {copy, signal} = move
  // Where it does not run there is nothing to stop.
  const halt = async (): Promise<unknown> =>
    node.exec(stop, {user: 'postgres', timeoutMs: stopMs}).catch(() => undefined)
  signal?.throwIfAborted()
  // A server that is started again does not know the time of its last commit any more.
  await saveState(node, copy.state)
  try {
    return await untilAborted(node, signal, halt, async stoppable => {
      await runOnNode(stoppable, 'stopping the copy', stop, copyTask)
      return onwards(stoppable, clock, job, move)
    })
  } catch (error) {
    await halt()
    const {stands, next} = await again(node, clock, job, move).then(
      text => ({stands: text, next: []}),
      (why: unknown) => ({
        stands: `the copy could not be started again: ${messageOf(why)}`,
        next: [hint('copy drop', {why: 'takes it away; then make it again'})],
      }),
    )
    if (signal?.aborted === true)
      throw new HlError('INTERRUPTED', `interrupted; ${stands}`, {next: [hint('copy show'), ...next], cause: error})
    if (error instanceof HlError)
      throw new HlError(error.code, `${error.message}; ${stands}`, {
        next: [...error.steps, ...next],
        ...(error.cause === undefined ? {} : {cause: error.cause}),
      })
    throw error
  }
}

async function onwards(
  node: RestoreNode,
  clock: Clock,
  job: RestoreJob,
  {copy: {lsn: before, redoLsn, redoTimeline, state: old}, target}: Move,
): Promise<Copied> {
  const {listing, plan, damage, endLsn, promised} = job
  const lineage = plannedLineage(listing, plan)
  const phase = phaseTimer(clock, job.onPhase)
  const offending =
    damage === null
      ? null
      : await phase('locate', async () =>
          theOnly(
            await searchWal(node, damage, {
              listing,
              from: {timeline: redoTimeline, lsn: redoLsn, atMs: parseTime(old.lastCommit) ?? 0},
              consistentLsn: before,
              lineage,
              // Without data to be copied anew a refusal leaves it where it is.
              endLsn,
            }),
          ),
        )
  if (offending !== null) requireLater(before, offending.commitLsn)
  const settings = offending === null ? plan.targetSettings : settingsBefore(listing, plan, offending)
  if (!('recovery_target_action' in settings)) {
    // Without a target recovery would promote the copy at the end of the archive.
    await phase('start', async () => startFollowing(node, job, 0))
    await phase('replay', async () => untilReached(node, job))
    await saveState(node, {...old, timeline: plan.timeline, mode: 'follow', delayMs: 0, target: 'follows the archive'})
    const {state, lsn} = await readCopy(node)
    return {state, lsn, offending, copiedBytes: 0}
  }
  const reached = await recover(node, {...listing, lineage, promised, fromLsn: before}, settings, phase)
  const state: CopyState = {
    ...old,
    timeline: plan.timeline,
    mode: 'paused',
    delayMs: 0,
    target: reachedText(target, offending),
    lastCommit: isoTime(reached.lastCommit ?? '') ?? old.lastCommit,
  }
  return {state: await settle(node, state, reached.inRecovery), lsn: reached.endLsn, offending, copiedBytes: 0}
}

/** Starts it as it ran before. Says where it is. */
async function again(
  node: RestoreNode,
  clock: Clock,
  job: RestoreJob,
  {copy: {lsn, state}, target}: Move,
): Promise<string> {
  if (state.mode === 'follow') {
    await startFollowing(node, job, state.delayMs)
    await saveState(node, state)
    const now = await readCopy(node)
    return now.lsn <= lsn ? 'the copy follows as before' : `the copy follows again, from ${formatLsn(now.lsn)} on`
  }
  const {listing, plan} = job
  const pause = async (settings: RecoverySettings, at: CopyState): Promise<string> => {
    const {inRecovery} = await recover(
      node,
      {...listing, lineage: plannedLineage(listing, plan)},
      {...settings, recovery_target_timeline: String(state.timeline), recovery_target_action: 'pause'},
      phaseTimer(clock, () => undefined),
    )
    await settle(node, at, inRecovery)
    return inRecovery ? '' : `, promoted, since ${tooManySubtransactions}`
  }
  try {
    const how = await pause({recovery_target_lsn: formatLsn(lsn), recovery_target_inclusive: 'off'}, state)
    return `the copy stands where it stood${how}`
  } catch {
    await node.exec(stop, {user: 'postgres', timeoutMs: stopMs})
    const moved = {...state, timeline: plan.timeline, target: `where moving on to ${target} was cut off`}
    const how = await pause({recovery_target: 'immediate'}, moved)
    const now = await readCopy(node)
    return `the copy was moved on to ${formatLsn(now.lsn)} meanwhile, and stands there${how}`
  }
}
