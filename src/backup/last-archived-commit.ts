// Commit time of the last transaction that the archive surely holds: the end of what can be restored, as a time.
// Invariant: read from the WAL in the archive, since the server's own last commit may not be there yet. Not here: WAL
// that is encrypted, or not complete yet: what that holds is left out.
import type {ArchiveListing} from '../model/backup.ts'
import type {Cluster} from '../model/ports.ts'
import {parseTime} from './restore/parse-time.ts'
import {restorable} from './restore/reachable-windows.ts'
import {followWal, parseWalFile} from './wal/archive-contents.ts'
import {lineageOf, liesOn} from './wal/timeline-history.ts'

const archiveMs = 60_000
/** An idle server fills segments with nothing: so many are looked at. */
const segmentsMax = 5

/** PURE: the newest whole segments on the way to the timeline before any gap, newest first. */
function lastSegments(listing: ArchiveListing, timeline: number): readonly string[] {
  const lineage = lineageOf(listing, timeline)
  const newest =
    lineage === null
      ? undefined
      : restorable(listing.backups).findLast(backup => liesOn(lineage, backup.timeline, backup.stopLsn))
  const wal =
    newest === undefined
      ? null
      : followWal(listing, {timeline: newest.timeline, fromLsn: newest.startLsn, alongTimeline: timeline})
  if (wal === null || wal.missing.length > 0) return []
  return wal.present
    .filter(name => parseWalFile(name, listing.segmentBytes)?.partial === false)
    .slice(-segmentsMax)
    .reverse()
}

/** ms since 1970; null where it cannot be said. `segments` as above. */
async function lastArchivedCommit(
  cluster: Cluster,
  {systemIdentifier}: ArchiveListing,
  segments: readonly string[],
  withinMs = archiveMs,
): Promise<number | null> {
  if (segments.length === 0 || cluster.encrypted) return null
  const script = `cd /archive/${systemIdentifier}/wal; for file in "$@"; do line=$(TZ=UTC pg_waldump --rmgr=Transaction "$file" 2>/dev/null | grep ' desc: COMMIT ' | tail -n 1); [ -z "$line" ] || { echo "$line"; exit 0; }; done`
  const {stdout} = await cluster.exec('archive', ['sh', '-uc', script, 'sh', ...segments], {
    user: 'postgres',
    timeoutMs: withinMs,
  })
  const [, time = ''] = / desc: COMMIT (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?) UTC/.exec(stdout) ?? []
  return parseTime(`${time}Z`)
}

/**
 * The same for who asks again and again: the WAL is read anew only when there is more of it. `timeline` null: there is
 * no primary, so it cannot be said.
 */
export function commitReader(
  cluster: Cluster,
): (listing: ArchiveListing, timeline: number | null, withinMs?: number) => Promise<number | null> {
  let known: {readonly segment: string; readonly epochMs: number | null} = {segment: '', epochMs: null}
  return async (listing, timeline, withinMs) => {
    const segments = timeline === null ? [] : lastSegments(listing, timeline)
    const [segment = ''] = segments
    if (segment !== known.segment)
      known = {segment, epochMs: await lastArchivedCommit(cluster, listing, segments, withinMs)}
    return known.epochMs
  }
}
