// From what a person asked for to a restored lab: the WAL is brought into the archive, the plan is made and shown, the
// new lab is filled and started, and verified.
// Invariant: nothing is made before the plan stands. Not here: flags (commands/restore.ts), how each thing is done
// (src/backup, src/lab/lifecycle).
import {flushWal, type Flushed} from '../src/backup/flush-wal.ts'
import type {Damage} from '../src/backup/locate/search-wal.ts'
import {newestListing, readArchive, requireArchive} from '../src/backup/read-archive.ts'
import {planRestore, type RestoreOptions, type RestorePlan} from '../src/backup/restore/plan-restore.ts'
import {restoreData, type RestoredData, type RestoreJob} from '../src/backup/restore/restore-data.ts'
import {followWal} from '../src/backup/wal/archive-contents.ts'
import {reachOf} from '../src/backup/restore/reachable-windows.ts'
import {standbysCheck} from '../src/backup/restore/standbys-check.ts'
import {requireKey} from '../src/lab/lifecycle/archive-key.ts'
import type {ConnectedLab} from '../src/lab/lifecycle/connect-lab.ts'
import {restoreInPlace, type InPlaceOptions} from '../src/lab/lifecycle/in-place-lab.ts'
import {startRestoredLab, type RestoredLab, type RestoredLabOptions} from '../src/lab/lifecycle/restored-lab.ts'
import {verifyRestored} from '../src/backup/restore/verify-restored.ts'
import {untilHealthy} from '../src/lab/lifecycle/up-lab.ts'
import {HlError} from '../src/model/errors.ts'
import type {ArchiveListing, RestorePhase, RestoreTarget} from '../src/model/backup.ts'
import {parseLsn} from '../src/model/lsn.ts'
import type {Clock, Cluster} from '../src/model/ports.ts'
import type {Check} from '../src/model/verdict.ts'
import {requireEncrypted} from './archive-identity.ts'
import {toHlError} from './show-error.ts'
import {docker} from './wire.ts'

/** A standby copies all data. */
const standbysMs = 3_600_000

/** What is asked for: a target, or the damage before which it lies. */
export interface RestoreRequest {
  readonly target: RestoreTarget
  readonly damage: Damage | null
  readonly timeline?: number | undefined
  readonly backup?: string | undefined
  /** What opens an encrypted archive; absent: what the lab keeps. */
  readonly identity?: string | undefined
}

export interface PreparedRestore {
  readonly listing: ArchiveListing
  readonly plan: RestorePlan
  readonly request: RestoreRequest
  /** null: the source has no primary any more. */
  readonly flushed: Flushed | null
}

/** How what was asked for becomes a plan; `options` is what is known of the source, and what the wish names. */
export type Decide = (listing: ArchiveListing, target: RestoreTarget, options: RestoreOptions) => RestorePlan

/**
 * Looks only, but for a switch of the WAL segment where there is a primary. Errors: USAGE, ARCHIVE_MISSING,
 * ARCHIVE_GAP, TARGET_UNREACHABLE, BACKUP_UNKNOWN, TIMEOUT, ARCHIVE_KEY_MISSING.
 */
export async function prepareRestore(
  source: Cluster,
  clock: Clock,
  request: RestoreRequest,
  decide: Decide = planRestore,
): Promise<PreparedRestore> {
  requireArchive(source)
  if (request.identity !== undefined) requireEncrypted(source, '--identity')
  const flushed = await flushWal(source, clock)
  const listings = await readArchive(source)
  const listing =
    flushed === null
      ? newestListing(listings)
      : listings.find(({systemIdentifier}) => systemIdentifier === flushed.systemIdentifier)
  if (listing == null)
    throw new HlError('TARGET_UNREACHABLE', `the archive of lab ${source.lab} is empty`, {next: ['hl backups create']})
  const plan = decide(listing, request.target, {
    timeline: request.timeline ?? flushed?.timeline,
    backup: request.backup,
    newestCommitEpochMs: flushed?.newestCommitEpochMs,
    currentLsn: flushed?.lsn,
  })
  await requireKey(docker, source.lab, plan.chain, request.identity)
  return {listing, plan, request, flushed}
}

export interface RestoreHooks {
  readonly onPhase: (phase: RestorePhase | 'create' | 'set-aside' | 'take-over', fromMs: number, toMs: number) => void
  /** For controls: see restore-data.ts. */
  readonly targetOverride?: RestoreJob['targetOverride']
}

/** What is to be done in the restore container. */
export function jobOf(
  {listing, plan, request}: PreparedRestore,
  onPhase: RestoreHooks['onPhase'],
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
    onPhase,
    ...(targetOverride === undefined ? {} : {targetOverride}),
  }
}

/**
 * Makes the new lab from a prepared restore; returns when its primary accepts writes; the standbys are not started yet.
 */
export async function carryOut(
  prepared: PreparedRestore,
  clock: Clock,
  options: RestoredLabOptions,
  {onPhase, targetOverride}: RestoreHooks,
): Promise<RestoredLab<RestoredData>> {
  return startRestoredLab(
    docker,
    options,
    async node => restoreData(node, clock, jobOf(prepared, onPhase, targetOverride)),
    onPhase,
  )
}

/** The same in the lab that it comes from. */
export async function carryOutInPlace(
  prepared: PreparedRestore,
  lab: ConnectedLab,
  options: InPlaceOptions,
  {onPhase, targetOverride}: RestoreHooks,
): Promise<RestoredLab<RestoredData>> {
  return restoreInPlace(
    docker,
    lab,
    options,
    async node => restoreData(node, options.clock, jobOf(prepared, onPhase, targetOverride)),
    onPhase,
  )
}

/** Where the restored data goes. */
export type RestorePlace = {readonly intoNew: RestoredLabOptions} | {readonly inPlace: InPlaceOptions}

export interface RestoreDone {
  readonly lab: ConnectedLab
  readonly restored: RestoredData
  /** Until the primary took writes. */
  readonly writableMs: number
  readonly checks: readonly Check[]
}

/**
 * Restores, waits for full redundancy and verifies. From the first write on the restore counts as done: a standby that
 * is not there is a check that failed, and an interruption says so.
 */
export async function restoreNow(
  prepared: PreparedRestore,
  source: ConnectedLab,
  clock: Clock,
  place: RestorePlace,
  hooks: RestoreHooks,
): Promise<RestoreDone> {
  const options = 'intoNew' in place ? place.intoNew : place.inPlace
  const startedMs = clock.nowMs()
  const {lab, restored, startStandbys} =
    'intoNew' in place
      ? await carryOut(prepared, clock, place.intoNew, hooks)
      : await carryOutInPlace(prepared, source, place.inPlace, hooks)
  const start = async (): Promise<HlError | null> => startStandbys().then(() => null, toHlError)
  // Commits wait for one standby there, beside the archive.
  const first = lab.cluster.archive === 'sync'
  const early = first ? await start() : null
  const writableMs = clock.nowMs() - startedMs
  const failure = first ? early : await start()
  options.progress?.('the data is restored; waiting for full redundancy, then verifying')
  const standbys = await untilRedundant(lab, clock, options, failure)
  const {primary} = await lab.cluster.state()
  if (primary === null)
    throw new HlError(
      'LAB_UNHEALTHY',
      `lab ${lab.cluster.lab} is restored, and has no primary now that could be verified: ${standbys.detail}`,
      {next: [`hl status --lab ${lab.cluster.lab}`]},
    )
  return {lab, restored, writableMs, checks: [standbys, ...(await verifyRestored(lab.cluster, primary))]}
}

/** Waits for them unless they could not even be started. */
async function untilRedundant(
  lab: ConnectedLab,
  clock: Clock,
  {signal}: {readonly signal?: AbortSignal | undefined},
  failure: HlError | null,
): Promise<Check> {
  const {cluster} = lab
  const error =
    failure ??
    (await untilHealthy(lab, clock, {withinMs: standbysMs, ...(signal === undefined ? {} : {signal})}).then(
      () => null,
      toHlError,
    ))
  if (error === null) return standbysCheck(await cluster.state(), null)
  const stopped = signal?.aborted === true
  if (error.code === 'BUG' && !stopped) throw error
  const check = standbysCheck(
    await cluster.state(),
    stopped ? `interrupted by ${String(signal.reason)}` : error.message,
  )
  if (stopped)
    throw new HlError('INTERRUPTED', `lab ${cluster.lab} is restored, but was not verified: ${check.detail}`, {
      next: [`hl status --lab ${cluster.lab}`],
    })
  return check
}
