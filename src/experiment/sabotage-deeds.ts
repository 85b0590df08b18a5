// What controls do wrong on purpose: to the archive, or to the place where a restore ends. Invariant: only experiments
// come here; hl restore never does.
import {hint} from '../model/command-hint.ts'
import {flushWal} from '../backup/flush-wal.ts'
import {readListing} from '../backup/read-archive.ts'
import type {RestoreJob} from '../backup/restore/restore-data.ts'
import {parseWalFile} from '../backup/wal/archive-contents.ts'
import type {ArchiveListing} from '../model/backup.ts'
import {HlError} from '../model/errors.ts'
import {formatLsn, parseLsn} from '../model/lsn.ts'
import type {Clock, Cluster} from '../model/ports.ts'
import type {Sabotage} from '../model/scenario.ts'
import type {PreparedRestore} from '../recovery/prepare-restore.ts'
import {awaitUntil, holds, notYet} from '../waiting/await-until.ts'

const archivedMs = 60_000

export interface Patience {
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Changes the archive where the control says so; what was done, for the events. */
export async function sabotageArchive(cluster: Cluster, patience: Patience, sabotage: Sabotage): Promise<string> {
  const {kind} = sabotage
  const {clock, signal} = patience
  if (kind === 'one-late' || kind === 'one-early') return 'the restore will end at the wrong transaction'
  // Two switches, so that there is WAL behind the segment that goes.
  await flushWal(cluster, clock, {signal})
  const flushed = await flushWal(cluster, clock, {signal})
  if (flushed === null) throw new HlError('LAB_UNHEALTHY', 'there is no primary', {next: [hint('status')]})
  const listing = await readListing(cluster, flushed.systemIdentifier)
  if (kind === 'segment-missing' && sabotage.when === 'after-plan') return 'a segment will go once the plan is made'
  if (kind === 'segment-missing') return loseSegment(cluster, patience, listing)
  return flipByte(cluster, listing)
}

async function flipByte(cluster: Cluster, {backups, systemIdentifier}: ArchiveListing): Promise<string> {
  const newest = backups.toSorted((a, b) => a.stoppedAt.localeCompare(b.stoppedAt)).at(-1)
  if (newest === undefined) throw new HlError('BACKUP_UNKNOWN', 'there is no backup', {next: [hint('backups create')]})
  await changeArchive(cluster, [
    'sh',
    '-euc',
    `file=$(ls -S /archive/${systemIdentifier}/backups/${newest.id}/data/base/*/* | head -n 1); printf '\\377' | ` +
      'dd of="$file" bs=1 seek=4242 conv=notrunc status=none; echo "$file"',
  ])
  return `changed a byte of backup ${newest.id}`
}

/** The last but one: there is WAL behind it. */
export async function loseSegment(
  cluster: Cluster,
  patience: Patience,
  {systemIdentifier, files, segmentBytes}: ArchiveListing,
): Promise<string> {
  const gone = files
    .filter(({name}) => parseWalFile(name, segmentBytes)?.partial === false)
    .map(({name}) => name)
    .at(-2)
  if (gone === undefined)
    throw new HlError('ARCHIVE_MISSING', 'there are fewer than two segments in the archive', {
      next: ['let the load run for longer before'],
    })
  await untilArchivedByAll(cluster, patience, gone)
  await changeArchive(cluster, ['rm', `/archive/${systemIdentifier}/wal/${gone}`])
  return `removed ${gone} from the archive`
}

/** Where a control's restore ends instead of just before the bad transaction; absent: where it should. */
export function targetOverrideOf(
  sabotage: Sabotage | null,
  {listing, plan}: PreparedRestore,
): RestoreJob['targetOverride'] {
  if (sabotage?.kind === 'one-late')
    return async ({commitLsn}) => Promise.resolve({kind: 'lsn', lsn: commitLsn, inclusive: true})
  if (sabotage?.kind !== 'one-early') return undefined
  return async ({commitLsn}, node) => {
    const start = plan.chain.at(-1)?.stopLsn ?? ''
    const {stdout} = await node.exec(
      [
        'sh',
        '-c',
        `TZ=UTC pg_waldump -p /tmp/wal -t ${plan.timeline} --rmgr=Transaction --start=${start} ` +
          `--end=${formatLsn(commitLsn)} | grep ' desc: COMMIT ' | tail -n 1`,
      ],
      {user: 'postgres', timeoutMs: 60_000},
    )
    const lsn = parseLsn(/lsn: ([0-9A-F/]+)/.exec(stdout)?.[1] ?? '')
    if (lsn === null)
      throw new HlError(
        'TARGET_UNREACHABLE',
        `there is no transaction before the bad one in the archive of ${listing.systemIdentifier}`,
        {next: ['let the load run for longer before']},
      )
    return {kind: 'lsn', lsn, inclusive: false}
  }
}

/** Every node archives: one that is behind would bring the segment back. */
async function untilArchivedByAll(cluster: Cluster, {clock, signal}: Patience, segment: string): Promise<void> {
  const statement = `SELECT last_archived_wal >= '${segment}' FROM pg_stat_archiver`
  for (const member of cluster.members)
    await awaitUntil(
      async () => {
        const {stdout} = await cluster.exec(member, ['psql', '-X', '-A', '-t', '-d', 'postgres', '-c', statement], {
          user: 'postgres',
          timeoutMs: 30_000,
        })
        return stdout.trim() === 't' ? holds(undefined) : notYet('not archived')
      },
      {
        clock,
        signal,
        withinMs: archivedMs,
        what: `${member} to have archived ${segment}`,
        next: [hint('logs', {args: [member], lab: cluster.lab})],
      },
    )
}

async function changeArchive(cluster: Cluster, argv: readonly string[]): Promise<void> {
  const {exitCode, stderr} = await cluster.exec('archive', argv, {user: 'postgres', timeoutMs: 60_000})
  if (exitCode !== 0)
    throw new HlError('BACKUP_FAILED', `the archive could not be changed: ${stderr.trim()}`, {
      next: [hint('logs', {args: ['archive'], lab: cluster.lab})],
    })
}
