// Finds out before anything is made where the WAL of the archive holds a target: a transaction, a time, a name. What
// is in no WAL is refused in seconds, not after all of it was replayed.
// Invariant: it only reads. An encrypted archive cannot be read where its key is not; then nobody knows, as before.
// Not here: what the lines mean (target-record.ts).
import type {ArchiveListing, RestoreTarget} from '../../model/backup.ts'
import type {Lsn} from '../../model/lsn.ts'
import {HlError} from '../../model/errors.ts'
import type {Cluster} from '../../model/ports.ts'
import {lastWords} from '../run-on-node.ts'
import {reachOf, restorable} from '../restore/reachable-windows.ts'
import {unreachableTarget} from '../restore/refuse-target.ts'
import {describeTarget} from '../restore/parse-target.ts'
import {followWal} from '../wal/archive-contents.ts'
import {lineageOf, liesOn, timelineOfRecord} from '../wal/timeline-history.ts'
import {dumpArchived, dumpMs, type Stretch} from './dump-archived.ts'
import {readingEnd} from './read-wal.ts'
import {filterOf, recordIn, type TargetRecord} from './target-record.ts'

/**
 * Where the record is at which replay to the target will stop; undefined where the WAL cannot be read or the target
 * says it itself, null where the WAL of this way does not hold it. TARGET_UNREACHABLE for what no replay stops at.
 */
export async function findTarget(
  cluster: Cluster,
  listing: ArchiveListing,
  target: RestoreTarget,
  timeline: number,
): Promise<{readonly lsn: Lsn | null | undefined; readonly seen: string}> {
  const unknown = {lsn: undefined, seen: ''}
  if (cluster.encrypted) return unknown
  if (target.kind === 'lsn') return {lsn: await recordAt(cluster, listing, target.lsn, timeline), seen: ''}
  const filter = filterOf(target)
  if (filter === null) return unknown
  let seen = ''
  // Names are looked for everywhere: the first is no better than the next.
  for (const stretch of stretchesOf(listing, target, timeline)) {
    const text = await dumpArchived(cluster, listing, {timeline, stretch, filter})
    if (text === null) return unknown
    const found = recordIn(target, text)
    if (found.kind === 'refused') throw refused(listing, found)
    if (found.kind === 'record') return {lsn: found.lsn, seen: ''}
    if (seen === '') ({seen} = found)
  }
  return {lsn: null, seen}
}

export type OnPrimary = {readonly kind: 'there' | 'absent'} | {readonly kind: 'unknown'; readonly why: string}

/**
 * Does what the primary itself still has hold it? Of a target that is a transaction or a name. Unknown where its WAL
 * could not be read as far as it had come. TARGET_UNREACHABLE for what no replay stops at.
 */
export async function isOnPrimary(
  cluster: Cluster,
  listing: ArchiveListing,
  {node, timeline, lsn}: {readonly node: string; readonly timeline: number; readonly lsn: Lsn},
  target: RestoreTarget,
): Promise<OnPrimary> {
  const filter = filterOf(target)
  if (filter === null) return {kind: 'there'}
  const variables = Object.entries(filter.variables).flatMap(([name, value]) => ['-v', `${name}=${value}`])
  const argv = [
    ...['env', 'TZ=UTC', 'bash', '-uc', primaryScript, 'bash', String(variables.length), ...variables, filter.awk],
    ...[timeline.toString(16).toUpperCase().padStart(8, '0'), ...filter.managers.map(name => `--rmgr=${name}`)],
  ]
  const read = await cluster.exec(node, argv, {user: 'postgres', timeoutMs: dumpMs}).catch((error: unknown) => {
    if (error instanceof HlError) return {exitCode: 1, stdout: '', stderr: error.message}
    throw error
  })
  const found = recordIn(target, read.stdout)
  if (found.kind === 'refused') throw refused(listing, found)
  if (found.kind === 'record') return {kind: 'there'}
  // Where its WAL ends nobody knows, so an end with an error is one; before where it stood is none.
  if (read.exitCode === 0 || readingEnd(read.stderr, lsn) === 'all') return {kind: 'absent'}
  return {kind: 'unknown', why: `the WAL of ${node} cannot be read to its end: ${lastWords(read.stderr)}`}
}

/** From the oldest segment that it has kept. One that is cut off behind what was wanted has done its work. */
const primaryScript = `count=$1; shift
variables=("\${@:1:count}"); shift "$count"
program=$1 timeline=$2; shift 2
cd /var/lib/postgresql/data/pg_wal || exit 1
files=$(ls | grep -E "^$timeline[0-9A-F]{16}$")
[ -n "$files" ] || { echo "it has no WAL of timeline $timeline" >&2; exit 1; }
PATH=$PATH:/usr/lib/postgresql/17/bin
pg_waldump "$@" "$(head -n 1 <<<"$files")" "$(tail -n 1 <<<"$files")" | awk "\${variables[@]}" "$program"
status=\${PIPESTATUS[0]}
[ "$status" = 141 ] || exit "$status"`

/** What is in no WAL that can be replayed. */
export function absentTarget(listing: ArchiveListing, target: RestoreTarget, timeline: number, seen: string): Error {
  const latest = `--to latest --timeline ${timeline}`
  if (target.kind === 'time')
    return unreachableTarget(
      listing,
      `${describeTarget(target)} is not before the last commit in the archive${seen === '' ? '' : `, at ${seen}`}`,
      [latest],
    )
  return unreachableTarget(
    listing,
    `no WAL that can be replayed along timeline ${timeline} holds ` +
      `${describeTarget(target)}${seen === '' ? '' : `: ${seen}`}`,
    [latest],
  )
}

function refused(listing: ArchiveListing, {message, next}: Extract<TargetRecord, {readonly kind: 'refused'}>): Error {
  return unreachableTarget(listing, message, next)
}

type Closed = Stretch & {readonly toLsn: Lsn}

/** PURE: newest first; a name's is all of it at once, a time's only the one that it can lie in. */
function stretchesOf(listing: ArchiveListing, target: RestoreTarget, timeline: number): readonly Closed[] {
  const lineage = lineageOf(listing, timeline)
  if (lineage === null) return []
  const all = restorable(listing.backups)
    .filter(backup => liesOn(lineage, backup.timeline, backup.stopLsn))
    .flatMap((backup): readonly Closed[] => {
      const wal = followWal(listing, {timeline: backup.timeline, fromLsn: backup.startLsn, alongTimeline: timeline})
      const toLsn = wal === null ? 0n : reachOf(wal, listing.segmentBytes)
      return wal !== null && toLsn > backup.stopLsn
        ? [{backup, fromLsn: backup.stopLsn, toLsn, wholeTo: wal.contiguousTo}]
        : []
    })
  if (target.kind === 'time') return all.filter(({backup}) => backup.stoppedMs <= target.epochMs).slice(-1)
  // An older one reads again what a newer one has read.
  const parts = all.map((stretch, index) => {
    const next = all[index + 1]?.fromLsn
    return next === undefined || next > stretch.toLsn ? stretch : {...stretch, toLsn: next}
  })
  return target.kind === 'name' ? joined(parts) : parts.toReversed()
}

function joined(parts: readonly Closed[]): readonly Closed[] {
  return parts.reduce<readonly Closed[]>((runs, part) => {
    const last = runs.at(-1)
    if (last?.toLsn !== part.fromLsn) return [...runs, part]
    return [...runs.slice(0, -1), {...last, toLsn: part.toLsn, wholeTo: part.wholeTo}]
  }, [])
}

/**
 * The first record at or after a position that lies on an ancestor: which timeline it is on decides along which to go.
 */
async function recordAt(
  cluster: Cluster,
  listing: ArchiveListing,
  lsn: Lsn,
  timeline: number,
): Promise<Lsn | undefined> {
  const lineage = lineageOf(listing, timeline)
  if (lineage === null || timelineOfRecord(lineage, lsn) === timeline) return undefined
  const backup = restorable(listing.backups).findLast(
    one => one.stopLsn <= lsn && liesOn(lineage, one.timeline, one.stopLsn),
  )
  if (backup === undefined) return undefined
  const stretch = {backup, fromLsn: lsn, toLsn: null, wholeTo: 0n}
  const text = await dumpArchived(cluster, listing, {timeline, stretch, filter: null})
  const found = recordIn({kind: 'time', epochMs: 0, inclusive: true}, text ?? '')
  return found.kind === 'record' ? found.lsn : undefined
}
