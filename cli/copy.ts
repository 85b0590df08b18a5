// From what a person asked for to a recovery copy of a lab. Invariant: nothing is made before the plan stands; what was
// begun and failed is taken away again.
// Not here: flags (commands/copy), recovery (src/backup/copy), the container (src/lab/nodes/recovery-copy.ts).
import {bringTable} from '../src/backup/copy/bring-table.ts'
import {readCopy} from '../src/backup/copy/copy-server.ts'
import type {CopyState} from '../src/backup/copy/copy-state.ts'
import {forward} from '../src/backup/copy/forward-copy.ts'
import {follow, pauseAt, type Copied} from '../src/backup/copy/make-copy.ts'
import {planDelayed} from '../src/backup/copy/plan-delayed.ts'
import {planForward} from '../src/backup/copy/plan-forward.ts'
import {describeTarget} from '../src/backup/restore/parse-target.ts'
import {parseTime} from '../src/backup/restore/parse-time.ts'
import type {ConnectedLab} from '../src/lab/lifecycle/connect-lab.ts'
import {openCopyNode, pipeToService, startCopyNode} from '../src/lab/nodes/recovery-copy.ts'
import {formatLsn} from '../src/model/lsn.ts'
import type {Clock, Cluster} from '../src/model/ports.ts'
import {untilAborted} from '../src/waiting/work-in-node.ts'
import {jobOf, prepareRestore, type PreparedRestore, type RestoreHooks, type RestoreRequest} from './restore.ts'
import {docker} from './wire.ts'

/** How a copy is told to people and programs. */
export interface CopyAnswer extends CopyState {
  /** As PostgreSQL prints it. */
  readonly lsn: string
}

export interface CopyHooks extends Pick<RestoreHooks, 'onPhase'> {
  readonly signal?: AbortSignal
}

/** Plans a copy that follows the archive `delayMs` behind. Errors: those of prepareRestore. */
export async function prepareDelayed(
  cluster: Cluster,
  clock: Clock,
  delayMs: number,
  along: Pick<RestoreRequest, 'timeline' | 'backup' | 'identity'> = {},
): Promise<PreparedRestore> {
  const nowMs = parseTime(clock.wallTime()) ?? 0
  return prepareRestore(
    cluster,
    clock,
    {target: {kind: 'latest'}, damage: null, ...along},
    (listing, _target, options) => planDelayed(listing, {delayMs, nowMs}, options),
  )
}

/**
 * Makes the copy: at the wish's target, or following the archive `delayMs` behind. Nothing is left of one that fails or
 * is aborted.
 */
export async function createCopy(
  {cluster}: ConnectedLab,
  clock: Clock,
  prepared: PreparedRestore,
  delayMs: number | null,
  {onPhase, signal}: CopyHooks,
): Promise<Copied> {
  const createMs = clock.nowMs()
  const node = await startCopyNode(docker, cluster.lab, prepared.request.identity)
  onPhase('create', createMs, clock.nowMs())
  try {
    return await untilAborted(
      node,
      signal,
      async () => node.remove(),
      async made => {
        const job = jobOf(prepared, onPhase)
        const copied = await (delayMs === null
          ? pauseAt(made, clock, job, goalOf(prepared.request))
          : follow(made, clock, job, delayMs))
        signal?.throwIfAborted()
        return copied
      },
    )
  } catch (error) {
    await node.remove()
    throw error
  }
}

/**
 * Moves the lab's copy on to a later target; what it was made of stays, and may be gone from the archive. Refused
 * before the copy is touched where the plan does not stand.
 */
export async function forwardCopy(
  {cluster}: ConnectedLab,
  clock: Clock,
  request: RestoreRequest,
  {onPhase, signal}: CopyHooks,
): Promise<Copied> {
  const node = await openCopyNode(docker, cluster.lab)
  const copy = await readCopy(node)
  const {mode, timeline} = copy.state
  const prepared = await prepareRestore(
    cluster,
    clock,
    {...request, timeline: request.timeline ?? (mode === 'follow' ? undefined : timeline)},
    (listing, target, options) => planForward(listing, target, copy, options),
  )
  return forward(node, clock, jobOf(prepared, onPhase), {copy, target: goalOf(request), signal})
}

export async function copyAnswer(lab: string): Promise<CopyAnswer> {
  const node = await openCopyNode(docker, lab)
  const {state, lsn} = await readCopy(node)
  return {...state, lsn: formatLsn(lsn)}
}

/** Rows that came back. */
export async function tableFromCopy(
  {cluster, description}: ConnectedLab,
  table: string,
  signal?: AbortSignal,
): Promise<number> {
  return bringTable(
    cluster,
    await openCopyNode(docker, cluster.lab),
    table,
    async (from, to) => pipeToService(description, from, to),
    signal,
  )
}

function goalOf({target, damage}: RestoreRequest): string {
  if (damage === null) return describeTarget(target)
  return damage.kind === 'drop'
    ? `just before ${damage.table} was dropped`
    : `just before the statement that matches ${String(damage.pattern)}`
}

/** For people. */
export function copyText({mode, target, chain, timeline, lsn, lastCommit}: CopyAnswer): string {
  return `${{paused: 'paused', follow: 'follows', ended: 'promoted'}[mode]} at ${lsn} on timeline ${timeline}, last commit ${lastCommit}: ${target}; made of ${chain.join(' + ')}`
}
