// How far an archive goes, for whoever asks whether something was written. Not here: what can be restored of it
// (src/backup/restore).
import {readArchive, readSystems} from '../backup/read-archive.ts'
import {parseSegmentName, startOf} from '../backup/wal/segment.ts'
import type {NamedPosition} from '../lab/lifecycle/data-position.ts'
import type {ArchiveListing} from '../model/backup.ts'
import type {Cluster} from '../model/ports.ts'

/**
 * null: it cannot be read, or nobody knows which of several systems is the cluster's. `system`: the cluster's, where
 * its own data cannot tell.
 */
export async function archivedPosition(cluster: Cluster, system?: string): Promise<NamedPosition | null> {
  const asked = system === undefined ? readArchive(cluster) : readSystems(cluster)
  const all = await asked.catch(() => [])
  const listings = system === undefined ? all : all.filter(({systemIdentifier}) => systemIdentifier === system)
  const [only, second] = listings
  return only === undefined || second !== undefined ? null : newestOf(only)
}

/** PURE: the newest timeline, and where its last segment begins: that one may be there in part. */
function newestOf({files, histories, segmentBytes}: ArchiveListing): NamedPosition | null {
  const segments = files.flatMap(({name}) => parseSegmentName(name, segmentBytes) ?? [])
  const timeline = Math.max(0, ...histories.keys(), ...segments.map(one => one.timeline))
  if (timeline === 0) return null
  const begins = segments.filter(one => one.timeline === timeline).map(({number}) => startOf(number, segmentBytes))
  return {
    name: 'the archive',
    timeline,
    lsn: begins.reduce((most, lsn) => (lsn > most ? lsn : most), 0n),
    isClean: true,
  }
}
