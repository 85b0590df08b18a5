// Does the WAL on the way make a tablespace? No backup has one, but replay makes it, in a directory that no restore
// has: PostgreSQL ends there with FATAL, and where there is such a directory it lies outside the data. Invariant: it
// only reads. Not here: refusing a backup of a cluster with one (../require-carried.ts).
import type {ArchiveListing, BackupRecord} from '../../model/backup.ts'
import {parseLsn, type Lsn} from '../../model/lsn.ts'
import type {Cluster} from '../../model/ports.ts'
import {physicalBackups} from '../catalog/physical-backups.ts'
import {reachOf} from '../restore/reachable-windows.ts'
import {followWal} from '../wal/archive-contents.ts'
import {dumpArchived} from './dump-archived.ts'

export interface MadeTablespace {
  /** Of the record that makes it. */
  readonly lsn: Lsn
  readonly directory: string
}

/** tblspcdesc.c, src/backend/access/rmgrdesc; also as the context of an error of replay. */
const made = /(?:Tablespace\/|desc: )CREATE:? \d+ "(.*)"/
const places = [/ lsn: ([0-9A-F]+\/[0-9A-F]+),/, /WAL redo at ([0-9A-F]+\/[0-9A-F]+) for /]

/** PURE: the first of the lines that tells of one. */
export function tablespaceIn(text: string): MadeTablespace | null {
  for (const line of text.split('\n')) {
    const directory = made.exec(line)?.[1]
    const lsn = places.flatMap(place => parseLsn(place.exec(line)?.[1] ?? '') ?? [])[0]
    if (directory !== undefined && lsn !== undefined) return {lsn, directory}
  }
  return null
}

/** The first behind the backup and before `toLsn`, or the end of the WAL; null: none, or nobody can read it. */
export async function findTablespace(
  cluster: Cluster,
  listing: ArchiveListing,
  {
    backup: record,
    timeline,
    toLsn,
  }: {readonly backup: BackupRecord; readonly timeline: number; readonly toLsn: Lsn | undefined},
): Promise<MadeTablespace | null> {
  const [backup] = physicalBackups([record])
  if (backup === undefined || cluster.encrypted) return null
  const {startLsn} = backup
  const wal = followWal(listing, {timeline: backup.timeline, fromLsn: startLsn, alongTimeline: timeline})
  if (wal === null) return null
  const reach = reachOf(wal, listing.segmentBytes)
  const end = toLsn !== undefined && toLsn < reach ? toLsn : reach
  if (end <= startLsn) return null
  const text = await dumpArchived(cluster, listing, {
    timeline,
    stretch: {backup, fromLsn: startLsn, toLsn: end, wholeTo: wal.contiguousTo},
    filter: {managers: ['Tablespace'], variables: {}, awk: '/desc: CREATE/ {print}'},
  })
  return tablespaceIn(text ?? '')
}
