// Every way in which planRestore refuses: the code, the words, and the first steps. Segments of 1 MiB; a backup that
// starts in segment n ends half a segment later, at minute n.
import {describe, expect, it} from 'vitest'
import {backupOf} from '../../../test/fakes/fake-backup.ts'
import type {ArchiveListing, BackupRecord, RestoreTarget} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import {formatLsn} from '../../model/lsn.ts'
import {segmentName} from '../wal/segment.ts'
import {formatTime} from './parse-time.ts'
import {planRestore} from './plan-restore.ts'
import type {RestoreOptions} from './restore-context.ts'
import {describeWindow, reachableWindows, restorable} from './reachable-windows.ts'

const segmentBytes = 0x10_0000
const at = (segments: number): bigint => BigInt(Math.round(segments * segmentBytes))
const seg = (timeline: number, number: number): string => segmentName({timeline, number: BigInt(number)}, segmentBytes)
const segs = (timeline: number, first: number, last: number): readonly string[] =>
  Array.from({length: last - first + 1}, (_, index) => seg(timeline, first + index))
const minute = (n: number): number => 1_795_514_400_000 + n * 60_000
const iso = (n: number): string => formatTime(minute(n))

const backup = (id: string, from: number, change: Partial<BackupRecord> = {}): BackupRecord =>
  backupOf({
    id,
    node: 'pg1',
    startLsn: formatLsn(at(from)),
    stopLsn: formatLsn(at(from + 0.5)),
    startedAt: iso(from - 0.5),
    stoppedAt: iso(from),
    durationMs: 30_000,
    bytes: {logical: 9_000, stored: 4_000},
    ...change,
  })
const logical = backup('l', 4, {kind: 'logical', timeline: null, startLsn: null, stopLsn: null, manifestSha256: null})

const listingOf = (
  backups: readonly BackupRecord[],
  files: readonly string[],
  histories: Readonly<Record<number, string>> = {},
): ArchiveListing => ({
  systemIdentifier: '7',
  segmentBytes,
  backups,
  files: files.map(name => ({name, bytes: segmentBytes})),
  histories: new Map(Object.entries(histories).map(([timeline, text]) => [Number(timeline), text])),
})
const latest: RestoreTarget = {kind: 'latest'}
const lsn = (segments: number): RestoreTarget => ({kind: 'lsn', lsn: at(segments), inclusive: true})
const time = (n: number, inclusive = true): RestoreTarget => ({kind: 'time', epochMs: minute(n), inclusive})
const xid: RestoreTarget = {kind: 'xid', xid: 4_711, inclusive: true}

/** Code, message, and the steps without the list of windows. */
function refusal(listing: ArchiveListing, target: RestoreTarget, options: RestoreOptions = {}): readonly string[] {
  try {
    return ['accepted', planRestore(listing, target, options).why]
  } catch (error) {
    if (error instanceof HlError)
      return [error.code, error.message, ...error.next.filter(step => !step.startsWith('can be restored: '))]
    throw error
  }
}

const two = [backup('a', 3), backup('b', 6)]
const whole = listingOf(two, segs(1, 3, 9))
const holed = listingOf([...two, backup('c', 12)], [...segs(1, 3, 8), ...segs(1, 11, 14)])
const holedAtEnd = listingOf(two, [...segs(1, 3, 8), seg(1, 11)])
const fork = {2: '1\t0/580000\tx'}
const branched = listingOf([backup('a', 3), backup('left', 7)], [...segs(1, 3, 9), ...segs(2, 5, 7)], fork)
const nothing = '`hl backups create --kind full` makes a first one: nothing in the archive can be restored'

describe('a restore is refused', () => {
  it.each<readonly [string, ArchiveListing, RestoreTarget, RestoreOptions, readonly string[]]>([
    [
      'before the end of the oldest backup, by position',
      whole,
      lsn(3.49),
      {},
      [
        'TARGET_UNREACHABLE',
        `LSN ${formatLsn(at(3.49))} is before 0/380000, where backup a ends: no older one can be restored`,
        '--to-lsn 0/380000',
      ],
    ],
    [
      'before the end of the oldest backup, by time',
      whole,
      time(2.5),
      {},
      [
        'TARGET_UNREACHABLE',
        `${iso(2.5)} is before ${iso(3)}, where backup a ends: no older one can be restored`,
        `--to ${iso(3)}`,
      ],
    ],
    [
      'before the oldest that can be restored',
      listingOf([backup('a', 3, {verified: {at: iso(9), ok: false, detail: ''}}), backup('b', 6)], segs(1, 3, 9)),
      lsn(5),
      {},
      [
        'TARGET_UNREACHABLE',
        'LSN 0/500000 is before 0/680000, where backup b ends: no older one can be restored',
        '--to-lsn 0/680000',
      ],
    ],
    [
      'in a gap',
      holed,
      lsn(9.5),
      {},
      [
        'ARCHIVE_GAP',
        `the archive lacks 2 segments of WAL between backup b and LSN 0/980000: ${seg(1, 9)} to ${seg(1, 10)}`,
        '--to-lsn 0/800000 --timeline 1 ends before the gap, which begins at 0/900000',
        '--to-lsn 0/C80000 --timeline 1 is the first point behind the gap, the end of backup c',
      ],
    ],
    [
      'behind a gap, before the next backup ended',
      holed,
      lsn(11.5),
      {},
      [
        'ARCHIVE_GAP',
        `the archive lacks 2 segments of WAL between backup b and LSN 0/B80000: ${seg(1, 9)} to ${seg(1, 10)}`,
        '--to-lsn 0/800000 --timeline 1 ends before the gap, which begins at 0/900000',
        '--to-lsn 0/C80000 --timeline 1 is the first point behind the gap, the end of backup c',
      ],
    ],
    [
      'at the time of a gap',
      holed,
      time(7),
      {},
      [
        'ARCHIVE_GAP',
        `the archive lacks 2 segments of WAL between backup b and ${iso(7)}: ${seg(1, 9)} to ${seg(1, 10)}`,
        '--to-lsn 0/800000 --timeline 1 ends before the gap, which begins at 0/900000',
      ],
    ],
    [
      'to the end, behind a gap',
      holedAtEnd,
      latest,
      {},
      [
        'ARCHIVE_GAP',
        `the archive lacks 2 segments of WAL between backup b and the end of the archive: ${seg(1, 9)} to ${seg(1, 10)}`,
        '--to-lsn 0/800000 --timeline 1 ends before the gap, which begins at 0/900000',
      ],
    ],
    [
      'to a transaction, which may lie behind a gap',
      holedAtEnd,
      xid,
      {},
      [
        'ARCHIVE_GAP',
        `the archive lacks 2 segments of WAL between backup b and transaction 4711: ${seg(1, 9)} to ${seg(1, 10)}`,
        '--to-lsn 0/800000 --timeline 1 ends before the gap, which begins at 0/900000',
      ],
    ],
    [
      'across two gaps',
      listingOf(two, [...segs(1, 6, 7), seg(1, 9), seg(1, 11)]),
      latest,
      {},
      [
        'ARCHIVE_GAP',
        `the archive lacks 2 segments of WAL, in 2 gaps between backup b and the end of the archive: ${seg(1, 8)} to ${seg(1, 10)}`,
        '--to-lsn 0/700000 --timeline 1 ends before the gap, which begins at 0/800000',
      ],
    ],
    [
      'across a gap in the WAL of the backup itself',
      listingOf(two, segs(1, 7, 9)),
      latest,
      {},
      [
        'ARCHIVE_GAP',
        `the archive lacks 1 segment of WAL between backup b and the end of the archive: ${seg(1, 6)}`,
        nothing,
      ],
    ],
    [
      'behind the end',
      whole,
      lsn(10),
      {},
      [
        'TARGET_UNREACHABLE',
        'LSN 0/A00000 is not in the archive of timeline 1, whose WAL ends at 0/A00000',
        '--to latest --timeline 1',
      ],
    ],
    [
      'behind the end, where there is a gap as well',
      holedAtEnd,
      lsn(12),
      {},
      [
        'TARGET_UNREACHABLE',
        'LSN 0/C00000 is not in the archive of timeline 1, whose WAL ends at 0/C00000',
        '--to latest --timeline 1',
      ],
    ],
    [
      'behind the partial segment',
      listingOf(two, [...segs(1, 6, 7), `${seg(1, 8)}.partial`]),
      lsn(9),
      {},
      [
        'TARGET_UNREACHABLE',
        'LSN 0/900000 is not in the archive of timeline 1, whose WAL ends at 0/900000',
        '--to latest --timeline 1',
      ],
    ],
    [
      'on a branch that was left',
      branched,
      lsn(9),
      {},
      [
        'TARGET_UNREACHABLE',
        'LSN 0/900000 is not in the archive of timeline 2, whose WAL ends at 0/800000; it lies on timeline 1 only, which timeline 2 does not descend from at that point',
        '--timeline 1',
        '--to latest --timeline 2',
      ],
    ],
    [
      'at the last commit',
      whole,
      time(7),
      {newestCommitEpochMs: minute(7)},
      [
        'TARGET_UNREACHABLE',
        `${iso(7)} is not before the last commit in the archive, at ${iso(7)}`,
        '--to latest --timeline 1',
      ],
    ],
    [
      'behind the last commit',
      whole,
      time(8, false),
      {newestCommitEpochMs: minute(7)},
      [
        'TARGET_UNREACHABLE',
        `${iso(8)}, exclusive is not before the last commit in the archive, at ${iso(7)}`,
        '--to latest --timeline 1',
      ],
    ],
    [
      'at a time behind the end of a backup whose WAL is not there yet',
      listingOf(two, segs(1, 3, 5)),
      time(7),
      {},
      ['TARGET_UNREACHABLE', 'the archive of timeline 1 ends at 0/600000, before the end of backup b at 0/680000'],
    ],
    [
      'when no backup has its WAL',
      listingOf(two, []),
      latest,
      {},
      ['TARGET_UNREACHABLE', 'the archive holds no WAL up to the end of any backup on the way to timeline 1', nothing],
    ],
    [
      'without any backup',
      listingOf([], segs(1, 3, 9)),
      latest,
      {},
      ['TARGET_UNREACHABLE', 'the archive holds no backup of the whole cluster', nothing],
    ],
    [
      'with logical backups only',
      listingOf([logical], segs(1, 3, 9)),
      latest,
      {},
      ['TARGET_UNREACHABLE', 'the archive holds no backup of the whole cluster', nothing],
    ],
    [
      'with an empty archive',
      listingOf([], []),
      latest,
      {},
      ['TARGET_UNREACHABLE', 'the archive holds no backup of the whole cluster', nothing],
    ],
    [
      'when no backup can be restored',
      listingOf([backup('i', 3, {parent: 'gone'})], segs(1, 3, 9)),
      latest,
      {},
      ['TARGET_UNREACHABLE', 'no backup that can be restored lies on the way to timeline 1', nothing],
    ],
    [
      'when all backups lie on a branch that was left',
      listingOf([backup('left', 7)], [...segs(1, 3, 9), ...segs(2, 5, 7)], fork),
      latest,
      {},
      ['TARGET_UNREACHABLE', 'no backup that can be restored lies on the way to timeline 2'],
    ],
    [
      'along a timeline that is not there',
      whole,
      latest,
      {timeline: 7},
      ['TARGET_UNREACHABLE', 'the archive knows no timeline 7', '--timeline 1'],
    ],
    [
      'along a timeline whose history is missing',
      listingOf(two, [...segs(1, 3, 9), seg(26, 9)]),
      latest,
      {},
      [
        'TARGET_UNREACHABLE',
        '0000001A.history is missing in the archive or cannot be read, so nobody knows where timeline 26 began',
        'copy 0000001A.history from pg_wal of a node into the archive',
      ],
    ],
    [
      'from a backup that is not there',
      whole,
      latest,
      {backup: 'z'},
      ['BACKUP_UNKNOWN', 'there is no backup z', 'hl backups list'],
    ],
    [
      'from a backup whose chain is broken',
      listingOf([...two, backup('i', 7, {parent: 'gone'})], segs(1, 3, 9)),
      latest,
      {backup: 'i'},
      [
        'BACKUP_INVALID',
        'backup i cannot be restored: backup gone is missing, which i is a difference to',
        'hl backups list',
        'hl backups create --kind full',
      ],
    ],
    [
      'from a logical backup',
      listingOf([...two, logical], segs(1, 3, 9)),
      latest,
      {backup: 'l'},
      [
        'TARGET_UNREACHABLE',
        'backup l is logical: no WAL leads from it to the end of the archive',
        'leave out --backup',
      ],
    ],
    [
      'from a backup that ended later',
      whole,
      lsn(5),
      {backup: 'b'},
      ['TARGET_UNREACHABLE', `backup b ends at 0/680000 (${iso(6)}), behind LSN 0/500000`, 'leave out --backup'],
    ],
    [
      'from a backup of a branch that was left',
      branched,
      latest,
      {backup: 'left'},
      [
        'TARGET_UNREACHABLE',
        'backup left was taken on timeline 1, behind the point where the way to timeline 2 left it',
        '--timeline 1',
        'leave out --backup',
      ],
    ],
    [
      'from a named backup without its WAL',
      listingOf(two, segs(1, 3, 5)),
      latest,
      {backup: 'b'},
      ['TARGET_UNREACHABLE', 'the archive of timeline 1 ends at 0/600000, before the end of backup b at 0/680000'],
    ],
  ])('%s', (_what, listing, target, options, expected) => expect(refusal(listing, target, options)).toEqual(expected))

  it('with all that can be restored', () => {
    try {
      planRestore(holed, lsn(9.5))
      expect.unreachable()
    } catch (error) {
      expect(error instanceof HlError ? error.next.slice(-2) : error).toEqual([
        `can be restored: timeline 1: from 0/380000 (${iso(3)}) to 0/900000`,
        `can be restored: timeline 1: from 0/C80000 (${iso(12)}) to 0/F00000`,
      ])
    }
  })

  it.each<readonly [string, ArchiveListing, string]>([
    ['before the gap', holed, '0/800000'],
    ['behind the gap', holed, '0/C80000'],
    ['at the end of the oldest backup', whole, '0/380000'],
  ])('with a point %s that works', (_what, listing, text) => {
    const point = BigInt(`0x${text.slice(2)}`)
    expect(refusal(listing, {kind: 'lsn', lsn: point, inclusive: true})[0]).toBe('accepted')
  })
})

describe('what can be restored', () => {
  it.each<readonly [string, ArchiveListing, readonly unknown[]]>([
    [
      'one stretch for backups without a gap between them',
      whole,
      [{timeline: 1, backup: 'a', fromLsn: at(3.5), fromTime: iso(3), toLsn: at(10), partial: null}],
    ],
    [
      'one for each side of a gap',
      holed,
      [
        {timeline: 1, backup: 'a', fromLsn: at(3.5), fromTime: iso(3), toLsn: at(9), partial: null},
        {timeline: 1, backup: 'c', fromLsn: at(12.5), fromTime: iso(12), toLsn: at(15), partial: null},
      ],
    ],
    [
      'the partial segment by name',
      listingOf(two, [...segs(1, 3, 7), `${seg(1, 8)}.partial`]),
      [{timeline: 1, backup: 'a', fromLsn: at(3.5), fromTime: iso(3), toLsn: at(8), partial: `${seg(1, 8)}.partial`}],
    ],
    [
      'a backup that ends in the partial segment',
      listingOf(two, [...segs(1, 3, 5), `${seg(1, 6)}.partial`]),
      [{timeline: 1, backup: 'a', fromLsn: at(3.5), fromTime: iso(3), toLsn: at(6), partial: `${seg(1, 6)}.partial`}],
    ],
    [
      'a backup that begins in it',
      listingOf(two.slice(1), [`${seg(1, 6)}.partial`]),
      [{timeline: 1, backup: 'b', fromLsn: at(6.5), fromTime: iso(6), toLsn: at(6.5), partial: `${seg(1, 6)}.partial`}],
    ],
    [
      'each branch, from the backup that it shares',
      branched,
      [
        {timeline: 1, backup: 'a', fromLsn: at(3.5), fromTime: iso(3), toLsn: at(10), partial: null},
        {timeline: 2, backup: 'a', fromLsn: at(3.5), fromTime: iso(3), toLsn: at(8), partial: null},
      ],
    ],
    [
      'not what a timeline only inherits',
      listingOf([backup('a', 3)], segs(1, 3, 5), fork),
      [{timeline: 1, backup: 'a', fromLsn: at(3.5), fromTime: iso(3), toLsn: at(6), partial: null}],
    ],
    ['nothing from a backup without its WAL', listingOf(two, segs(1, 7, 9)), []],
    [
      'nothing along a timeline whose history is missing',
      listingOf([backup('z', 6, {timeline: 2})], segs(2, 3, 9)),
      [],
    ],
    ['nothing without backups', listingOf([logical], segs(1, 3, 9)), []],
  ])('is %s', (_what, listing, expected) => expect(reachableWindows(listing)).toEqual(expected))

  it('in words', () =>
    expect(reachableWindows(listingOf(two, [...segs(1, 3, 7), `${seg(1, 8)}.partial`])).map(describeWindow)).toEqual([
      `timeline 1: from 0/380000 (${iso(3)}) to 0/800000 and what its partial segment holds`,
    ]))

  it('needs whole chains without damage', () => {
    const damaged = {verified: {at: iso(9), ok: false, detail: ''}}
    const backups = [
      backup('a', 3),
      backup('i', 4, {parent: 'a'}),
      backup('f', 5, damaged),
      backup('j', 6, {parent: 'f'}),
      backup('k', 7, {parent: 'gone'}),
      logical,
    ]
    expect(restorable(backups).map(({record}) => record.id)).toEqual(['a', 'i'])
  })
})
