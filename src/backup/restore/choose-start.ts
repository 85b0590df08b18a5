// PURE: the backup at which a restore begins. Invariant: never one that ends behind the target.
import {formatLsn, type Lsn} from '../../model/lsn.ts'
import {chainOf} from '../catalog/chain.ts'
import {knownBad, physicalBackups, type PhysicalBackup} from '../catalog/physical-backups.ts'
import {liesOn} from '../wal/timeline-history.ts'
import {describeTarget} from './parse-target.ts'
import {formatTime} from './parse-time.ts'
import {reachOf, restorable} from './reachable-windows.ts'
import {beforeOldest, unreachableTarget} from './refuse-target.ts'
import {follow, type RestoreContext, type Start} from './restore-context.ts'

/**
 * Replay cannot stop before the backup is consistent. Where a transaction or a name lies only the WAL tells; nobody
 * knows it where that was not read.
 */
function endsInTime({target, options: {recordLsn, damagedMs}}: RestoreContext, backup: PhysicalBackup): boolean {
  if (damagedMs !== undefined && backup.stoppedMs > damagedMs) return false
  if (target.kind === 'time') return backup.stoppedMs <= target.epochMs
  if (target.kind === 'lsn') return backup.stopLsn <= target.lsn
  return recordLsn === undefined || backup.stopLsn <= recordLsn
}

export function chooseStart(context: RestoreContext): Start {
  const {listing, target, timeline, lineage} = context
  const all = physicalBackups(listing.backups).filter(({timeline: own, stopLsn}) => liesOn(lineage, own, stopLsn))
  const whole = new Set(restorable(listing.backups).map(({record}) => record.id))
  const usable = all.filter(({record}) => whole.has(record.id))
  const [oldest] = usable
  if (oldest === undefined)
    throw unreachableTarget(listing, `no backup that can be restored lies on the way to timeline ${timeline}`, [])
  const inTime = all.filter(backup => endsInTime(context, backup))
  const left: string[] = []
  const furthest = furthestReach(
    context,
    inTime.filter(({record}) => whole.has(record.id)),
  )
  for (const backup of inTime.toReversed()) {
    const {id} = backup.record
    const wal = follow(context, backup)
    if (!whole.has(id)) left.push(`${id} is left out, since its chain is not whole or was found damaged`)
    else if (wal.missing.length > 0 && reachOf(wal, listing.segmentBytes) < furthest)
      left.push(`${id} is left out, since WAL is missing that an older backup does not need`)
    else {
      // The archive is behind: the end of its WAL, and whatever lies before, is reached from an older backup. A
      // position or a time behind the backup is not.
      const behind = wal.missing.length === 0 && reachOf(wal, listing.segmentBytes) < backup.stopLsn
      if (!behind || target.kind === 'lsn' || target.kind === 'time')
        return {backup, wal, why: [`backup ${id}, ${reasonOf(context)}`, ...left]}
      left.push(`${id} is left out, since the archive does not hold its WAL up to its end`)
    }
  }
  if (inTime.some(({record}) => whole.has(record.id)))
    throw unreachableTarget(
      listing,
      `the archive holds no WAL up to the end of any backup on the way to timeline ${timeline}`,
      [],
    )
  const {damagedMs} = context.options
  if (damagedMs !== undefined)
    throw unreachableTarget(
      listing,
      `the damage was done at ${formatTime(damagedMs)}, before ${formatTime(oldest.stoppedMs)}, where backup ` +
        `${oldest.record.id} ends: no older one can be restored`,
      [],
    )
  throw beforeOldest(listing, target, oldest)
}

/**
 * How far WAL without a gap leads from any of them. One that a standby gave begins at its last restartpoint, and so may
 * need WAL that one which was taken before does not.
 */
function furthestReach(context: RestoreContext, backups: readonly PhysicalBackup[]): Lsn {
  const {segmentBytes} = context.listing
  const reach = backups.map(backup => {
    const reached = reachOf(follow(context, backup), segmentBytes)
    return reached < backup.stopLsn ? 0n : reached
  })
  return reach.reduce((most, one) => (one > most ? one : most), 0n)
}

function reasonOf({target, options}: RestoreContext): string {
  const {recordLsn} = options
  if (options.damagedMs !== undefined)
    return `the newest that ended before the damage, at ${formatTime(options.damagedMs)}`
  switch (target.kind) {
    case 'latest':
      return 'the newest'
    case 'time':
    case 'lsn':
      return 'the newest that ended at or before the target'
    default:
      if (recordLsn !== undefined) return 'the newest that ended at or before the target'
      return `the newest, since only replay tells where ${describeTarget(target)} lies; --backup names an older one`
  }
}

export function namedStart(context: RestoreContext, id: string): Start {
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
      `backup ${id} was taken on timeline ${backup.timeline}, behind the point where the way to timeline ` +
        `${timeline} left it`,
      [`--timeline ${backup.timeline}`, 'leave out --backup'],
    )
  }
  if (!endsInTime(context, backup))
    throw unreachableTarget(
      listing,
      `backup ${id} ends at ${formatLsn(backup.stopLsn)} (${formatTime(backup.stoppedMs)}), behind ` +
        describeTarget(target),
      ['leave out --backup'],
    )
  const bad = chainOf(listing.backups, id).filter(knownBad)
  return {
    backup,
    wal: follow(context, backup),
    why: [`backup ${id}, ${options.why ?? 'as named'}`, ...bad.map(one => `the verification of ${one.id} failed`)],
  }
}
