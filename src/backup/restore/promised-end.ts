// PURE: how far a restore to the end of the archive must come. Not here: comparing it (require-end.ts).
import type {ArchiveListing} from '../../model/backup.ts'
import {formatLsn, parseLsn, type Lsn} from '../../model/lsn.ts'
import type {Flushed} from '../flush-wal.ts'
import {followWal} from '../wal/archive-contents.ts'
import type {RestorePlan} from './plan-restore.ts'

export interface PromisedEnd {
  /** Everything below it must have been replayed. */
  readonly lsn: Lsn
  /** What PostgreSQL says of WAL from here on is how it tells that the WAL ends. */
  readonly gapFreeTo: Lsn
  /** Why so far. */
  readonly why: string
}

/** All that the primary had written when the restore was asked for; without one, what the archive leads to. */
export function promisedEnd(
  listing: ArchiveListing,
  {chain, timeline}: Pick<RestorePlan, 'chain' | 'timeline'>,
  flushed: Flushed | null,
): PromisedEnd {
  const backup = chain.at(-1)
  const [startLsn, stopLsn] = [parseLsn(backup?.startLsn ?? '') ?? 0n, parseLsn(backup?.stopLsn ?? '') ?? 0n]
  const wal = followWal(listing, {timeline: backup?.timeline ?? timeline, fromLsn: startLsn, alongTimeline: timeline})
  const gapFreeTo = wal?.contiguousTo ?? startLsn
  if (flushed?.timeline === timeline)
    return {lsn: flushed.lsn, gapFreeTo, why: `the primary had written up to ${formatLsn(flushed.lsn)}`}
  // A record that goes on behind the last segment is not replayed: the recovery ends where that began.
  const surely = gapFreeTo - BigInt(listing.segmentBytes)
  return {
    lsn: surely > stopLsn ? surely : stopLsn,
    gapFreeTo,
    why: `the archive leads to ${formatLsn(gapFreeTo)}`,
  }
}
