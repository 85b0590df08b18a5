// PURE: from which backup, along which timeline, with which WAL a target is restored; or why it cannot be. Invariants:
// a plan never crosses a gap, and never begins at a backup that ends behind its target; whatever cannot be reached is
// refused before anything is copied. Not here: doing it; the refusals' words (refuse-target.ts).
import type {ArchiveListing, BackupRecord, RestoreTarget} from '../../model/backup.ts'
import type {Lsn} from '../../model/lsn.ts'
import {chainOf} from '../catalog/chain.ts'
import {parseWalFile, type FollowedWal} from '../wal/archive-contents.ts'
import {startOf} from '../wal/segment.ts'
import {chooseStart, namedStart} from './choose-start.ts'
import {lossesOf} from './losses.ts'
import {recoverySettings} from './parse-target.ts'
import {boundOf, requireReach} from './require-reach.ts'
import {contextOf, type RestoreContext, type RestoreOptions, type Start} from './restore-context.ts'
import {timelineToEndOn} from './target-timeline.ts'

export interface RestorePlan {
  /** Full backup first. */
  readonly chain: readonly BackupRecord[]
  /** The way to it is the one that the target lies on. */
  readonly timeline: number
  /** Along which recovery runs: whose WAL holds the target, where that is known; otherwise the same. */
  readonly endsOn: number
  /** What replay reads at most, as far as that is known before. `last` may be a `.partial`. */
  readonly wal: {readonly first: string; readonly last: string; readonly segments: number; readonly bytes: number}
  /** To be renamed into its place, otherwise what it holds is lost. */
  readonly partial: string | null
  readonly targetSettings: Readonly<Record<string, string>>
  readonly why: string
  readonly losses: string
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
  const {timeline} = context
  const endsOn =
    options.recordLsn === undefined
      ? timeline
      : timelineToEndOn(listing, {timeline, backup: start.backup}, options.recordLsn)
  const ends = endsOn === timeline ? [] : [`the target lies on timeline ${endsOn}`]
  return {
    chain,
    timeline,
    endsOn,
    wal: walOf(listing, start.wal, endLsn, partial),
    partial,
    targetSettings: recoverySettings(target, endsOn),
    why: [...notes, `timeline ${timeline}, ${which}`, ...ends].join('; '),
    losses: lossesOf(context, start.wal),
  }
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
