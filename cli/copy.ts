// From what a person asked for to a recovery copy of a lab. Invariant: nothing is made before the plan stands; what was begun and failed is taken away again.
// Not here: flags (commands/copy), recovery (src/backup/copy), the container (src/cluster/lab/recovery-copy.ts).
import {bringTable} from '../src/backup/copy/bring-table.ts'
import type {CopyState} from '../src/backup/copy/copy-state.ts'
import {follow, forward, pauseAt, position, readCopyState, type Copied} from '../src/backup/copy/make-copy.ts'
import {describeTarget} from '../src/backup/restore/parse-target.ts'
import type {ConnectedLab} from '../src/cluster/lab/connect-lab.ts'
import {openCopyNode, pipeToService, startCopyNode} from '../src/cluster/lab/recovery-copy.ts'
import {formatLsn} from '../src/model/lsn.ts'
import type {Clock} from '../src/model/ports.ts'
import {jobOf, prepareRestore, type PreparedRestore, type RestoreHooks, type RestoreWish} from './restore.ts'
import {docker} from './wire.ts'

/** How a copy is told to people and programs. */
export interface CopyAnswer extends CopyState {
  /** As PostgreSQL prints it. */
  readonly lsn: string
}

/** Makes the copy: at the wish's target, or following the archive `delayMs` behind. */
export async function createCopy({cluster}: ConnectedLab, clock: Clock, prepared: PreparedRestore, delayMs: number | null, {onPhase}: RestoreHooks): Promise<Copied> {
  const createMs = clock.nowMs()
  const node = await startCopyNode(docker, cluster.lab, prepared.wish.identity)
  onPhase('create', createMs, clock.nowMs())
  try {
    const job = jobOf(prepared, onPhase)
    return await (delayMs === null ? pauseAt(node, clock, job, goalOf(prepared.wish)) : follow(node, job, clock, delayMs))
  } catch (error) {
    await node.remove()
    throw error
  }
}

/** Moves the lab's copy on to a later target; what it was made of stays. */
export async function forwardCopy({cluster}: ConnectedLab, clock: Clock, wish: RestoreWish, {onPhase}: RestoreHooks): Promise<Copied> {
  const node = await openCopyNode(docker, cluster.lab)
  const state = await readCopyState(node)
  const prepared = await prepareRestore(cluster, clock, {...wish, timeline: wish.timeline ?? (state.mode === 'follow' ? undefined : state.timeline), backup: state.chain.at(-1)})
  return forward(node, clock, jobOf(prepared, onPhase), goalOf(wish))
}

export async function copyAnswer(lab: string): Promise<CopyAnswer> {
  const node = await openCopyNode(docker, lab)
  return {...(await readCopyState(node)), lsn: formatLsn(await position(node))}
}

/** Rows that came back. */
export async function tableFromCopy({cluster, description}: ConnectedLab, table: string): Promise<number> {
  return bringTable(cluster, await openCopyNode(docker, cluster.lab), table, async (from, to) => pipeToService(description, from, to))
}

function goalOf({target, damage}: RestoreWish): string {
  if (damage === null) return describeTarget(target)
  return damage.kind === 'drop' ? `just before ${damage.table} was dropped` : `just before the statement that matches ${String(damage.pattern)}`
}

/** For people. */
export function copyText({mode, target, chain, timeline, lsn}: CopyAnswer): string {
  return `${{paused: 'paused', follow: 'follows', ended: 'promoted'}[mode]} at ${lsn} on timeline ${timeline}: ${target}; made of ${chain.join(' + ')}`
}
