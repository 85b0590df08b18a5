// Segments of 1 MiB; a backup that starts in segment n ends half a segment later, at hour n.
import {describe, expect, it} from 'vitest'
import {backupOf} from '../../../test/fakes/fake-backup.ts'
import type {ArchiveListing, BackupRecord} from '../../model/backup.ts'
import {formatLsn} from '../../model/lsn.ts'
import {formatTime} from '../restore/parse-time.ts'
import {segmentName} from '../wal/segment.ts'
import {planDelayed} from './plan-delayed.ts'

const segmentBytes = 0x10_0000
const hourMs = 3_600_000
const at = (segments: number): bigint => BigInt(Math.round(segments * segmentBytes))

const backup = (id: string, hour: number, change: Partial<BackupRecord> = {}): BackupRecord =>
  backupOf({
    id,
    node: 'pg1',
    startLsn: formatLsn(at(hour)),
    stopLsn: formatLsn(at(hour + 0.5)),
    startedAt: formatTime((hour - 0.1) * hourMs),
    stoppedAt: formatTime(hour * hourMs),
    ...change,
  })
const three = [backup('a', 2), backup('b', 4), backup('c', 6)]
const listingOf = (backups: readonly BackupRecord[], segments: readonly number[]): ArchiveListing => ({
  systemIdentifier: '7',
  segmentBytes,
  backups,
  histories: new Map(),
  files: segments.map(number => ({
    name: segmentName({timeline: 1, number: BigInt(number)}, segmentBytes),
    bytes: segmentBytes,
  })),
})
const whole = [2, 3, 4, 5, 6, 7]
const startOf = (listing: ArchiveListing, delayHours: number, nowHours = 7): string =>
  planDelayed(listing, {delayMs: delayHours * hourMs, nowMs: nowHours * hourMs})
    .chain.map(({id}) => id)
    .join(' ')

describe('a copy that follows with a delay begins at', () => {
  it.each<readonly [string, string, ArchiveListing, number]>([
    ['the newest backup without one', 'c', listingOf(three, whole), 0],
    ['the newest that ended before it', 'b', listingOf(three, whole), 2],
    ['one that ended just then', 'c', listingOf(three, whole), 1],
    ['the oldest where none did', 'a', listingOf(three, whole), 9],
    [
      'an older one where the newest is damaged',
      'b',
      listingOf([...three.slice(0, 2), backup('c', 6, {verified: {at: '', ok: false, detail: ''}})], whole),
      0.5,
    ],
    ['the oldest behind a gap, across which nothing follows', 'b', listingOf(three, [2, 4, 5, 6, 7]), 4],
  ])('%s', (_what, id, listing, delayHours) => expect(startOf(listing, delayHours)).toBe(id))

  it('the one that a person names', () =>
    expect(planDelayed(listingOf(three, whole), {delayMs: hourMs, nowMs: 7 * hourMs}, {backup: 'a'}).why).toContain(
      'as named',
    ))
})

it('the plan says until when it is less far behind', () => {
  expect(planDelayed(listingOf(three, whole), {delayMs: 9 * hourMs, nowMs: 7 * hourMs}).why).toContain(
    `until ${formatTime(11 * hourMs)} the copy stands where this one ended, at ${formatTime(2 * hourMs)}`,
  )
  expect(planDelayed(listingOf(three, whole), {delayMs: 2 * hourMs, nowMs: 7 * hourMs}).why).toContain(
    'the newest that ended at least 120m 0s ago',
  )
})

it('is refused as a restore would be where nothing can be followed', () => {
  expect(() => planDelayed(listingOf([], whole), {delayMs: hourMs, nowMs: 7 * hourMs})).toThrow(
    expect.objectContaining({code: 'TARGET_UNREACHABLE'}),
  )
  expect(() => planDelayed(listingOf([backup('c', 6)], [6, 8]), {delayMs: hourMs, nowMs: 9 * hourMs})).toThrow(
    expect.objectContaining({code: 'ARCHIVE_GAP'}),
  )
})
