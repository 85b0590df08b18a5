// Takes a backup under the lab's lock, and records what the tables hold where that is asked for. Invariant: a backup is
// not begun whose content could not be recorded. Not here: how (src/backup).
import {hint} from '../model/command-hint.ts'
import {chooseContentNode, recordContent, requireContentAllowed} from '../backup/content/record-content.ts'
import {takeBackup, type BackupOptions} from '../backup/take-backup.ts'
import {whileLocked} from '../lab/lifecycle/lock.ts'
import type {BackupRecord} from '../model/backup.ts'
import {HlError} from '../model/errors.ts'
import type {Cluster} from '../model/ports.ts'
import type {RecoveryPorts} from './recovery-ports.ts'

export interface WantedBackup extends Omit<BackupOptions, 'progress' | 'signal'> {
  /** Record with it what the tables hold. */
  readonly content: boolean
}

/**
 * An abort gives up what is in hand: nothing is left of a backup that is not whole, and a whole one stays without its
 * content. Errors: USAGE, CONFIG_INVALID, those of takeBackup and recordContent.
 */
export async function createBackup(
  ports: RecoveryPorts,
  cluster: Cluster,
  wanted: WantedBackup,
): Promise<BackupRecord> {
  requireNoLogicalContent(wanted)
  if (wanted.content) {
    requireContentAllowed(cluster)
    chooseContentNode(await cluster.state(), null)
  }
  return whileLocked(ports.docker, {lab: cluster.lab, what: 'hl backups create'}, async () =>
    takeOne(ports, cluster, wanted),
  )
}

/** The caller holds the lab, and has refused what cannot be. A cluster whose content nobody could record is refused. */
export async function takeOne(
  {clock, signal, note}: RecoveryPorts,
  cluster: Cluster,
  {content, ...wanted}: WantedBackup,
): Promise<BackupRecord> {
  if (content) chooseContentNode(await cluster.state(), null)
  const taken = await takeBackup(cluster, clock, {...wanted, progress: note, signal})
  if (!content) return taken
  note('recording its content; replay of a standby is paused for a moment')
  return recordContent(cluster, clock, taken, signal)
}

/** PURE: USAGE. */
export function requireNoLogicalContent({content, kind}: Pick<WantedBackup, 'content' | 'kind'>): void {
  if (!content || kind !== 'logical') return
  throw new HlError('USAGE', 'the content of a logical backup is not recorded: it belongs to no position in the WAL', {
    next: [hint('backups create', {flags: {content: true}}), hint('backups create', {flags: {kind: 'logical'}})],
  })
}
