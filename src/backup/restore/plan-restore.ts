// PURE: from which backup, along which timeline, with which WAL a target is restored; or why it cannot be. Invariants:
// a plan never crosses a gap, and never begins at a backup that ends behind its target; whatever cannot be reached is
// refused before anything is copied. Not here: doing it; the refusals' words (refuse-target.ts).
import type {ArchiveListing, BackupRecord, RestoreTarget} from '../../model/backup.ts'
import {HlError, unreachable} from '../../model/errors.ts'
import {formatLsn, type Lsn} from '../../model/lsn.ts'
import {formatMs} from '../../model/time.ts'
import {chainOf} from '../catalog/chain.ts'
import {knownBad, physicalBackups, type PhysicalBackup} from '../catalog/physical-backups.ts'
import {followWal, parseWalFile, timelinesIn, type FollowedWal} from '../wal/archive-contents.ts'
import {startOf} from '../wal/segment.ts'
import {lineageOf, liesOn, type Lineage} from '../wal/timeline-history.ts'
import {formatTime} from './parse-time.ts'
import {describeTarget, recoverySettings} from './parse-target.ts'
import {reachOf, restorable} from './reachable-windows.ts'
import {acrossGap, beforeOldest, beyondEnd, unreachableTarget} from './refuse-target.ts'

export interface RestoreOptions {
  /** Absent: the newest in the archive. */
  readonly timeline?: number | undefined
  /** Absent: the newest backup that ended at or before the target. */
  readonly backup?: string | undefined
  /** Why that backup, where it is not a person who named it. */
  readonly why?: string | undefined
  /** The last commit in the archive, when it is known: a time behind it would never be reached. */
  readonly newestCommitEpochMs?: number | null | undefined
  /** Where the server was, for what is lost. */
  readonly currentLsn?: Lsn | null | undefined
}

export interface RestorePlan {
  /** Full backup first. */
  readonly chain: readonly BackupRecord[]
  readonly timeline: number
  /** What replay reads at most, as far as that is known before. `last` may be a `.partial`. */
  readonly wal: {readonly first: string; readonly last: string; readonly segments: number; readonly bytes: number}
  /** To be renamed into its place, otherwise what it holds is lost. */
  readonly partial: string | null
  readonly targetSettings: Readonly<Record<string, string>>
  readonly why: string
  readonly losses: string
}

/** What the parts of the decision share. */
interface RestoreContext {
  readonly listing: ArchiveListing
  readonly target: RestoreTarget
  readonly options: RestoreOptions
  readonly timeline: number
  readonly lineage: Lineage
}

interface Start {
  readonly backup: PhysicalBackup
  readonly wal: FollowedWal
  readonly why: readonly string[]
}

/**
 * Errors: TARGET_UNREACHABLE, ARCHIVE_GAP, BACKUP_UNKNOWN, BACKUP_INVALID (the chain of the backup that `options`
 * names).
 */
export function planRestore(listing: ArchiveListing, target: RestoreTarget, options: RestoreOptions = {}): RestorePlan {
  const context = contextOf(listing, target, options)
  const start = options.backup === undefined ? chooseStart(context) : namedStart(context, options.backup)
  const notes = [...start.why, ...requireReach(context, start)]
  const chain = chainOf(listing.backups, start.backup.record.id)
  const {endLsn, partial} = extentOf(context, start)
  const which = options.timeline !== undefined ? 'as named' : 'the newest'
  return {
    chain,
    timeline: context.timeline,
    wal: walOf(listing, start.wal, endLsn, partial),
    partial,
    targetSettings: recoverySettings(target, context.timeline),
    why: [...notes, `timeline ${context.timeline}, ${which}`].join('; '),
    losses: lossesOf(context, start.wal),
  }
}

function contextOf(listing: ArchiveListing, target: RestoreTarget, options: RestoreOptions): RestoreContext {
  const known = timelinesIn(listing)
  const timeline = options.timeline ?? known.at(-1)
  if (timeline === undefined || physicalBackups(listing.backups).length === 0)
    throw unreachableTarget(listing, 'the archive holds no backup of the whole cluster', [])
  if (!known.includes(timeline))
    throw unreachableTarget(listing, `the archive knows no timeline ${timeline}`, [`--timeline ${known.join(', ')}`])
  const lineage = lineageOf(listing, timeline)
  if (lineage === null) {
    const name = `${timeline.toString(16).toUpperCase().padStart(8, '0')}.history`
    throw unreachableTarget(
      listing,
      `${name} is missing in the archive or cannot be read, so nobody knows where timeline ${timeline} began`,
      [`copy ${name} from pg_wal of a node into the archive`],
    )
  }
  return {listing, target, options, timeline, lineage}
}

function follow({listing, timeline}: RestoreContext, backup: PhysicalBackup): FollowedWal {
  const wal = followWal(listing, {timeline: backup.timeline, fromLsn: backup.startLsn, alongTimeline: timeline})
  if (wal === null)
    throw new HlError('BUG', `backup ${backup.record.id} does not lie on the way to timeline ${timeline}`, {
      next: ['report this with the command you ran'],
    })
  return wal
}

/**
 * Replay cannot stop before the backup is consistent. For a transaction or a name nobody knows where it lies until
 * replay meets it.
 */
function endsInTime(target: RestoreTarget, backup: PhysicalBackup): boolean {
  if (target.kind === 'time') return backup.stoppedMs <= target.epochMs
  return target.kind !== 'lsn' || backup.stopLsn <= target.lsn
}

function chooseStart(context: RestoreContext): Start {
  const {listing, target, timeline, lineage} = context
  const all = physicalBackups(listing.backups).filter(({timeline: own, stopLsn}) => liesOn(lineage, own, stopLsn))
  const whole = new Set(restorable(listing.backups).map(({record}) => record.id))
  const usable = all.filter(({record}) => whole.has(record.id))
  const [oldest] = usable
  if (oldest === undefined)
    throw unreachableTarget(listing, `no backup that can be restored lies on the way to timeline ${timeline}`, [])
  const inTime = all.filter(backup => endsInTime(target, backup))
  const left: string[] = []
  for (const backup of inTime.toReversed()) {
    const {id} = backup.record
    if (!whole.has(id)) left.push(`${id} is left out, since its chain is not whole or was found damaged`)
    else {
      const wal = follow(context, backup)
      // The archive is behind: the end of its WAL, and whatever lies before, is reached from an older backup. A
      // position or a time behind the backup is not.
      const behind = wal.missing.length === 0 && reachOf(wal, listing.segmentBytes) < backup.stopLsn
      if (!behind || target.kind === 'lsn' || target.kind === 'time')
        return {backup, wal, why: [`backup ${id}, ${reasonOf(target)}`, ...left]}
      left.push(`${id} is left out, since the archive does not hold its WAL up to its end`)
    }
  }
  if (inTime.some(({record}) => whole.has(record.id)))
    throw unreachableTarget(
      listing,
      `the archive holds no WAL up to the end of any backup on the way to timeline ${timeline}`,
      [],
    )
  throw beforeOldest(listing, target, oldest)
}

function reasonOf(target: RestoreTarget): string {
  switch (target.kind) {
    case 'latest':
      return 'the newest'
    case 'time':
    case 'lsn':
      return 'the newest that ended at or before the target'
    default:
      return `the newest, since only replay tells where ${describeTarget(target)} lies; --backup names an older one`
  }
}

function namedStart(context: RestoreContext, id: string): Start {
  const {listing, target, options, timeline, lineage} = context
  const [record] = chainOf(listing.backups, id).slice(-1)
  const backup = physicalBackups(record === undefined ? [] : [record])[0]
  if (backup === undefined)
    throw unreachableTarget(listing, `backup ${id} is logical: no WAL leads from it to ${describeTarget(target)}`, [
      'leave out --backup',
    ])
  if (!liesOn(lineage, backup.timeline, backup.stopLsn)) {
    throw unreachableTarget(
      listing,
      `backup ${id} was taken on timeline ${backup.timeline}, behind the point where the way to timeline ${timeline} left it`,
      [`--timeline ${backup.timeline}`, 'leave out --backup'],
    )
  }
  if (!endsInTime(target, backup))
    throw unreachableTarget(
      listing,
      `backup ${id} ends at ${formatLsn(backup.stopLsn)} (${formatTime(backup.stoppedMs)}), behind ${describeTarget(target)}`,
      ['leave out --backup'],
    )
  const bad = chainOf(listing.backups, id).filter(knownBad)
  return {
    backup,
    wal: follow(context, backup),
    why: [`backup ${id}, ${options.why ?? 'as named'}`, ...bad.map(one => `the verification of ${one.id} failed`)],
  }
}

/** Refuses what replay would not reach; otherwise what a person should know. */
function requireReach(context: RestoreContext, {backup, wal}: Start): readonly string[] {
  const {listing, target, timeline} = context
  const reach = reachOf(wal, listing.segmentBytes)
  if (reach < backup.stopLsn) {
    if (wal.missing.length > 0)
      throw acrossGap(listing, target, backup, wal, {
        timeline,
        goal: target.kind === 'lsn' ? target.lsn : backup.stopLsn,
      })
    throw unreachableTarget(
      listing,
      `the archive of timeline ${timeline} ends at ${formatLsn(reach)}, before the end of backup ${backup.record.id} at ${formatLsn(backup.stopLsn)}`,
      [],
    )
  }
  switch (target.kind) {
    case 'lsn':
      return requireLsn(context, {backup, wal}, target.lsn, reach)
    case 'time':
      return requireTime(context, {backup, wal}, target)
    case 'latest':
      if (wal.missing.length > 0) throw acrossGap(listing, target, backup, wal, {timeline, goal: null})
      return []
    default:
      if (wal.missing.length === 0) return []
      // Without a name for the backup the newest was taken, and that the target lies before the gap would be a guess.
      if (context.options.backup === undefined) throw acrossGap(listing, target, backup, wal, {timeline, goal: null})
      return [
        `WAL is missing from ${formatLsn(wal.contiguousTo)} on: replay stops there with an error unless it meets the target before`,
      ]
  }
}

function requireLsn(
  {listing, target, timeline}: RestoreContext,
  {backup, wal}: Omit<Start, 'why'>,
  lsn: Lsn,
  reach: Lsn,
): readonly string[] {
  if (lsn < wal.contiguousTo) return []
  if (lsn < reach)
    return [
      `the target lies in ${wal.partial ?? ''}, whose end is not known: replay stops with an error when it ends before`,
    ]
  if (wal.missing.length > 0 && lsn < lastPresentEnd(listing, wal))
    throw acrossGap(listing, target, backup, wal, {timeline, goal: lsn})
  throw beyondEnd(listing, target, lsn, {
    timeline,
    reach: lastPresentEnd(listing, wal) > reach ? lastPresentEnd(listing, wal) : reach,
  })
}

/** Where the WAL on this way ends, with no regard to gaps. */
function lastPresentEnd(listing: ArchiveListing, {present}: FollowedWal): Lsn {
  const last = parseWalFile(present.at(-1) ?? '', listing.segmentBytes)
  return last === null ? 0n : startOf(last.number + 1n, listing.segmentBytes)
}

function requireTime(
  context: RestoreContext,
  {backup, wal}: Omit<Start, 'why'>,
  target: Extract<RestoreTarget, {readonly kind: 'time'}>,
): readonly string[] {
  const {
    listing,
    timeline,
    options: {newestCommitEpochMs},
  } = context
  if (wal.missing.length > 0 && boundOf(context, target.epochMs, wal) === null)
    throw acrossGap(listing, target, backup, wal, {timeline, goal: null})
  if (newestCommitEpochMs === undefined || newestCommitEpochMs === null)
    return [
      'which commit is the last in the archive was not looked at: replay stops with an error when none is later than the target',
    ]
  // Replay stops at the first commit that the target leaves out: without one it runs to the end of WAL, and PostgreSQL
  // ends with an error.
  if (target.inclusive ? newestCommitEpochMs > target.epochMs : newestCommitEpochMs >= target.epochMs) return []
  throw unreachableTarget(
    listing,
    `${describeTarget(target)} is not before the last commit in the archive, at ${formatTime(newestCommitEpochMs)}`,
    [`--to latest --timeline ${timeline}`],
  )
}

/**
 * The end of the first backup that began at or after that moment: WAL of that moment lies before it. null when gap-free
 * WAL does not go so far. Not its start: that is a
 * checkpoint, which on a standby may be much older than the moment at which the backup began.
 */
function boundOf({listing, lineage}: RestoreContext, epochMs: number, wal: FollowedWal): Lsn | null {
  const next = physicalBackups(listing.backups).find(
    ({startedMs, timeline, stopLsn}) => startedMs >= epochMs && liesOn(lineage, timeline, stopLsn),
  )
  return next !== undefined && next.stopLsn <= wal.contiguousTo ? next.stopLsn : null
}

/** The first position that replay surely needs no more, and the partial file where it goes on in that. */
function extentOf(context: RestoreContext, {wal}: Start): {readonly endLsn: Lsn; readonly partial: string | null} {
  const {target} = context
  const goal =
    target.kind === 'lsn' ? target.lsn + 1n : target.kind === 'time' ? boundOf(context, target.epochMs, wal) : null
  return goal !== null && goal <= wal.contiguousTo
    ? {endLsn: goal, partial: null}
    : {endLsn: wal.contiguousTo, partial: wal.partial}
}

function walOf(listing: ArchiveListing, wal: FollowedWal, endLsn: Lsn, partial: string | null): RestorePlan['wal'] {
  const needed = wal.present.filter(
    name => startOf(parseWalFile(name, listing.segmentBytes)?.number ?? 0n, listing.segmentBytes) < endLsn,
  )
  const names = partial === null ? needed : [...needed, partial]
  const bytesOf = new Map(listing.files.map(({name, bytes}) => [name, bytes]))
  return {
    first: names[0] ?? '',
    last: names.at(-1) ?? '',
    segments: names.length,
    bytes: names.reduce((sum, name) => sum + (bytesOf.get(name) ?? 0), 0),
  }
}

function lossesOf({listing, target, options, lineage}: RestoreContext, wal: FollowedWal): string {
  const others = timelinesIn(listing).filter(timeline => !lineage.some(part => part.timeline === timeline))
  const branch = others.length === 0 ? '' : `; and what only timeline ${others.join(', ')} has`
  return `${lossesAlong(target, options, wal)}${branch}`
}

function lossesAlong(
  target: RestoreTarget,
  {currentLsn, newestCommitEpochMs}: RestoreOptions,
  {contiguousTo, partial}: FollowedWal,
): string {
  const edge = 'inclusive' in target && !target.inclusive ? 'from' : 'after'
  switch (target.kind) {
    case 'latest': {
      const from = `${formatLsn(contiguousTo)}${partial === null ? '' : `, apart from what ${partial} holds`}`
      if (currentLsn === undefined || currentLsn === null) return `everything that was written after ${from}`
      return currentLsn <= contiguousTo
        ? `nothing: the archive reaches ${formatLsn(currentLsn)}`
        : `${currentLsn - contiguousTo} bytes of WAL at most: up to ${formatLsn(currentLsn)}, after ${from}`
    }
    case 'lsn': {
      const end = currentLsn ?? contiguousTo
      return `everything ${edge} LSN ${formatLsn(target.lsn)}${edge === 'from' ? ' on' : ''}: ${end > target.lsn ? end - target.lsn : 0n} bytes of WAL up to ${formatLsn(end)}`
    }
    case 'time': {
      const span =
        newestCommitEpochMs === undefined || newestCommitEpochMs === null
          ? ''
          : `: ${formatMs(newestCommitEpochMs - target.epochMs)} up to the last commit in the archive`
      return `everything that was committed ${edge === 'from' ? 'at or after' : 'after'} ${formatTime(target.epochMs)}${span}`
    }
    case 'xid':
      return edge === 'from'
        ? `transaction ${target.xid} and everything that was committed after it`
        : `everything that was committed after transaction ${target.xid}`
    case 'name':
      return `everything that was committed after restore point ${target.name}`
    default:
      return unreachable(target)
  }
}

export interface RestoreRates {
  readonly copyBytesPerS: number
  readonly replayBytesPerS: number
}

/** From rates that were measured before; null without them, since a guess would be taken for a promise. */
export function estimateMs(
  {chain, wal}: Pick<RestorePlan, 'chain' | 'wal'>,
  rates: RestoreRates | null,
): number | null {
  if (rates === null || !(rates.copyBytesPerS > 0) || !(rates.replayBytesPerS > 0)) return null
  const copyBytes = chain.reduce((sum, {bytes}) => sum + bytes.stored, 0)
  return Math.round((copyBytes / rates.copyBytesPerS + wal.bytes / rates.replayBytesPerS) * 1_000)
}
