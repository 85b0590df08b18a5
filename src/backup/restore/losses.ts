// PURE: what a restore leaves behind, in words.
import type {RestoreTarget} from '../../model/backup.ts'
import {unreachable} from '../../model/errors.ts'
import {formatLsn} from '../../model/lsn.ts'
import {formatMs} from '../../model/time.ts'
import {timelinesIn, type FollowedWal} from '../wal/archive-contents.ts'
import {formatTime} from './parse-time.ts'
import type {RestoreContext, RestoreOptions} from './restore-context.ts'

export function lossesOf({listing, target, options, lineage}: RestoreContext, wal: FollowedWal): string {
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
      return (
        `everything ${edge} LSN ${formatLsn(target.lsn)}${edge === 'from' ? ' on' : ''}: ` +
        `${end > target.lsn ? end - target.lsn : 0n} bytes of WAL up to ${formatLsn(end)}`
      )
    }
    case 'time': {
      const span =
        newestCommitEpochMs === undefined || newestCommitEpochMs === null
          ? ''
          : `: ${formatMs(newestCommitEpochMs - target.epochMs)} up to the last commit in the archive`
      return (
        `everything that was committed ${edge === 'from' ? 'at or after' : 'after'} ` +
        `${formatTime(target.epochMs)}${span}`
      )
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
