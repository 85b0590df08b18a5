// Removes what retention does not keep: the one way for a person and for the schedule. Invariant: it is decided under
// the lab's lock, while the lab has no recovery copy. Not here: the decision (src/backup/catalog/retention.ts).
import {hint} from '../model/command-hint.ts'
import {decideRetention, type Retention, type RetentionPolicy} from '../backup/catalog/retention.ts'
import {unreadableText} from '../backup/find-backup.ts'
import {pruneArchive} from '../backup/prune-archive.ts'
import {readArchive} from '../backup/read-archive.ts'
import {parseTime} from '../backup/restore/parse-time.ts'
import type {Docker} from '../lab/docker/docker.ts'
import {whileLocked} from '../lab/lifecycle/lock.ts'
import {hasCopy} from '../lab/nodes/recovery-copy.ts'
import type {ArchiveListing} from '../model/backup.ts'
import {HlError} from '../model/errors.ts'
import type {Clock, Cluster} from '../model/ports.ts'
import type {RecoveryPorts} from './recovery-ports.ts'

/** What is kept and removed of one cluster's backups and WAL. */
export type Pruning = Retention & {readonly systemIdentifier: string}

/**
 * What would be removed now, for each system identifier that ever archived here, or for the one that is named. Errors:
 * BACKUP_INVALID while a backup cannot be read.
 */
export async function planPruning(
  clock: Pick<Clock, 'wallTime'>,
  cluster: Cluster,
  policy: RetentionPolicy,
  systemIdentifier?: string,
): Promise<readonly Pruning[]> {
  const nowMs = parseTime(clock.wallTime()) ?? 0
  const listings = (await readArchive(cluster)).filter(
    listing => systemIdentifier === undefined || listing.systemIdentifier === systemIdentifier,
  )
  requireReadable(cluster, listings)
  return listings.map(listing => ({
    ...decideRetention(listing, policy, nowMs),
    systemIdentifier: listing.systemIdentifier,
  }))
}

/** Nobody knows what a backup needs whose record cannot be read: BACKUP_INVALID, and nothing is removed. */
function requireReadable({lab}: Cluster, listings: readonly ArchiveListing[]): void {
  const unreadable = listings.flatMap(listing =>
    (listing.unreadable ?? []).map(one => `/archive/${listing.systemIdentifier}/backups/${unreadableText(one)}`),
  )
  if (unreadable.length === 0) return
  throw new HlError('BACKUP_INVALID', `nothing is removed while a backup is not known: ${unreadable.join('; ')}`, {
    next: [
      'compare the file with its copy elsewhere, or move the folder out of the archive',
      hint('backups list', {lab, why: 'shows the others'}),
    ],
  })
}

/** Takes the lab, decides and removes. `onDecided` is told before anything goes. LAB_BUSY while it has a copy. */
export async function pruneBackups(
  {docker, clock}: Pick<RecoveryPorts, 'docker' | 'clock'>,
  cluster: Cluster,
  policy: RetentionPolicy,
  onDecided: (prunings: readonly Pruning[]) => void,
): Promise<readonly Pruning[]> {
  return whileLocked(docker, {lab: cluster.lab, what: 'hl backups prune'}, async () =>
    prune({docker, clock}, cluster, policy, {onDecided}),
  )
}

/** The same for a caller that holds the lab. */
export async function prune(
  {docker, clock}: Pick<RecoveryPorts, 'docker' | 'clock'>,
  cluster: Cluster,
  policy: RetentionPolicy,
  {
    systemIdentifier,
    onDecided,
  }: {readonly systemIdentifier?: string; readonly onDecided?: (prunings: readonly Pruning[]) => void} = {},
): Promise<readonly Pruning[]> {
  await requireNoCopy(docker, cluster.lab)
  const prunings = await planPruning(clock, cluster, policy, systemIdentifier)
  onDecided?.(prunings)
  for (const {systemIdentifier: of, remove, removeWal} of prunings)
    await pruneArchive(cluster, {systemIdentifier: of, backups: remove.map(({id}) => id), wal: removeWal})
  return prunings
}

/** LAB_BUSY while the lab has a recovery copy. Needs the lab's lock, so that none comes meanwhile. */
async function requireNoCopy(docker: Docker, lab: string): Promise<void> {
  if (!(await hasCopy(docker, lab))) return
  throw new HlError(
    'LAB_BUSY',
    `lab ${lab} has a recovery copy, which reads its archive and would miss what is removed`,
    {next: [hint('copy show', {lab}), hint('copy drop', {lab})]},
  )
}
