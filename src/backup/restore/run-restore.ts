// Carries out a restore in its container, a phase at a time. Invariant: each phase is timed by the caller's clock from
// outside, so what it cost is what it kept people waiting; a recovery that did not reach its target is an error, never
// a shorter restore. Not here: which backup and which WAL (plan-restore.ts), whose lab it becomes (src/lab/lifecycle).
import {hint} from '../../model/command-hint.ts'
import type {RestorePhase} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import {formatLsn, parseLsn, type Lsn} from '../../model/lsn.ts'
import type {Clock, RestoreNode} from '../../model/ports.ts'
import {tablespaceIn} from '../locate/find-tablespace.ts'
import {lastWords, runOnNode, withinMs, type NodeTask} from '../run-on-node.ts'
import {restoreCommand, type Lineage} from '../wal/timeline-history.ts'
import type {PromisedEnd} from './promised-end.ts'
import {requireEnd, walFault, type ReplayBounds} from './require-end.ts'

export type RecoverySettings = Readonly<Record<string, string>>

export interface RestoreOrder {
  readonly systemIdentifier: string
  /** The full one, then its increments. */
  readonly backups: readonly string[]
  /** The timelines that lead to the target. */
  readonly lineage: Lineage
  readonly segmentBytes: number
  /** Where the data of the backup is consistent. */
  readonly fromLsn?: Lsn | undefined
  /** How far a restore without a target must come; absent: that is not compared. */
  readonly promised?: PromisedEnd | undefined
  /** recovery_target_* and recovery_target_timeline; a function where they are only found in the copy and the WAL. */
  readonly settings: RecoverySettings | ((node: RestoreNode) => Promise<RecoverySettings>)
  /** `pause`: it stays as it is at its target, to be read and moved forward; it is no cluster then. */
  readonly end: 'promote' | 'pause'
  /** Of one that is promoted: what is done to its data before it is handed over. */
  readonly beforeStop?: ((node: RestoreNode) => Promise<void>) | undefined
  /** Told when a phase is over. */
  readonly onPhase: (phase: RestorePhase, fromMs: number, toMs: number) => void
}

export interface RestoredState {
  /** Everything below it is there. */
  readonly endLsn: Lsn
  /** Commit time of the last transaction that was replayed, as the server prints it; null when none was. */
  readonly lastCommit: string | null
  readonly copiedBytes: number
  /** What PostgreSQL's log says of where it stopped and why. */
  readonly said: readonly string[]
  /** It stands there; otherwise it was promoted. */
  readonly isPaused: boolean
}

const data = '/var/lib/postgresql/data'
const task: NodeTask = {
  next: [hint('backups verify', {args: ['<backup>']}), hint('backups list', {why: 'shows what can be reached'})],
}

/**
 * Copies, recovers, and unless it is to pause promotes, renews the passwords and leaves a cluster that was shut down
 * cleanly. RESTORE_FAILED says in which phase and what PostgreSQL said; WalFault where the WAL is to blame.
 */
export async function runRestore(node: RestoreNode, clock: Clock, order: RestoreOrder): Promise<RestoredState> {
  const phase = phaseTimer(clock, order.onPhase)
  const copiedBytes = await fetchData(node, order, phase)
  const {settings: wanted} = order
  const target = typeof wanted === 'function' ? await phase('locate', () => wanted(node)) : wanted
  const reached = await recover(node, order, target, phase)
  if (order.end === 'promote')
    await phase('promote', async () => {
      if (reached.inRecovery) await runOnNode(node, 'promoting the restored server', ['recovery', 'promote'], task)
      await runOnNode(node, 'giving the roles new passwords', ['renew-passwords'], {...task, user: 'root'})
      await order.beforeStop?.(node)
      await runOnNode(node, 'shutting the restored server down', ['recovery', 'stop'], task)
    })
  const {endLsn, lastCommit, said, inRecovery} = reached
  return {endLsn, lastCommit, said, copiedBytes, isPaused: order.end === 'pause' && inRecovery}
}

/** Tells how long a phase took when it is over. */
export type PhaseTimer = <T>(name: RestorePhase, work: () => Promise<T>) => Promise<T>

export function phaseTimer(clock: Clock, onPhase: RestoreOrder['onPhase']): PhaseTimer {
  return async (name, work) => {
    const fromMs = clock.nowMs()
    const result = await work()
    onPhase(name, fromMs, clock.nowMs())
    return result
  }
}

/** Copies the backups and compares what came with its manifest; bytes. BACKUP_INVALID where it is not the same. */
export async function fetchData(
  node: RestoreNode,
  {systemIdentifier, backups}: Pick<RestoreOrder, 'systemIdentifier' | 'backups'>,
  phase: PhaseTimer,
): Promise<number> {
  const copiedBytes = await phase('fetch', () => copy(node, systemIdentifier, backups))
  await phase('compare', () => compare(node, backups))
  return copiedBytes
}

/** The same in place of the data that is there, and without a phase of its own. */
export async function fetchAgain(node: RestoreNode, order: Parameters<typeof fetchData>[1]): Promise<void> {
  await runOnNode(node, 'removing the data that went too far', ['find', data, '-mindepth', '1', '-delete'], task)
  await fetchData(node, order, async (_name, work) => work())
}

/** What backup-fetch ends with where a part of the chain is not what the catalog says. */
const isAnother = 4

/** A chain is combined by a program that believes what it reads: its parts are compared before, as they are stored. */
async function copy(node: RestoreNode, systemIdentifier: string, backups: readonly string[]): Promise<number> {
  const argv = ['backup-fetch', `/archive/${systemIdentifier}`, data, ...backups]
  const {exitCode, stdout, stderr} = await node.exec(argv, {user: 'postgres', timeoutMs: withinMs})
  if (exitCode === 0) return Number(stdout.trim())
  if (exitCode === isAnother) throw notTheSame(backups, stderr)
  throw new HlError('RESTORE_FAILED', `copying the backup failed: ${lastWords(stderr)}`, task)
}

/** Replays on the data that is there, until the target is reached. */
export async function recover(
  node: RestoreNode,
  order: ReplayBounds & Pick<RestoreOrder, 'systemIdentifier'>,
  target: RecoverySettings,
  phase: PhaseTimer,
): Promise<Reached> {
  const {systemIdentifier, lineage, segmentBytes, promised} = order
  // Where it ends on an ancestor, what lies behind is not needed.
  const last = lineage.findIndex(({timeline}) => String(timeline) === target.recovery_target_timeline)
  const until = last === -1 ? lineage : lineage.slice(0, last + 1)
  const settings = {restore_command: restoreCommand(`/archive/${systemIdentifier}`, until, segmentBytes), ...target}
  await phase('start', () => replay(node, 'starting the recovery', ['start', ...settingWords(settings)], order))
  const reached = parseReached(await phase('replay', () => replay(node, 'the recovery', ['wait'], order)))
  if (promised !== undefined && !('recovery_target_action' in target)) requireEnd(reached, promised, order)
  return reached
}

/** A step of the program `recovery`; what it prints. WalFault where it failed for its WAL, otherwise RESTORE_FAILED. */
export async function replay(
  node: RestoreNode,
  doing: string,
  words: readonly string[],
  bounds: ReplayBounds,
): Promise<string> {
  const {exitCode, stdout, stderr} = await node.exec(['recovery', ...words], {user: 'postgres', timeoutMs: withinMs})
  if (exitCode === 0) return stdout.trim()
  const fault = walFault(doing, stderr.split('\n'), bounds)
  if (fault !== null) throw fault
  const tablespace = tablespaceIn(stderr)
  if (tablespace !== null)
    throw new HlError(
      'RESTORE_FAILED',
      `${doing} failed: a tablespace in ${tablespace.directory} is made at ${formatLsn(tablespace.lsn)}, and a ` +
        'restore carries none',
      {next: [`--to-lsn ${formatLsn(tablespace.lsn)} --exclusive ends just before it`]},
    )
  throw new HlError('RESTORE_FAILED', `${doing} failed: ${lastWords(stderr)}`, task)
}

/** PURE: as the program `recovery` takes them. */
export function settingWords(settings: RecoverySettings): readonly string[] {
  return Object.entries(settings).map(([name, value]) => `${name}=${value}`)
}

/**
 * What was copied against its manifest, before PostgreSQL changes any of it: a byte that changed in the archive would
 * otherwise come back as data.
 */
async function compare(node: RestoreNode, backups: readonly string[]): Promise<void> {
  const {exitCode, stdout, stderr} = await node.exec(['backup-compare', data], {user: 'postgres', timeoutMs: withinMs})
  if (exitCode === 0) return
  if (exitCode !== 1)
    throw new HlError(
      'RESTORE_FAILED',
      `comparing the copy with its manifest failed (exit ${exitCode}): ${lastWords(stderr)}`,
      task,
    )
  throw notTheSame(backups, `${stdout}${stderr}`)
}

function notTheSame(backups: readonly string[], said: string): HlError {
  return new HlError(
    'BACKUP_INVALID',
    `${backups.join(' + ')} is not what it was when it was taken: ${said.trim().split('\n').slice(0, 4).join(' / ')}`,
    {next: [hint('backups verify', {why: 'says which backups are sound'}), 'restore from another one: --backup <id>']},
  )
}

/**
 * Why PostgreSQL promotes a server where it was to be paused: recoveryPausesHere, xlogrecovery.c, does not pause one
 * that lets nobody in. More than PGPROC_MAX_CACHED_SUBXIDS, proc.h, and the list of what is running is not complete.
 */
export const tooManySubtransactions =
  'a transaction with more than 64 subtransactions was open where its replay began, and nobody is let in before ' +
  'that has ended'

export type Reached = Omit<RestoredState, 'copiedBytes' | 'isPaused'> & {readonly inRecovery: boolean}

/** PURE: the answer of `recovery wait`. */
export function parseReached(text: string): Reached {
  const [row = '', ...said] = text.trim().split('\n')
  const [lsn = '', lastCommit = '', , inRecovery] = row.split('|')
  const endLsn = parseLsn(lsn)
  if (endLsn === null)
    throw new HlError('RESTORE_FAILED', `the restored server does not say where it is: ${text.slice(0, 300)}`, {
      next: ['run it again'],
    })
  return {endLsn, lastCommit: lastCommit === '' ? null : lastCommit, inRecovery: inRecovery === 't', said}
}
