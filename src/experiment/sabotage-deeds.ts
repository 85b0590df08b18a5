// What controls do wrong on purpose: to the archive, or to the place where a restore ends. Invariant: only drills come
// here; hl restore never does. Not here: who must notice.
import {flushWal} from '../src/backup/flush-wal.ts'
import {readListing} from '../src/backup/read-archive.ts'
import type {RestoreJob} from '../src/backup/restore/restore-data.ts'
import {parseWalFile} from '../src/backup/wal/archive-contents.ts'
import type {ArchiveListing} from '../src/model/backup.ts'
import {HlError} from '../src/model/errors.ts'
import {formatLsn, parseLsn} from '../src/model/lsn.ts'
import type {Tampering} from '../src/model/drill.ts'
import type {Clock, Cluster} from '../src/model/ports.ts'
import type {PreparedRestore} from './restore.ts'

const flushMs = 60_000

/** Changes the archive where the control says so; what was done, for the events. */
export async function tamperWith(cluster: Cluster, clock: Clock, tampering: Tampering): Promise<string> {
  const {kind} = tampering
  if (kind === 'one-late' || kind === 'one-early') return 'the restore will end at the wrong transaction'
  // Two switches, so that there is WAL behind the segment that goes.
  await flushWal(cluster, clock, flushMs)
  const flushed = await flushWal(cluster, clock, flushMs)
  if (flushed === null) throw new HlError('LAB_UNHEALTHY', 'there is no primary', {next: ['hl status']})
  const listing = await readListing(cluster, flushed.systemIdentifier)
  if (kind === 'segment-missing' && tampering.when === 'after-plan') return 'a segment will go once the plan is made'
  if (kind === 'segment-missing') return loseSegment(cluster, clock, listing)
  const {backups} = listing
  const folder = `/archive/${flushed.systemIdentifier}`
  const newest = backups.toSorted((a, b) => a.stoppedAt.localeCompare(b.stoppedAt)).at(-1)
  if (newest === undefined) throw new HlError('BACKUP_UNKNOWN', 'there is no backup', {next: ['hl backups create']})
  await inArchive(cluster, [
    'sh',
    '-euc',
    `file=$(ls -S ${folder}/backups/${newest.id}/data/base/*/* | head -n 1); printf '\\377' | dd of="$file" bs=1 seek=4242 conv=notrunc status=none; echo "$file"`,
  ])
  return `changed a byte of backup ${newest.id}`
}

/** The last but one: there is WAL behind it. */
export async function loseSegment(
  cluster: Cluster,
  clock: Clock,
  {systemIdentifier, files, segmentBytes}: ArchiveListing,
): Promise<string> {
  const gone = files
    .filter(({name}) => parseWalFile(name, segmentBytes)?.partial === false)
    .map(({name}) => name)
    .at(-2)
  if (gone === undefined)
    throw new HlError('ARCHIVE_MISSING', 'there are fewer than two segments in the archive', {
      next: ['let the drill run for longer'],
    })
  await untilArchivedByAll(cluster, clock, gone)
  await inArchive(cluster, ['rm', `/archive/${systemIdentifier}/wal/${gone}`])
  return `removed ${gone} from the archive`
}

/** Where a control's restore ends instead of just before the bad transaction; null: where it should. */
export function aimOf(tampering: Tampering | null, {listing, plan}: PreparedRestore): RestoreJob['aim'] | null {
  if (tampering?.kind === 'one-late')
    return async ({commitLsn}) => Promise.resolve({kind: 'lsn', lsn: commitLsn, inclusive: true})
  if (tampering?.kind !== 'one-early') return null
  return async ({commitLsn}, node) => {
    const start = plan.chain.at(-1)?.stopLsn ?? ''
    const {stdout} = await node.exec(
      [
        'sh',
        '-c',
        `TZ=UTC pg_waldump -p /tmp/wal -t ${plan.timeline} --rmgr=Transaction --start=${start} --end=${formatLsn(commitLsn)} | grep ' desc: COMMIT ' | tail -n 1`,
      ],
      {user: 'postgres', timeoutMs: 60_000},
    )
    const lsn = parseLsn(/lsn: ([0-9A-F/]+)/.exec(stdout)?.[1] ?? '')
    if (lsn === null)
      throw new HlError(
        'TARGET_UNREACHABLE',
        `there is no transaction before the bad one in the archive of ${listing.systemIdentifier}`,
        {next: ['let the drill run for longer']},
      )
    return {kind: 'lsn', lsn, inclusive: false}
  }
}

/** Every node archives: one that is behind would bring the segment back. */
async function untilArchivedByAll(cluster: Cluster, clock: Clock, segment: string): Promise<void> {
  const untilMs = clock.nowMs() + flushMs
  for (const member of cluster.members) {
    const done = async (): Promise<boolean> =>
      (
        await cluster.exec(
          member,
          [
            'psql',
            '-X',
            '-A',
            '-t',
            '-d',
            'postgres',
            '-c',
            `SELECT last_archived_wal >= '${segment}' FROM pg_stat_archiver`,
          ],
          {user: 'postgres', timeoutMs: 30_000},
        )
      ).stdout.trim() === 't'
    while (!(await done())) {
      if (clock.nowMs() >= untilMs)
        throw new HlError('TIMEOUT', `${member} has not archived ${segment}`, {next: [`hl logs ${member}`]})
      await clock.wait(200)
    }
  }
}

async function inArchive(cluster: Cluster, argv: readonly string[]): Promise<void> {
  const {exitCode, stderr} = await cluster.exec('archive', argv, {user: 'postgres', timeoutMs: 60_000})
  if (exitCode !== 0)
    throw new HlError('BACKUP_FAILED', `the archive could not be changed: ${stderr.trim()}`, {
      next: ['hl logs archive'],
    })
}
