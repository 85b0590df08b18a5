// What the archive of a lab holds, as its archive node tells it. Invariant: one question for everything, so that plan
// and catalog see the same moment.
// Not here: what follows from it (wal/, catalog/, restore/).
import {hint} from '../model/command-hint.ts'
import type {ArchiveListing, BackupRecord, RefusedWal, UnreadableBackup} from '../model/backup.ts'
import {HlError, messageOf} from '../model/errors.ts'
import type {Cluster} from '../model/ports.ts'
import {soleCluster} from '../model/topology.ts'
import {parseBackup} from './catalog/parse-backup.ts'
import {ownSystem} from './own-system.ts'
import {defaultSegmentBytes, segmentBytesOf} from './wal/segment.ts'

const archiveMs = 60_000

/**
 * One listing for each system identifier that ever archived here; of a shard its own alone, for all shards of a lab
 * share the archive. Errors: ARCHIVE_MISSING, LAB_UNHEALTHY when nobody tells which the shard's own is.
 */
export async function readArchive(cluster: Cluster): Promise<readonly ArchiveListing[]> {
  const listings = await readSystems(cluster)
  if (cluster.name === soleCluster) return listings
  const own = await ownSystem(cluster, listings)
  return listings.filter(({systemIdentifier}) => systemIdentifier === own)
}

/** The listings of all shards of the lab, by one question. ARCHIVE_MISSING. */
export async function readSystems(cluster: Cluster, withinMs = archiveMs): Promise<readonly ArchiveListing[]> {
  requireArchive(cluster)
  const {exitCode, stdout, stderr} = await cluster.exec('archive', ['archive-list'], {
    user: 'postgres',
    timeoutMs: withinMs,
  })
  if (exitCode !== 0)
    throw new HlError('ARCHIVE_MISSING', `the archive of lab ${cluster.lab} cannot be read: ${stderr.trim()}`, {
      next: [hint('logs', {args: ['archive'], lab: cluster.lab})],
    })
  return parseListings(documentIn(cluster, stdout))
}

function documentIn({lab}: Cluster, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new HlError('ARCHIVE_MISSING', `the archive of lab ${lab} does not say what it holds: ${text.slice(-200)}`, {
      next: [hint('logs', {args: ['archive'], lab})],
      cause,
    })
  }
}

/** The listing of one system; empty when nothing of it was archived yet. */
export async function readListing(cluster: Cluster, systemIdentifier: string): Promise<ArchiveListing> {
  return listingOf(await readArchive(cluster), systemIdentifier)
}

/** PURE: the same among several. */
export function listingOf(listings: readonly ArchiveListing[], systemIdentifier: string): ArchiveListing {
  const empty: ArchiveListing = {
    systemIdentifier,
    segmentBytes: defaultSegmentBytes,
    files: [],
    histories: new Map(),
    backups: [],
  }
  return listings.find(listing => listing.systemIdentifier === systemIdentifier) ?? empty
}

/** The listing that people mean who name none: the one with the newest backup, or with WAL. */
export function newestListing(listings: readonly ArchiveListing[]): ArchiveListing | null {
  const age = ({backups}: ArchiveListing): string =>
    backups
      .map(({stoppedAt}) => stoppedAt)
      .toSorted()
      .at(-1) ?? ''
  return listings.toSorted((a, b) => age(b).localeCompare(age(a)))[0] ?? null
}

/** ARCHIVE_MISSING for a lab without an archive. */
export function requireArchive(cluster: Cluster): void {
  if (cluster.archive !== 'none') return
  throw new HlError('ARCHIVE_MISSING', `lab ${cluster.lab} has no archive`, {
    next: [hint('up', {flags: {archive: 'command'}, lab: '<name>', why: 'makes a lab with one'})],
  })
}

/** As archive-list prints it, which fixes the shape. */
interface ListedSystem {
  readonly systemIdentifier: string
  readonly files: ArchiveListing['files']
  readonly histories: Readonly<Record<string, string>>
  readonly backups: readonly {readonly folder: string; readonly record?: unknown; readonly unreadable?: string}[]
  readonly refused?: readonly RefusedWal[]
}

/**
 * PURE: what archive-list prints. A backup.json that cannot be read is named, and the others are there all the same.
 */
export function parseListings(value: unknown): readonly ArchiveListing[] {
  const {systems} = value as {readonly systems: readonly ListedSystem[]}
  return systems.map(({systemIdentifier, files, histories, backups, refused = []}) => {
    const read = backups.map(entry => recordIn(entry, systemIdentifier))
    return {
      systemIdentifier,
      segmentBytes: segmentBytesOf(files),
      files,
      histories: new Map(Object.entries(histories).map(([timeline, text]) => [Number(timeline), text])),
      backups: read.flatMap(one => ('why' in one ? [] : [one])),
      unreadable: read.flatMap(one => ('why' in one ? [one] : [])),
      refused,
    }
  })
}

/** A record belongs to the folder and the cluster that it names: a copy elsewhere is no second backup. */
function recordIn(
  {folder, record, unreadable}: ListedSystem['backups'][number],
  systemIdentifier: string,
): BackupRecord | UnreadableBackup {
  if (unreadable !== undefined) return {folder, why: unreadable}
  try {
    const backup = parseBackup(record)
    if (backup.id !== folder) return {folder, why: `it is the record of backup ${backup.id}`}
    if (backup.systemIdentifier !== systemIdentifier)
      return {folder, why: `it is the record of a backup of the cluster ${backup.systemIdentifier}`}
    return backup
  } catch (error) {
    return {folder, why: messageOf(error)}
  }
}
