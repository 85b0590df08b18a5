// Takes a backup of every shard of a lab, one after the other, under the lab's lock. Invariants: one that fails keeps
// no other from being taken, and is an error in the end that names it; what was taken stays. Not here: one backup
// (create-backup.ts).
import {requireContentAllowed} from '../backup/content/record-content.ts'
import {requireArchive} from '../backup/read-archive.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {whileLocked} from '../lab/lifecycle/lock.ts'
import type {BackupRecord} from '../model/backup.ts'
import {hint, type NextStep} from '../model/command-hint.ts'
import {HlError, messageOf} from '../model/errors.ts'
import {requireNoLogicalContent, takeOne, type WantedBackup} from './create-backup.ts'
import type {RecoveryPorts} from './recovery-ports.ts'

/** Of one shard. */
export interface ShardBackup {
  readonly shard: string
  readonly backup: BackupRecord
}

/** `hl backups create` of a lab of shards. */
export interface ShardBackups {
  readonly lab: string
  /** In order of their names. */
  readonly shards: readonly ShardBackup[]
}

/** What came of one shard. */
export type ShardOutcome = ShardBackup | {readonly shard: string; readonly error: unknown}

/**
 * `onEach`: told of each as it ends. An abort gives up the one in hand and begins no other. Errors: USAGE for a member
 * as the source, which is one shard's; CONFIG_INVALID, ARCHIVE_MISSING, LAB_BUSY before anything is begun; where some
 * failed, the code of the first of them, with what was taken and what was not.
 */
export async function createBackups(
  ports: RecoveryPorts,
  {cluster: {lab}, clusters}: Pick<ConnectedLab, 'cluster' | 'clusters'>,
  wanted: WantedBackup,
  onEach: (outcome: ShardOutcome) => void = () => undefined,
): Promise<ShardBackups> {
  requireNoLogicalContent(wanted)
  requireRole(wanted.from, clusters.map(({cluster}) => cluster.name)[0])
  for (const {cluster} of clusters) {
    requireArchive(cluster)
    if (wanted.content) requireContentAllowed(cluster)
  }
  const outcomes: ShardOutcome[] = []
  await whileLocked(ports.docker, {lab, what: 'hl backups create'}, async () => {
    for (const {cluster} of clusters) {
      ports.signal?.throwIfAborted()
      const outcome = await outcomeOf(cluster.name, async () => takeOne(ports, cluster, wanted))
      if (ports.signal?.aborted === true && 'error' in outcome) throw outcome.error
      outcomes.push(outcome)
      onEach(outcome)
    }
  })
  return {lab, shards: allTaken(lab, outcomes)}
}

async function outcomeOf(shard: string, work: () => Promise<BackupRecord>): Promise<ShardOutcome> {
  try {
    return {shard, backup: await work()}
  } catch (error) {
    return {shard, error}
  }
}

/** PURE: a member belongs to one shard, so it says nothing of the others. */
function requireRole(from: string | undefined, shard: string | undefined): void {
  if (from === undefined || from === 'primary' || from === 'standby') return
  throw new HlError('USAGE', `--from ${from} is a member of one shard, and every shard is backed up`, {
    next: [
      hint('backups create', {flags: {from}, ...(shard === undefined ? {} : {shard}), why: 'names the shard too'}),
      hint('backups create', {flags: {from: 'standby'}, why: 'takes each from a standby'}),
    ],
  })
}

/** PURE: the backups, or one error for all that failed. What is a bug stays one. */
function allTaken(lab: string, outcomes: readonly ShardOutcome[]): readonly ShardBackup[] {
  const taken = outcomes.flatMap(one => ('backup' in one ? [one] : []))
  const failed = outcomes.flatMap(one => ('error' in one ? [one] : []))
  const [first] = failed
  if (first === undefined) return taken
  const bug = failed.find(({error}) => !(error instanceof HlError))
  if (bug !== undefined) throw bug.error
  const kept =
    taken.length === 0 ? 'no shard has one' : `kept: ${taken.map(one => `${one.shard} ${one.backup.id}`).join(', ')}`
  const again: readonly NextStep[] = failed.map(({shard}) => hint('backups create', {shard, lab}))
  const known = first.error instanceof HlError ? first.error : null
  throw new HlError(
    known?.code ?? 'BUG',
    `${failed.length} of ${outcomes.length} shards of lab ${lab} have no backup: ` +
      `${failed.map(({shard, error}) => `${shard}: ${messageOf(error)}`).join('; ')}; ${kept}`,
    {next: [...again, ...(known?.steps ?? [])], cause: known?.cause},
  )
}
