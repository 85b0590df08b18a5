// Carries out a restore in its container, a phase at a time. Invariant: each phase is timed by the caller's clock from outside, so what it cost is what it kept people waiting;
// a recovery that did not reach its target is an error, never a shorter restore. Not here: which backup and which WAL (plan-restore.ts), whose lab it becomes (src/cluster/lab).
import type {DrillPartName} from '../../model/drill.ts'
import {HlError} from '../../model/errors.ts'
import {parseLsn, type Lsn} from '../../model/lsn.ts'
import type {Clock, RestoreNode} from '../../model/ports.ts'
import {restoreCommand, type Lineage} from '../wal/timeline-history.ts'

/** Of the parts of a drill's RTO those that happen here; `fetch` combines a chain too, `start` ends where the data is consistent. */
export type RestorePhase = Extract<DrillPartName, 'fetch' | 'compare' | 'locate' | 'start' | 'replay' | 'promote'>

export type RecoverySettings = Readonly<Record<string, string>>

export interface RestoreOrder {
  readonly systemIdentifier: string
  /** The full one, then its increments. */
  readonly backups: readonly string[]
  /** The timelines that lead to the target. */
  readonly way: Lineage
  readonly segmentBytes: number
  /** recovery_target_* and recovery_target_timeline; a function where they are only found in the copy and the WAL. */
  readonly settings: RecoverySettings | ((node: RestoreNode) => Promise<RecoverySettings>)
  /** `pause`: it stays as it is at its target, to be read and moved forward; it is no cluster then. */
  readonly end: 'promote' | 'pause'
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
}

const phaseMs = 6 * 3_600_000
const data = '/var/lib/postgresql/data'

/** Copies, recovers, and unless it is to pause promotes, renews the passwords and leaves a cluster that was shut down cleanly. RESTORE_FAILED says in which phase and what PostgreSQL said. */
export async function runRestore(node: RestoreNode, clock: Clock, order: RestoreOrder): Promise<RestoredState> {
  const phase = async <T>(name: RestorePhase, work: () => Promise<T>): Promise<T> => {
    const fromMs = clock.nowMs()
    const result = await work()
    order.onPhase(name, fromMs, clock.nowMs())
    return result
  }
  const archive = `/archive/${order.systemIdentifier}`
  const copiedBytes = await phase('fetch', () => run(node, 'the copy of the backup', ['backup-fetch', archive, data, ...order.backups]))
  await phase('compare', () => compare(node, order.backups))
  const {settings: wanted} = order
  const target = typeof wanted === 'function' ? await phase('locate', () => wanted(node)) : wanted
  const settings = {restore_command: restoreCommand(archive, order.way, order.segmentBytes), ...target}
  await phase('start', () => run(node, 'the start of the recovery', ['recovery', 'start', ...Object.entries(settings).map(([name, value]) => `${name}=${value}`)]))
  const reached = parseReached(await phase('replay', () => run(node, 'the recovery', ['recovery', 'wait'])))
  if (order.end === 'promote') await phase('promote', async () => {
    if (reached.inRecovery) await run(node, 'the promotion', ['recovery', 'promote'])
    await run(node, 'giving the roles new passwords', ['renew-passwords'], 'root')
    await run(node, 'the clean shutdown', ['recovery', 'stop'])
  })
  return {endLsn: reached.endLsn, lastCommit: reached.lastCommit, said: reached.said, copiedBytes: Number(copiedBytes)}
}

/** What was copied against its manifest, before PostgreSQL changes any of it: a byte that changed in the archive would otherwise come back as data. */
async function compare(node: RestoreNode, backups: readonly string[]): Promise<void> {
  const {exitCode, stdout, stderr} = await node.exec(['backup-compare', data], {user: 'postgres', timeoutMs: phaseMs})
  if (exitCode === 0) return
  throw new HlError('BACKUP_INVALID', `${backups.join(' + ')} is not what it was when it was taken: ${`${stdout}${stderr}`.trim().split('\n').slice(0, 4).join(' / ')}`, {next: ['hl backups verify says which backups are sound', 'restore from another one: --backup <id>']})
}

/** PURE: the answer of `recovery wait`. */
export function parseReached(text: string): Omit<RestoredState, 'copiedBytes'> & {readonly inRecovery: boolean} {
  const [row = '', ...said] = text.trim().split('\n')
  const [lsn = '', lastCommit = '', , inRecovery] = row.split('|')
  const endLsn = parseLsn(lsn)
  if (endLsn === null) throw new HlError('RESTORE_FAILED', `the restored server does not say where it is: ${text.slice(0, 300)}`, {next: ['run it again']})
  return {endLsn, lastCommit: lastCommit === '' ? null : lastCommit, inRecovery: inRecovery === 't', said}
}

async function run(node: RestoreNode, what: string, argv: readonly string[], user = 'postgres'): Promise<string> {
  const {exitCode, stdout, stderr} = await node.exec(argv, {user, timeoutMs: phaseMs})
  if (exitCode === 0) return stdout.trim()
  throw new HlError('RESTORE_FAILED', `${what} failed: ${stderr.trim().split('\n').slice(-6).join(' / ')}`, {next: ['hl backups verify <backup>', 'hl backups list shows what can be reached']})
}
