// Segments of 1 MiB in these tests: LSN 0/500000 is where number 5 begins.
import {describe, expect, it} from 'vitest'
import {backupOf} from '../../../test/fakes/fake-backup.ts'
import type {ArchiveListing, BackupRecord} from '../../model/backup.ts'
import {followWal, parseWalFile, timelinesIn, type FollowedWal, type Gap} from './archive-contents.ts'
import {archiveLagBytes, faultyFiles, gapsIn} from './archive-gaps.ts'
import {formatLsn} from '../../model/lsn.ts'
import {segmentName} from './segment.ts'
import {walOrders} from './wal-order.ts'

const segmentBytes = 0x10_0000
const at = (segments: number): bigint => BigInt(Math.round(segments * segmentBytes))
const seg = (timeline: number, number: number): string => segmentName({timeline, number: BigInt(number)}, segmentBytes)
/** `1:3-5` are whole segments of timeline 1, `1:6p` a partial one. */
const namesOf = (text: string): readonly string[] =>
  text
    .split(' ')
    .filter(word => word !== '')
    .flatMap(word => {
      const [, timeline, first, last, partial] = /^(\d+):(\d+)(?:-(\d+))?(p?)$/.exec(word) ?? []
      return Array.from(
        {length: Number(last ?? first) - Number(first) + 1},
        (_, index) => `${seg(Number(timeline), Number(first) + index)}${partial === 'p' ? '.partial' : ''}`,
      )
    })
const listingOf = (
  files: string,
  histories: Readonly<Record<number, string>> = {},
  backups: readonly BackupRecord[] = [],
): ArchiveListing => ({
  systemIdentifier: '7',
  segmentBytes,
  backups,
  files: namesOf(files).map(name => ({name, bytes: segmentBytes})),
  histories: new Map(Object.entries(histories).map(([timeline, text]) => [Number(timeline), text])),
})
/** Ended `from` + 0.5 segments of WAL later, and in that order of time. */
const backup = (timeline: number, from: number, change: Partial<BackupRecord> = {}): BackupRecord =>
  backupOf({
    id: `b${from}`,
    node: 'pg1',
    timeline,
    startLsn: formatLsn(at(from)),
    stopLsn: formatLsn(at(from + 0.5)),
    startedAt: `2026-11-24T10:${String(from).padStart(2, '0')}:00Z`,
    stoppedAt: `2026-11-24T10:${String(from).padStart(2, '0')}:30Z`,
    durationMs: 30_000,
    ...change,
  })

describe('a file of the archive', () => {
  it.each<readonly [string, unknown]>([
    [seg(2, 7), {timeline: 2, number: 7n, partial: false}],
    [`${seg(2, 7)}.partial`, {timeline: 2, number: 7n, partial: true}],
    ['00000002.history', null],
    [`${seg(2, 7)}.00000028.backup`, null],
    ['.partial', null],
  ])('%s', (name, expected) => expect(parseWalFile(name, segmentBytes)).toEqual(expected))
})

describe('timelines', () => {
  it('are those of files, histories and backups', () =>
    expect(timelinesIn(listingOf('3:1 1:1p', {5: '3\t0/1\tx'}, [backup(4, 1)]))).toEqual([1, 3, 4, 5]))
  it('are none in an empty archive', () => expect(timelinesIn(listingOf(''))).toEqual([]))
})

const gap = (timeline: number, first: number, last: number): Gap => ({
  timeline,
  first: seg(timeline, first),
  last: seg(timeline, last),
  segments: last - first + 1,
  text: `timeline ${timeline} lacks ${first === last ? seg(timeline, first) : `${last - first + 1} segments, ${seg(timeline, first)} to ${seg(timeline, last)}`}`,
})
const fork = {2: '1\t0/550000\tx'}

describe('WAL on one timeline', () => {
  it.each<readonly [string, string, bigint, FollowedWal]>([
    ['without a gap', '1:3-5', at(3.5), {present: namesOf('1:3-5'), missing: [], contiguousTo: at(6), partial: null}],
    ['older than the start', '1:1-2', at(3.5), {present: [], missing: [], contiguousTo: at(3.5), partial: null}],
    [
      'from the start of a segment',
      '1:2-3',
      at(3),
      {present: namesOf('1:3'), missing: [], contiguousTo: at(4), partial: null},
    ],
    [
      'with a gap',
      '1:3-4 1:7-8',
      at(3.5),
      {present: namesOf('1:3-4 1:7-8'), missing: [gap(1, 5, 6)], contiguousTo: at(5), partial: null},
    ],
    [
      'with two gaps',
      '1:3 1:5 1:9',
      at(3),
      {present: namesOf('1:3 1:5 1:9'), missing: [gap(1, 4, 4), gap(1, 6, 8)], contiguousTo: at(4), partial: null},
    ],
    [
      'with its first segment missing',
      '1:4',
      at(3.5),
      {present: namesOf('1:4'), missing: [gap(1, 3, 3)], contiguousTo: at(3.5), partial: null},
    ],
    [
      'that goes on in a partial segment',
      '1:3-4 1:5p',
      at(3),
      {present: namesOf('1:3-4'), missing: [], contiguousTo: at(5), partial: `${seg(1, 5)}.partial`},
    ],
    [
      'that begins in a partial segment',
      '1:3p',
      at(3.5),
      {present: [], missing: [], contiguousTo: at(3.5), partial: `${seg(1, 3)}.partial`},
    ],
    [
      'with a gap before the partial segment',
      '1:3 1:5p',
      at(3),
      {present: namesOf('1:3'), missing: [gap(1, 4, 4)], contiguousTo: at(4), partial: null},
    ],
    [
      'with a partial segment that was left behind',
      '1:3 1:4p 1:5',
      at(3),
      {present: namesOf('1:3 1:5'), missing: [gap(1, 4, 4)], contiguousTo: at(4), partial: null},
    ],
    [
      'with a partial segment that was finished',
      '1:3-4 1:4p',
      at(3),
      {present: namesOf('1:3-4'), missing: [], contiguousTo: at(5), partial: null},
    ],
    ['none at all', '', at(3), {present: [], missing: [], contiguousTo: at(3), partial: null}],
    [
      'beside another timeline',
      '1:3 2:4-9',
      at(3),
      {present: namesOf('1:3'), missing: [], contiguousTo: at(4), partial: null},
    ],
  ])('%s', (_what, files, fromLsn, expected) =>
    expect(followWal(listingOf(files), {timeline: 1, fromLsn, alongTimeline: 1})).toEqual(expected),
  )

  it('does not take a torn copy for a segment', () => {
    const whole = listingOf('1:3-5')
    const torn = {...whole, files: whole.files.map((file, index) => (index === 1 ? {...file, bytes: 4_096} : file))}
    expect(followWal(torn, {timeline: 1, fromLsn: at(3), alongTimeline: 1})).toEqual({
      present: namesOf('1:3 1:5'),
      missing: [gap(1, 4, 4)],
      contiguousTo: at(4),
      partial: null,
    })
  })
})

describe('WAL across a switch in the middle of segment 5', () => {
  const switched = 0x55_0000n
  it.each<readonly [string, string, FollowedWal]>([
    [
      'the new file alone',
      '1:3-4 2:5-6',
      {present: namesOf('1:3-4 2:5-6'), missing: [], contiguousTo: at(7), partial: null},
    ],
    ['both files', '1:3-5 2:5-6', {present: namesOf('1:3-4 2:5-6'), missing: [], contiguousTo: at(7), partial: null}],
    [
      'the old file as .partial, and the new one',
      '1:3-4 1:5p 2:5-6',
      {present: namesOf('1:3-4 2:5-6'), missing: [], contiguousTo: at(7), partial: null},
    ],
    ['the old file alone', '1:3-5', {present: namesOf('1:3-5'), missing: [], contiguousTo: switched, partial: null}],
    [
      'the old file as .partial alone',
      '1:3-4 1:5p',
      {present: namesOf('1:3-4 1:5p'), missing: [], contiguousTo: switched, partial: null},
    ],
    [
      'the new one as .partial',
      '1:3-4 2:5p',
      {present: namesOf('1:3-4'), missing: [], contiguousTo: at(5), partial: `${seg(2, 5)}.partial`},
    ],
    [
      'both as .partial',
      '1:3-4 1:5p 2:5p',
      {present: namesOf('1:3-4 1:5p'), missing: [], contiguousTo: switched, partial: `${seg(2, 5)}.partial`},
    ],
    [
      'the old one alone, and more of the new timeline',
      '1:3-5 2:6',
      {present: namesOf('1:3-5 2:6'), missing: [gap(2, 5, 5)], contiguousTo: switched, partial: null},
    ],
    [
      'none of both',
      '1:3-4 2:6',
      {present: namesOf('1:3-4 2:6'), missing: [gap(2, 5, 5)], contiguousTo: at(5), partial: null},
    ],
    [
      'a gap that goes across',
      '1:3 2:8',
      {present: namesOf('1:3 2:8'), missing: [gap(1, 4, 4), gap(2, 5, 7)], contiguousTo: at(4), partial: null},
    ],
    [
      'what the old timeline wrote later does not count',
      '1:3-9',
      {present: namesOf('1:3-5'), missing: [], contiguousTo: switched, partial: null},
    ],
  ])('%s', (_what, files, expected) =>
    expect(followWal(listingOf(files, fork), {timeline: 1, fromLsn: at(3), alongTimeline: 2})).toEqual(expected),
  )

  it('from the switch on has no use for the old file', () => {
    expect(followWal(listingOf('1:5 2:6', fork), {timeline: 2, fromLsn: switched, alongTimeline: 2})).toEqual({
      present: namesOf('2:6'),
      missing: [gap(2, 5, 5)],
      contiguousTo: switched,
      partial: null,
    })
  })

  it('on the old timeline itself goes on past the switch', () => {
    expect(followWal(listingOf('1:3-9 2:5', fork), {timeline: 1, fromLsn: at(3), alongTimeline: 1})).toEqual({
      present: namesOf('1:3-9'),
      missing: [],
      contiguousTo: at(10),
      partial: null,
    })
  })
})

describe('WAL across other switches', () => {
  it('between two segments', () => {
    const boundary = {2: '1\t0/500000\tx'}
    expect(followWal(listingOf('1:3-6 2:5', boundary), {timeline: 1, fromLsn: at(3), alongTimeline: 2})).toEqual({
      present: namesOf('1:3-4 2:5'),
      missing: [],
      contiguousTo: at(6),
      partial: null,
    })
    expect(followWal(listingOf('1:3-6 2:6', boundary), {timeline: 1, fromLsn: at(3), alongTimeline: 2})).toEqual({
      present: namesOf('1:3-4 2:6'),
      missing: [gap(2, 5, 5)],
      contiguousTo: at(5),
      partial: null,
    })
  })

  const twice = {2: '1\t0/550000\tx', 3: '1\t0/550000\tx\n2\t0/580000\tx'}
  it.each<readonly [string, string, FollowedWal]>([
    ['the newest file', '1:4 3:5', {present: namesOf('1:4 3:5'), missing: [], contiguousTo: at(6), partial: null}],
    [
      'the one in between',
      '1:4-5 2:5',
      {present: namesOf('1:4 2:5'), missing: [], contiguousTo: 0x58_0000n, partial: null},
    ],
    ['the oldest', '1:4-5', {present: namesOf('1:4-5'), missing: [], contiguousTo: 0x55_0000n, partial: null}],
  ])('two in one segment: %s', (_what, files, expected) =>
    expect(followWal(listingOf(files, twice), {timeline: 1, fromLsn: at(4), alongTimeline: 3})).toEqual(expected),
  )
})

describe('a way that is not known', () => {
  it('without the history file', () =>
    expect(followWal(listingOf('1:3 2:5'), {timeline: 1, fromLsn: at(3), alongTimeline: 2})).toBeNull())
  it('past the switch on the old timeline', () =>
    expect(followWal(listingOf('1:3-9 2:5', fork), {timeline: 1, fromLsn: at(6), alongTimeline: 2})).toBeNull())
  it('from a timeline that is no ancestor', () =>
    expect(followWal(listingOf('1:3', fork), {timeline: 3, fromLsn: at(3), alongTimeline: 2})).toBeNull())
})

describe('gaps of the whole archive', () => {
  const forked = {2: '1\t0/550000\tx'}
  it.each<readonly [string, ArchiveListing, readonly Gap[]]>([
    ['an empty archive', listingOf(''), []],
    ['WAL without a backup', listingOf('1:3-4 1:6 1:9p'), [gap(1, 5, 5), gap(1, 7, 8)]],
    ['a gap older than the oldest backup', listingOf('1:1 1:3-6', {}, [backup(1, 4)]), []],
    ['a gap behind the oldest backup', listingOf('1:3-4 1:6-8', {}, [backup(1, 4), backup(1, 7)]), [gap(1, 5, 5)]],
    ['the backup itself without its WAL', listingOf('1:6-8', {}, [backup(1, 4)]), [gap(1, 4, 5)]],
    [
      'a logical backup says nothing',
      listingOf('1:6-8', {}, [backup(1, 4, {kind: 'logical', timeline: null, startLsn: null, stopLsn: null})]),
      [],
    ],
    ['the end is no gap', listingOf('1:3-4', {}, [backup(1, 3)]), []],
    ['one that both timelines see is told once', listingOf('1:3 1:5-8 2:5-6', forked, [backup(1, 3)]), [gap(1, 4, 4)]],
    ['one across the switch', listingOf('1:3 2:7', forked, [backup(1, 3)]), [gap(1, 4, 4), gap(2, 5, 6)]],
    ['one of the old timeline behind the switch', listingOf('1:3-5 1:8 2:5-6', forked, [backup(1, 3)]), [gap(1, 6, 7)]],
    ['the two lengths of one hole are one gap', listingOf('1:3 1:7-8 2:5-6', forked, [backup(1, 3)]), [gap(1, 4, 6)]],
    ['a timeline without its history file', listingOf('1:3-5 2:6 2:8'), [gap(2, 7, 7)]],
  ])('%s', (_what, listing, expected) => expect(gapsIn(listing)).toEqual(expected))

  const pinned = {pinned: true}
  it.each<readonly [string, ArchiveListing, readonly Gap[]]>([
    [
      'WAL that retention took from behind a pinned backup',
      listingOf('1:2 1:6-8', {}, [backup(1, 2, pinned), backup(1, 6)]),
      [],
    ],
    [
      'the same behind two of them',
      listingOf('1:2 1:4 1:6-8', {}, [backup(1, 2, pinned), backup(1, 4, pinned), backup(1, 6)]),
      [],
    ],
    [
      'the same behind two that are neighbours',
      listingOf('1:2-3 1:6-8', {}, [backup(1, 2, pinned), backup(1, 3, pinned), backup(1, 6)]),
      [],
    ],
    [
      'the same behind the root of a pinned difference',
      listingOf('1:2 1:4 1:6-8', {}, [
        backup(1, 2),
        backup(1, 4, {...pinned, kind: 'incremental', parent: 'b2'}),
        backup(1, 6),
      ]),
      [],
    ],
    ['the same across a switch', listingOf('1:2 2:7-8', forked, [backup(1, 2, pinned), backup(2, 7)]), []],
    [
      'a hole that goes on behind the start of the next backup',
      listingOf('1:2 1:8', {}, [backup(1, 2, pinned), backup(1, 6)]),
      [gap(1, 6, 7)],
    ],
    ['a hole that no pin explains', listingOf('1:2 1:6-8', {}, [backup(1, 2), backup(1, 6)]), [gap(1, 3, 5)]],
    ['a hole that ends elsewhere', listingOf('1:2 1:5-8', {}, [backup(1, 2, pinned), backup(1, 6)]), [gap(1, 3, 4)]],
    [
      'a hole that begins elsewhere',
      listingOf('1:2-3 1:6-8', {}, [backup(1, 2, pinned), backup(1, 6)]),
      [gap(1, 4, 5)],
    ],
    [
      'a second hole behind the next backup',
      listingOf('1:2 1:6 1:8', {}, [backup(1, 2, pinned), backup(1, 6)]),
      [gap(1, 7, 7)],
    ],
  ])('with pins: %s', (_what, listing, expected) => expect(gapsIn(listing)).toEqual(expected))
})

describe('how far the archive is behind', () => {
  const forked = {2: '1\t0/550000\tx'}
  it.each<readonly [string, ArchiveListing, bigint, number, number | null]>([
    ['by what is not archived yet', listingOf('1:3-5', {}, [backup(1, 3)]), at(6.5), 1, segmentBytes / 2],
    ['by nothing', listingOf('1:3-5', {}, [backup(1, 3)]), at(6), 1, 0],
    ['by nothing when the server is asked too late', listingOf('1:3-5', {}, [backup(1, 3)]), at(5.5), 1, 0],
    [
      'by everything behind a gap, however much there is',
      listingOf('1:3 1:5-9', {}, [backup(1, 3)]),
      at(10),
      1,
      6 * segmentBytes,
    ],
    ['from the oldest backup on', listingOf('1:1 1:3-5', {}, [backup(1, 3), backup(1, 5)]), at(6), 1, 0],
    [
      'from the newest full backup on, whatever is missing before it',
      listingOf('1:3 1:5-9', {}, [backup(1, 3), backup(1, 6)]),
      at(10.5),
      1,
      segmentBytes / 2,
    ],
    [
      'from one that was not found damaged',
      listingOf('1:3 1:5-9', {}, [
        backup(1, 3),
        backup(1, 6, {verified: {at: '2026-11-24T10:00:00Z', ok: false, detail: ''}}),
      ]),
      at(10),
      1,
      6 * segmentBytes,
    ],
    ['from the lowest segment without a backup', listingOf('1:3-5'), at(7), 1, segmentBytes],
    ['from the backup when no WAL is there', listingOf('', {}, [backup(1, 3)]), at(5), 1, 2 * segmentBytes],
    [
      'by the partial segment, whose end is not known',
      listingOf('1:3-4 1:5p', {}, [backup(1, 3)]),
      at(5.25),
      1,
      segmentBytes / 4,
    ],
    ['along the switch', listingOf('1:3-5 2:5-6', forked, [backup(1, 3)]), at(8), 2, segmentBytes],
    [
      'not from a pinned backup that stands alone',
      listingOf('1:2 1:6-8', {}, [backup(1, 2, {pinned: true}), backup(1, 6)]),
      at(9),
      1,
      0,
    ],
    ['unknown without anything', listingOf(''), at(9), 1, null],
    ['unknown without the history file', listingOf('1:3-5 2:5', {}, [backup(1, 3)]), at(9), 2, null],
  ])('%s', (_what, listing, current, timeline, expected) =>
    expect(archiveLagBytes(listing, current, timeline)).toBe(expected),
  )
})

describe('a damaged segment', () => {
  const damaged = (listing: ArchiveListing, number: number, lastRecord: string | null): ArchiveListing => ({
    ...listing,
    files: listing.files.map(file =>
      file.name === seg(1, number) ? {...file, damage: {lastRecord, why: 'offset 7: torn'}} : file,
    ),
  })
  const follow = (listing: ArchiveListing): FollowedWal | null =>
    followWal(listing, {timeline: 1, fromLsn: at(3), alongTimeline: 1})
  const text = `timeline 1: ${seg(1, 5)} is damaged: offset 7: torn`

  it.each([
    ['up to the last record before the damage', formatLsn(at(5.5)), at(5.5) + 1n],
    ['up to the segment where none is known', null, at(5)],
  ])('leads %s', (_what, lastRecord, contiguousTo) => {
    const wal = follow(damaged(listingOf('1:3-7'), 5, lastRecord))
    expect(wal).toMatchObject({contiguousTo, missing: [{first: seg(1, 5), last: seg(1, 5), segments: 1, text}]})
    expect(wal?.present).toEqual([3, 4, 6, 7].map(number => seg(1, number)))
  })

  it('is a gap where it is the last one too', () => {
    const listing = damaged(listingOf('1:3-5', {}, [backup(1, 3)]), 5, null)
    expect(follow(listing)?.missing.map(gap => gap.text)).toEqual([text])
    expect(gapsIn(listing).map(gap => gap.text)).toEqual([text])
  })

  it('is named beside those that are missing', () =>
    expect(gapsIn(damaged(listingOf('1:3-5 1:7', {}, [backup(1, 3)]), 5, null)).map(gap => gap.text)).toEqual([
      `timeline 1 lacks 2 segments, ${seg(1, 5)} to ${seg(1, 6)}; ${seg(1, 5)} is damaged: offset 7: torn`,
    ]))

  it('and one of another size are named, with what is wrong', () => {
    const listing = damaged(listingOf('1:3-5 1:6p'), 5, null)
    const files = listing.files.map(file => (file.name === seg(1, 4) ? {...file, bytes: segmentBytes + 1} : file))
    expect(faultyFiles({...listing, files})).toEqual([
      {name: seg(1, 4), why: `it has ${segmentBytes + 1} bytes, and a segment has ${segmentBytes}`},
      {name: seg(1, 5), why: 'offset 7: torn'},
    ])
  })

  it('that holds a switch leads no further than its records are sound', () => {
    const listing = listingOf('1:3-5', {2: '1\t0/580000\tx'})
    const reach = (archive: ArchiveListing) =>
      followWal(archive, {timeline: 1, fromLsn: at(3), alongTimeline: 2})?.contiguousTo
    expect(reach(listing)).toBe(at(5.5))
    expect(reach(damaged(listing, 5, formatLsn(at(5.25))))).toBe(at(5.25) + 1n)
    expect(reach(damaged(listing, 5, null))).toBe(at(5))
    // Behind the switch it belongs to nobody.
    expect(reach(damaged(listing, 5, formatLsn(at(5.75))))).toBe(at(5.5))
  })

  it('is read again like any other', () => {
    const listing = damaged(listingOf('1:3-5 1:6p 2:5-6', {2: '1\t0/580000\tx'}), 5, null)
    const odd = {...listing, files: [...listing.files, {name: '00000002.history', bytes: 20}]}
    expect(walOrders(odd)).toEqual([
      [seg(1, 3), seg(1, 4), seg(1, 5), `${seg(1, 6)}.partial`],
      [seg(1, 3), seg(1, 4), seg(2, 5), seg(2, 6)],
      ['00000002.history'],
    ])
  })

  it('ends where its timeline was left, within a segment that a standby archived whole', () => {
    const histories = {2: '1\t0/580000\tx', 3: '1\t0/540000\tx'}
    expect(walOrders(listingOf('1:3-5 2:5-6 3:5', histories))).toEqual([
      [seg(1, 3), seg(1, 4), seg(1, 5), '@0/580000'],
      [seg(1, 3), seg(1, 4), seg(2, 5), seg(2, 6)],
      [seg(1, 3), seg(1, 4), seg(3, 5)],
    ])
    // It went on after that: all of it is to be sound.
    expect(walOrders(listingOf('1:3-6 2:5', {2: '1\t0/580000\tx'}))[0]).toEqual([
      seg(1, 3),
      seg(1, 4),
      seg(1, 5),
      seg(1, 6),
    ])
  })
})
