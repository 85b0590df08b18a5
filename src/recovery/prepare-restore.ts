// From what was asked for to a plan that stands: the WAL is brought into the archive, the archive is read, the plan is
// made, and the key is looked at. Invariant: nothing is made here. Not here: doing it.
import {hint} from '../model/command-hint.ts'
import {flushWal, type Flushed} from '../backup/flush-wal.ts'
import {newestListing, readArchive, requireArchive} from '../backup/read-archive.ts'
import {planRestore, type RestorePlan} from '../backup/restore/plan-restore.ts'
import {promisedEnd} from '../backup/restore/promised-end.ts'
import type {RestoreOptions} from '../backup/restore/restore-context.ts'
import {reachOf} from '../backup/restore/reachable-windows.ts'
import type {RestoreJob} from '../backup/restore/restore-data.ts'
import {followWal} from '../backup/wal/archive-contents.ts'
import {requireKey} from '../lab/lifecycle/archive-key.ts'
import type {ArchiveListing, RestoreTarget} from '../model/backup.ts'
import {HlError} from '../model/errors.ts'
import {parseLsn} from '../model/lsn.ts'
import type {Cluster} from '../model/ports.ts'
import type {RecoveryPorts} from './recovery-ports.ts'
import {requireEncrypted} from './require-encrypted.ts'
import type {RestoreRequest} from './restore-request.ts'

export interface PreparedRestore {
  readonly listing: ArchiveListing
  readonly plan: RestorePlan
  readonly request: RestoreRequest
  /** null: the source has no primary any more. */
  readonly flushed: Flushed | null
}

/** How a request becomes a plan; `options` is what is known of the source, and what the request names. */
export type Decide = (listing: ArchiveListing, target: RestoreTarget, options: RestoreOptions) => RestorePlan

/** Where there is a primary its WAL segment is switched; whoever plans again for a moment later does it again. */
export async function prepareRestore(
  {docker, clock, signal}: Pick<RecoveryPorts, 'docker' | 'clock' | 'signal'>,
  source: Cluster,
  request: RestoreRequest,
  decide: Decide = planRestore,
): Promise<PreparedRestore> {
  requireArchive(source)
  if (request.identity !== undefined) requireEncrypted(source, '--identity')
  const flushed = await flushWal(source, clock, {signal})
  const listings = await readArchive(source)
  const listing =
    flushed === null
      ? newestListing(listings)
      : listings.find(({systemIdentifier}) => systemIdentifier === flushed.systemIdentifier)
  if (listing == null)
    throw new HlError('TARGET_UNREACHABLE', `the archive of lab ${source.lab} is empty`, {
      next: [hint('backups create')],
    })
  const plan = decide(listing, request.target, {
    timeline: request.timeline ?? flushed?.timeline,
    backup: request.backup,
    newestCommitEpochMs: flushed?.newestCommitEpochMs,
    currentLsn: flushed?.lsn,
  })
  await requireKey(docker, source.lab, plan.chain, request.identity)
  return {listing, plan, request, flushed}
}

/** PURE: do both begin at the same backups, along the same timeline? */
export function sameStart(one: PreparedRestore, other: PreparedRestore): boolean {
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
