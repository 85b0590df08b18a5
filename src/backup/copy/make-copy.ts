// A recovery copy: data that is recovered from the archive and then left in recovery, to be read, moved forward, or followed with a delay. Invariants: it only ever moves forward,
// since recovery does; it never promotes, so it always can. Not here: its container (src/cluster/lab/recovery-copy.ts), bringing a table back (bring-table.ts).
import type {BackupRecord} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import {formatLsn, parseLsn, type Lsn} from '../../model/lsn.ts'
import type {Clock, RestoreNode} from '../../model/ports.ts'
import {formatMs} from '../../model/time.ts'
import type {Candidate} from '../locate/choose-culprit.ts'
import {searchWal} from '../locate/search-wal.ts'
import {recoverySettings} from '../restore/parse-target.ts'
import {describeCandidate, restoreData, theOnly, wayOf, type RestoreJob} from '../restore/restore-data.ts'
import {restoreCommand} from '../wal/timeline-history.ts'
import {parseCopyState, type CopyState} from './copy-state.ts'

const stateFile = '/var/lib/postgresql/copy.json'
const withinMs = 6 * 3_600_000
const lockMs = 5_000

export interface Copied {
  readonly state: CopyState
  /** Everything below it is there. */
  readonly lsn: Lsn
  readonly culprit: Candidate | null
  readonly copiedBytes: number
}

/** Recovers to the job's target and pauses there. Errors: those of restoreData. */
export async function pauseAt(node: RestoreNode, clock: Clock, job: RestoreJob, target: string): Promise<Copied> {
  const {endLsn, culprit, copiedBytes} = await restoreData(node, clock, {...job, end: 'pause'})
  const state: CopyState = {chain: job.plan.chain.map(({id}) => id), timeline: job.plan.timeline, mode: 'paused', delayMs: 0, target: told(target, culprit)}
  await save(node, state)
  return {state, lsn: endLsn, culprit, copiedBytes}
}

/** Copies the newest backup and replays what comes into the archive, each commit `delayMs` after it was made. */
export async function follow(node: RestoreNode, {listing, plan, onPhase}: RestoreJob, clock: Clock, delayMs: number): Promise<Copied> {
  const archive = `/archive/${listing.systemIdentifier}`
  const fetchMs = clock.nowMs()
  const copiedBytes = Number(await run(node, ['backup-fetch', archive, '/var/lib/postgresql/data', ...plan.chain.map(({id}) => id)]))
  const startMs = clock.nowMs()
  onPhase('fetch', fetchMs, startMs)
  await run(node, ['recovery', 'follow', `restore_command=${restoreCommand(archive, wayOf(listing, plan), listing.segmentBytes)}`, `recovery_min_apply_delay=${delayMs}ms`, 'recovery_target_timeline=latest'])
  onPhase('start', startMs, clock.nowMs())
  const state: CopyState = {chain: plan.chain.map(({id}) => id), timeline: plan.timeline, mode: 'follow', delayMs, target: delayMs === 0 ? 'follows the archive' : `follows the archive ${formatMs(delayMs)} behind`}
  await save(node, state)
  return {state, lsn: await position(node), culprit: null, copiedBytes}
}

/** Moves a copy that is there to a later target, on the data that it has. TARGET_UNREACHABLE when it is past it; then the copy stays as it is. */
export async function forward(node: RestoreNode, clock: Clock, {listing, plan, damage, endLsn, onPhase}: RestoreJob, target: string): Promise<Copied> {
  const old = await readCopyState(node)
  if (old.mode === 'ended') throw new HlError('TARGET_UNREACHABLE', 'the copy was promoted for its table, and moves no more', {next: ['hl copy drop, then hl copy create with this target']})
  const before = await position(node)
  const way = wayOf(listing, plan)
  const [backup] = plan.chain.slice(-1)
  if (backup === undefined) throw new HlError('BUG', 'a plan without a backup', {next: ['report this with the command you ran']})
  const asked = parseLsn(plan.targetSettings['recovery_target_lsn'] ?? '')
  if (damage === null && asked !== null) requireLater(before, asked)
  await run(node, ['recovery', 'stop'])
  try {
    return await onwards(node, clock, {listing, plan, damage, endLsn, onPhase}, {backup, before, target})
  } catch (error) {
    await again(node, old, `restore_command=${restoreCommand(`/archive/${listing.systemIdentifier}`, way, listing.segmentBytes)}`, before).catch(() => undefined)
    throw error
  }
}

interface Onwards {
  readonly backup: BackupRecord
  readonly before: Lsn
  readonly target: string
}

async function onwards(node: RestoreNode, clock: Clock, {listing, plan, damage, endLsn, onPhase}: RestoreJob, {backup, before, target}: Onwards): Promise<Copied> {
  const way = wayOf(listing, plan)
  const locateMs = clock.nowMs()
  const culprit = damage === null ? null : theOnly(await searchWal(node, damage, {listing, backup, way, endLsn}))
  const settings = culprit === null ? plan.targetSettings : recoverySettings({kind: 'lsn', lsn: culprit.commitLsn, inclusive: false}, plan.timeline)
  if (culprit !== null) {
    requireLater(before, culprit.commitLsn)
    onPhase('locate', locateMs, clock.nowMs())
  }
  const startMs = clock.nowMs()
  await run(node, ['recovery', 'start', `restore_command=${restoreCommand(`/archive/${listing.systemIdentifier}`, way, listing.segmentBytes)}`, ...Object.entries(settings).map(([name, value]) => `${name}=${value}`)])
  const replayMs = clock.nowMs()
  onPhase('start', startMs, replayMs)
  await run(node, ['recovery', 'wait'])
  onPhase('replay', replayMs, clock.nowMs())
  const state: CopyState = {chain: plan.chain.map(({id}) => id), timeline: plan.timeline, mode: 'paused', delayMs: 0, target: told(target, culprit)}
  await save(node, state)
  return {state, lsn: await position(node), culprit, copiedBytes: 0}
}

/** As it ran before: following, or paused where it was. */
async function again(node: RestoreNode, {mode, delayMs}: CopyState, restore: string, at: Lsn): Promise<void> {
  await node.exec(['recovery', 'stop'], {user: 'postgres', timeoutMs: withinMs})
  if (mode === 'follow') await run(node, ['recovery', 'follow', restore, `recovery_min_apply_delay=${delayMs}ms`, 'recovery_target_timeline=latest'])
  else await run(node, ['recovery', 'start', restore, `recovery_target_lsn=${formatLsn(at)}`, 'recovery_target_inclusive=off', 'recovery_target_action=pause'])
}

function told(target: string, culprit: Candidate | null): string {
  return culprit === null ? target : `just before ${describeCandidate(culprit)}`
}

function requireLater(at: Lsn, wanted: Lsn): void {
  if (wanted > at) return
  throw new HlError('TARGET_UNREACHABLE', `the copy is at ${formatLsn(at)} already, and recovery never goes back to ${formatLsn(wanted)}`, {next: ['hl copy drop, then hl copy create with this target', 'hl copy show']})
}

/**
 * Promotes a copy that stands at its target, where it stays. A transaction that was under way there still holds its locks while recovery is paused, and just before a DROP TABLE is
 * committed that is the lock of the table itself: no one could read it. Nothing to do for one that follows or has ended.
 */
export async function endRecovery(node: RestoreNode): Promise<void> {
  const state = await readCopyState(node)
  if (state.mode !== 'paused') return
  await run(node, ['recovery', 'promote'])
  await save(node, {...state, mode: 'ended'})
}

/** What the copy says of itself. BACKUP_INVALID when its making was cut off. */
export async function readCopyState(node: RestoreNode): Promise<CopyState> {
  const {exitCode, stdout} = await node.exec(['cat', stateFile], {user: 'postgres', timeoutMs: 30_000})
  return parseCopyState(exitCode === 0 ? stdout : '')
}

/** How far it has replayed. */
export async function position(node: RestoreNode): Promise<Lsn> {
  const text = await query(node, 'SELECT pg_last_wal_replay_lsn()')
  const lsn = parseLsn(text)
  if (lsn === null) throw new HlError('RESTORE_FAILED', `the copy does not say where it is: ${text.slice(0, 200)}`, {next: ['hl copy drop, then make it again']})
  return lsn
}

/** One statement on the copy; psql's own output, unaligned, without headings. Gives up on a lock that a transaction at the target holds. RESTORE_FAILED with what the server said. */
export async function query(node: RestoreNode, sql: string): Promise<string> {
  return run(node, ['env', `PGOPTIONS=-c lock_timeout=${lockMs}`, 'psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', 'hl', '-c', sql])
}

async function save(node: RestoreNode, state: CopyState): Promise<void> {
  await run(node, ['sh', '-euc', `cat >${stateFile}`], JSON.stringify(state))
}

async function run(node: RestoreNode, argv: readonly string[], stdin?: string): Promise<string> {
  const {exitCode, stdout, stderr} = await node.exec(argv, {user: 'postgres', timeoutMs: withinMs, ...(stdin === undefined ? {} : {stdin})})
  if (exitCode === 0) return stdout.trim()
  throw new HlError('RESTORE_FAILED', `${argv.slice(0, 2).join(' ')} on the copy failed: ${stderr.trim().split('\n').slice(-6).join(' / ')}`, {next: ['hl copy drop, then make it again', 'hl backups list shows what can be reached']})
}
