// What a lab has in its archive, for a person: its backups, what can be restored with them, and how far the archive is
// behind. Invariant: it only looks, so it takes no lock. Not here: reading the archive (src/backup).
import {lagOf, primaryPosition} from '../backup/archive-lag.ts'
import {findBackup, unreadableText} from '../backup/find-backup.ts'
import {readArchive} from '../backup/read-archive.ts'
import {describeWindow, reachableWindows} from '../backup/restore/reachable-windows.ts'
import {faultyFiles, gapsIn} from '../backup/wal/archive-gaps.ts'
import type {ArchiveListing, BackupRecord} from '../model/backup.ts'
import type {Cluster} from '../model/ports.ts'
import {exposedOf} from './lab-conditions.ts'

export interface ListedBackups {
  /** Newest first. */
  readonly backups: readonly BackupRecord[]
  /** What can be restored, as people read it. */
  readonly windows: readonly string[]
  readonly gaps: readonly string[]
  /** WAL files and backups that are there and cannot be relied on, as people read it. */
  readonly faults: readonly string[]
  /** WAL that a member offers and the archive does not take, as people read it. */
  readonly refused: readonly string[]
  /** Why nothing can be restored that the primary writes now; null where it can, or nobody can say. */
  readonly exposed: string | null
  /** WAL that `node`, the primary, has written and the archive lacks; null: nobody can say. */
  readonly lag: {readonly node: string; readonly bytes: number} | null
}

/** Errors: ARCHIVE_MISSING. A primary that cannot be asked is none. */
export async function listBackups(cluster: Cluster): Promise<ListedBackups> {
  const listings = await readArchive(cluster)
  const [position, exposed] = await Promise.all([
    primaryPosition(cluster).catch(() => null),
    exposedOf(cluster, listings),
  ])
  const current = listings.find(({systemIdentifier}) => systemIdentifier === position?.systemIdentifier)
  const bytes = position === null || current === undefined ? null : lagOf(current, position)
  return {
    exposed,
    backups: listings.flatMap(({backups}) => backups).toSorted((a, b) => b.stoppedAt.localeCompare(a.stoppedAt)),
    windows: listings.flatMap(listing => reachableWindows(listing).map(describeWindow)),
    gaps: gapTexts(listings),
    faults: faultTexts(listings),
    refused: listings.flatMap(({refused = []}) => refused.map(({name, why}) => `WAL ${name}: ${why}`)),
    lag: position === null || bytes === null ? null : {node: position.node, bytes},
  }
}

/** Segments that are missing or damaged, as people read it. */
export function gapTexts(listings: readonly ArchiveListing[]): readonly string[] {
  return listings.flatMap(listing => gapsIn(listing).map(({text}) => text))
}

/** What is damaged or unreadable, each with its name. */
export function faultTexts(listings: readonly ArchiveListing[]): readonly string[] {
  return listings.flatMap(listing => [
    ...faultyFiles(listing).map(({name, why}) => `WAL ${name}: ${why}`),
    ...(listing.unreadable ?? []).map(unreadableText),
  ])
}

/** One, by its id, the beginning of it, or `latest`. Errors: those of listBackups, BACKUP_UNKNOWN. */
export async function showBackup(cluster: Cluster, name: string): Promise<BackupRecord> {
  return findBackup(await readArchive(cluster), name)
}
