// Where a recovery ended against where it was to end. Invariant: PostgreSQL takes WAL that it cannot replay for the end
// of all WAL, and is content; a restore that ends there is an error that names the file, what was said of it, and the
// nearest position that works. Not here: running it (run-restore.ts), what is said (../wal/replay-stop.ts).
import {hint, type NextStep} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import {formatLsn, type Lsn} from '../../model/lsn.ts'
import {describeStop, reachableBefore, replayStop, type ReplayStop} from '../wal/replay-stop.ts'
import type {Lineage} from '../wal/timeline-history.ts'
import type {PromisedEnd} from './promised-end.ts'

/** WAL that cannot be replayed: nothing against the backup, nor against targets before it. */
export class WalFault extends HlError {}

/** What an answer is judged by. */
export interface ReplayBounds {
  readonly lineage: Lineage
  readonly segmentBytes: number
  /** Where the data is consistent: no target lies before it. */
  readonly fromLsn?: Lsn | undefined
  /** How far it must come where it has no target. */
  readonly promised?: PromisedEnd | undefined
}

/**
 * PURE: the error of a recovery that PostgreSQL or wal-get gave up for its WAL; null where it was for something else.
 */
export function walFault(doing: string, said: readonly string[], bounds: ReplayBounds): WalFault | null {
  const stop = replayStop(said, bounds.lineage, bounds.segmentBytes)
  // Behind the archive's last whole segment it is how PostgreSQL tells that the WAL ends.
  const isEnd = stop?.lsn != null && bounds.promised !== undefined && stop.lsn >= bounds.promised.gapFreeTo
  return stop === null || isEnd ? null : faultOf(`${doing} stopped`, stop, bounds)
}

/** RESTORE_FAILED when the end of a restore to the end of the archive is not the one that was promised. */
export function requireEnd(
  {endLsn, said}: {readonly endLsn: Lsn; readonly said: readonly string[]},
  {lsn, gapFreeTo, why}: PromisedEnd,
  bounds: ReplayBounds,
): void {
  const stop = replayStop(said, bounds.lineage, bounds.segmentBytes)
  // One that replay got past was read from elsewhere, as from the backup itself.
  const isInside = stop?.lsn != null && endLsn <= stop.lsn && stop.lsn < gapFreeTo
  const ended = `the recovery ended at ${formatLsn(endLsn)}, and ${why}`
  if (stop !== null && (isInside || endLsn < lsn)) throw faultOf(ended, stop, bounds)
  if (endLsn < lsn)
    throw new WalFault('RESTORE_FAILED', `${ended}; PostgreSQL says nothing of why: ${said.join(' / ')}`, {
      next: [hint('backups verify', {why: 'reads all WAL of the archive'}), hint('backups list')],
    })
}

function faultOf(what: string, stop: ReplayStop, {lineage, segmentBytes, fromLsn = 0n}: ReplayBounds): WalFault {
  const before = reachableBefore(stop, fromLsn, segmentBytes)
  const timeline = lineage.at(-1)?.timeline ?? 1
  const until = stop.lastCommit === null ? '' : `, where the last commit is of ${stop.lastCommit}`
  const ends = stop.lastRecord === null ? 'ends' : 'ends just'
  const nearest: readonly NextStep[] =
    before === null ? [] : [`--to-lsn ${formatLsn(before)} --timeline ${timeline} ${ends} before it${until}`]
  return new WalFault('RESTORE_FAILED', `${what}: ${describeStop(stop, segmentBytes)}`, {
    next: [
      ...nearest,
      hint('backups verify', {why: 'reads all WAL of the archive, and says what else is damaged'}),
      hint('backups list', {why: 'shows what can be reached then'}),
    ],
  })
}
