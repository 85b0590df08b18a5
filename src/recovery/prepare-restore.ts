// From what was asked for to a plan that stands: the WAL is brought into the archive, the archive is read, the plan is
// made, and the key is looked at. Invariant: nothing is made here. Not here: doing it.
import {hint} from '../model/command-hint.ts'
import {failingArchiver, failingText} from '../backup/failing-archiver.ts'
import {flushIfPossible, type Flushed} from '../backup/flush-wal.ts'
import {newestListing, readArchive, readSystems, requireArchive} from '../backup/read-archive.ts'
import {primaryPosition, type PrimaryPosition} from '../backup/archive-lag.ts'
import {absentTarget, findTarget, isOnPrimary, type OnPrimary} from '../backup/locate/find-target.ts'
import {parseTime} from '../backup/restore/parse-time.ts'
import {planRestore, type RestorePlan} from '../backup/restore/plan-restore.ts'
import {promisedEnd} from '../backup/restore/promised-end.ts'
import type {RestoreOptions} from '../backup/restore/restore-context.ts'
import {holdsPosition} from '../backup/restore/holds-position.ts'
import {reachOf} from '../backup/restore/reachable-windows.ts'
import type {RestoreJob} from '../backup/restore/restore-data.ts'
import {followWal, timelinesIn, withPending} from '../backup/wal/archive-contents.ts'
import {requireKey} from '../lab/lifecycle/archive-key.ts'
import type {ArchiveListing, RestoreTarget} from '../model/backup.ts'
import {HlError} from '../model/errors.ts'
import {parseLsn} from '../model/lsn.ts'
import type {Cluster} from '../model/ports.ts'
import type {RecoveryPorts} from './recovery-ports.ts'
import {requireEncrypted} from './require-encrypted.ts'
import type {RestoreRequest} from './restore-request.ts'
import {tablespaceOnWay} from './tablespace-on-way.ts'

export interface PreparedRestore {
  readonly listing: ArchiveListing
  readonly plan: RestorePlan
  readonly request: RestoreRequest
  /** Where the primary had written when the plan was made; null where it was not brought into the archive. */
  readonly flushed: Flushed | null
  /** Why what the primary wrote last is not in the archive and will not be; null where that is not so. */
  readonly unarchived: string | null
}

/** How a request becomes a plan; `options` is what is known of the source, and what the request names. */
export type Decide = (listing: ArchiveListing, target: RestoreTarget, options: RestoreOptions) => RestorePlan

/**
 * `look`: nothing is changed, and what the primary has not archived yet is planned with as if it had. `archive`: it is
 * brought into the archive first, unless the target lies in what is there. Whoever looked plans again to restore.
 */
export type Thoroughness = 'look' | 'archive'

/** Errors: TARGET_UNREACHABLE, ARCHIVE_GAP, ARCHIVE_MISSING and those of `decide`. */
export async function prepareRestore(
  {docker, clock, signal, note}: Pick<RecoveryPorts, 'docker' | 'clock' | 'signal' | 'note'>,
  source: Cluster,
  request: RestoreRequest,
  {decide = planRestore, how}: {readonly decide?: Decide; readonly how: Thoroughness},
): Promise<PreparedRestore> {
  requireArchive(source)
  if (request.identity !== undefined) requireEncrypted(source, '--identity')
  const seen = await whatThereIs(source, null, request.system)
  const early = seen.listing === null ? null : await placeOf(source, request, seen)
  // Only what lies in the archive already needs nothing of the primary.
  const isThere = early?.lsn != null || isHeld(seen, request)
  const {position} = seen
  const refusing = isThere ? null : await refusingText(source, seen)
  const {flushed, unarchived} =
    how === 'look' || isThere
      ? {flushed: null, unarchived: refusing}
      : await flushIfPossible(source, clock, {refusing, signal, note})
  const now = how === 'look' || isThere ? seen : await whatThereIs(source, flushed, request.system)
  const listing =
    now.listing !== null && how === 'look' && position !== null && !isThere && unarchived === null
      ? withPending(now.listing, position.timeline, position.lsn)
      : now.listing
  if (listing === null)
    throw new HlError('TARGET_UNREACHABLE', `the archive of lab ${source.lab} is empty`, {
      next: [hint('backups create')],
    })
  const place = flushed === null || isThere ? early : await placeOf(source, request, {...now, position})
  const timeline = request.timeline ?? flushed?.timeline ?? position?.timeline
  const pending =
    place?.lsn !== null ? null : how === 'archive' ? isAbsent : await lookForPending(source, clock, request, seen)
  if (place?.lsn === null && pending?.kind === 'absent')
    throw absentTarget(now.listing ?? listing, request.target, timeline ?? timelinesIn(listing).at(-1) ?? 1, place.seen)
  const plan = decide(listing, request.target, {
    timeline,
    backup: request.backup,
    recordLsn: place?.lsn ?? undefined,
    damagedMs: request.damage?.kind === 'statement' ? request.damage.found.matches.at(-1)?.startedMs : undefined,
    searched: request.damage !== null,
    newestCommitEpochMs: flushed?.newestCommitEpochMs,
    currentLsn: flushed?.lsn ?? position?.lsn,
  })
  await requireKey(docker, source.lab, plan.chain, request.identity)
  const recordLsn = place?.lsn ?? undefined
  const tablespace = await tablespaceOnWay(source, now.listing ?? listing, {position, request, plan, recordLsn})
  return {
    listing,
    plan: {
      ...plan,
      why: [plan.why, ...tablespace, ...notKnown(pending)].join('; '),
      losses: unarchived === null ? plan.losses : `${plan.losses}; ${unarchived}`,
    },
    request,
    flushed,
    unarchived,
  }
}

interface Seen {
  readonly listing: ArchiveListing | null
  /** Where the primary is; null when there is none that answers. */
  readonly position: Pick<PrimaryPosition, 'node' | 'timeline' | 'lsn' | 'systemIdentifier'> | null
}

async function whatThereIs(source: Cluster, flushed: Flushed | null, system: string | undefined): Promise<Seen> {
  const listings = await (system === undefined ? readArchive(source) : readSystems(source))
  const position = flushed === null ? await primaryPosition(source).catch(() => null) : null
  const own = system ?? flushed?.systemIdentifier ?? position?.systemIdentifier
  const listing =
    own === undefined
      ? newestListing(listings)
      : (listings.find(({systemIdentifier}) => systemIdentifier === own) ?? null)
  return {listing, position}
}

/** null: the target is not one that is looked for in the WAL. */
async function placeOf(
  source: Cluster,
  {target, damage, timeline}: RestoreRequest,
  {listing, position}: Seen,
): ReturnType<typeof findTarget> {
  const along = timeline ?? position?.timeline ?? (listing === null ? undefined : timelinesIn(listing).at(-1))
  if (listing === null || along === undefined || damage !== null) return {lsn: undefined, seen: ''}
  return findTarget(source, listing, target, along)
}

/** Does gap-free WAL go on beyond a position that was asked for? */
function isHeld({listing, position}: Seen, {target, damage, timeline}: RestoreRequest): boolean {
  if (listing === null || damage !== null || target.kind !== 'lsn') return false
  const alongTimeline = timeline ?? position?.timeline ?? timelinesIn(listing).at(-1) ?? 1
  return holdsPosition(listing, target.lsn, alongTimeline)
}

/** Why nothing comes into the archive now; null where it does, or nobody says. */
async function refusingText(source: Cluster, {position, listing}: Seen): Promise<string | null> {
  const failing = position === null ? null : await failingArchiver(source, position.node)
  if (failing === null) return null
  return `${failingText(failing, listing ?? {})}, and what it wrote since is not in the archive`
}

const isAbsent: OnPrimary = {kind: 'absent'}

/** Will the WAL that the primary has not archived yet hold it? A commit comes with it, later than any moment before. */
async function lookForPending(
  source: Cluster,
  clock: RecoveryPorts['clock'],
  {target}: RestoreRequest,
  {position, listing}: Seen,
): Promise<OnPrimary> {
  if (position === null || listing === null) return isAbsent
  if (target.kind === 'time') return {kind: target.epochMs <= (parseTime(clock.wallTime()) ?? 0) ? 'there' : 'absent'}
  return isOnPrimary(source, listing, position, target)
}

/** PURE: a plan that is only shown goes on; the restore archives that WAL first, and reads it in the archive. */
function notKnown(pending: OnPrimary | null): readonly string[] {
  return pending?.kind === 'unknown'
    ? [
        'the archive does not hold the target, and whether WAL that is not archived yet does is not known: ' +
          pending.why,
      ]
    : []
}

/** PURE: do both begin at the same backups, along the same timeline, and lose the same? */
export function sameStart(one: PreparedRestore, other: PreparedRestore): boolean {
  if (one.unarchived !== null && other.unarchived === null) return false
  const startOf = ({plan: {chain, timeline}}: PreparedRestore): string =>
    `${timeline} ${chain.map(({id}) => id).join(' ')}`
  return startOf(one) === startOf(other)
}

/** PURE: what is to be done in the restore container. */
export function jobOf(
  {listing, plan, request, flushed}: PreparedRestore,
  onPhase: RestoreJob['onPhase'],
  targetOverride?: RestoreJob['targetOverride'],
): RestoreJob {
  const start = plan.chain.at(-1)
  const fromLsn = parseLsn(start?.startLsn ?? '')
  if (start === undefined || fromLsn === null)
    throw new HlError('BUG', 'a plan without a backup', {next: ['report this with the command you ran']})
  const wal = followWal(listing, {timeline: start.timeline ?? plan.timeline, fromLsn, alongTimeline: plan.timeline})
  return {
    listing,
    plan,
    damage: request.damage,
    endLsn: wal === null ? fromLsn : reachOf(wal, listing.segmentBytes),
    promised: promisedEnd(listing, plan, flushed),
    onPhase,
    ...(targetOverride === undefined ? {} : {targetOverride}),
  }
}
