// Segments of 1 MiB; a backup that starts in segment n ends half a segment later, at minute n.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {backupOf} from '../../../test/fakes/fake-backup.ts'
import type {ArchiveListing, BackupRecord, RestoreTarget} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import {formatLsn, type Lsn} from '../../model/lsn.ts'
import {parseWalFile} from '../wal/archive-contents.ts'
import {segmentAt, segmentName} from '../wal/segment.ts'
import {formatTime} from './parse-time.ts'
import {planRestore, type RestorePlan} from './plan-restore.ts'
import type {RestoreOptions} from './restore-context.ts'
import {reachableWindows} from './reachable-windows.ts'

const segmentBytes = 0x10_0000
const at = (segments: number): bigint => BigInt(Math.round(segments * segmentBytes))
const seg = (timeline: number, number: number): string => segmentName({timeline, number: BigInt(number)}, segmentBytes)
const segs = (timeline: number, first: number, last: number): readonly string[] =>
  Array.from({length: last - first + 1}, (_, index) => seg(timeline, first + index))
const partial = (timeline: number, number: number): string => `${seg(timeline, number)}.partial`
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
const bad = {verified: {at: iso(99), ok: false, detail: ''}}

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
const lsn = (segments: number, inclusive = true): RestoreTarget => ({kind: 'lsn', lsn: at(segments), inclusive})
const time = (n: number, inclusive = true): RestoreTarget => ({kind: 'time', epochMs: minute(n), inclusive})
const xid: RestoreTarget = {kind: 'xid', xid: 4_711, inclusive: true}

const two = [backup('a', 3), backup('b', 6)]
const chain = [backup('f', 3), backup('i', 5, {parent: 'f'}), backup('j', 6, {parent: 'i'})]
/** Timeline 1 goes on to 9.0 after it was left at 5.5. */
const fork = {2: '1\t0/580000\tx'}
const branches = [...segs(1, 3, 8), ...segs(2, 5, 7)]

/** What was decided, short: chain, timeline, first and last WAL file. */
const decided = ({chain: backups, timeline, wal}: RestorePlan): readonly unknown[] => [
  backups.map(({id}) => id).join(' '),
  timeline,
  wal.first,
  wal.last,
  wal.segments,
]

it('begins at an older backup where a newer one, of a standby, needs WAL that is missing', () => {
  const backups = [backup('primary', 5), backup('standby', 6, {startLsn: formatLsn(at(3))})]
  const listing = listingOf(backups, [...segs(1, 3, 3), ...segs(1, 5, 9)])
  for (const target of [latest, lsn(8)]) {
    const plan = planRestore(listing, target)
    expect(decided(plan).slice(0, 2)).toEqual(['primary', 1])
    expect(plan.why).toContain('standby is left out, since WAL is missing')
  }
  expect(decided(planRestore(listingOf(backups, segs(1, 3, 9)), latest))[0]).toBe('standby')
})

describe('the plan', () => {
  it('says all of it', () => {
    expect(planRestore(listingOf(chain, segs(1, 2, 9)), lsn(8.25, false), {currentLsn: at(12)})).toEqual({
      chain,
      timeline: 1,
      endsOn: 1,
      wal: {first: seg(1, 6), last: seg(1, 8), segments: 3, bytes: 3 * segmentBytes},
      partial: null,
      targetSettings: {
        recovery_target_timeline: '1',
        recovery_target_lsn: '0/840000',
        recovery_target_inclusive: 'off',
        recovery_target_action: 'pause',
      },
      why: 'backup j, the newest that ended at or before the target; timeline 1, the newest',
      losses: 'everything from LSN 0/840000 on: 3932160 bytes of WAL up to 0/C00000',
    })
  })

  it.each<readonly [string, ArchiveListing, RestoreTarget, RestoreOptions, readonly unknown[]]>([
    [
      'latest: the newest backup, all WAL',
      listingOf(two, segs(1, 3, 9)),
      latest,
      {},
      ['b', 1, seg(1, 6), seg(1, 9), 4],
    ],
    [
      'latest: past a gap before the newest backup',
      listingOf(two, [...segs(1, 3, 4), ...segs(1, 6, 7)]),
      latest,
      {},
      ['b', 1, seg(1, 6), seg(1, 7), 2],
    ],
    [
      'latest: with the partial segment',
      listingOf(two, [...segs(1, 6, 7), partial(1, 8)]),
      latest,
      {},
      ['b', 1, seg(1, 6), partial(1, 8), 3],
    ],
    [
      'latest: when all that is needed is in the partial segment',
      listingOf(two, [partial(1, 6)]),
      latest,
      {},
      ['b', 1, partial(1, 6), partial(1, 6), 1],
    ],
    [
      'latest: from an older backup when the archive is behind',
      listingOf(two, segs(1, 3, 5)),
      latest,
      {},
      ['a', 1, seg(1, 3), seg(1, 5), 3],
    ],
    [
      'latest: on the newest timeline, from a backup of its ancestor',
      listingOf([backup('a', 3), backup('left', 7)], branches, fork),
      latest,
      {},
      ['a', 2, seg(1, 3), seg(2, 7), 5],
    ],
    [
      'latest: on a timeline that was left',
      listingOf([backup('a', 3), backup('left', 7)], branches, fork),
      latest,
      {timeline: 1},
      ['left', 1, seg(1, 7), seg(1, 8), 2],
    ],
    [
      'lsn: the newest backup that ended before',
      listingOf(two, segs(1, 3, 9)),
      lsn(6.49),
      {},
      ['a', 1, seg(1, 3), seg(1, 6), 4],
    ],
    ['lsn: the one that ended there', listingOf(two, segs(1, 3, 9)), lsn(6.5), {}, ['b', 1, seg(1, 6), seg(1, 6), 1]],
    [
      'lsn: the first byte of a segment needs that segment',
      listingOf(two, segs(1, 3, 9)),
      lsn(8),
      {},
      ['b', 1, seg(1, 6), seg(1, 8), 3],
    ],
    [
      'lsn: before a gap',
      listingOf(two.slice(0, 1), [...segs(1, 3, 5), seg(1, 8)]),
      lsn(5.9),
      {},
      ['a', 1, seg(1, 3), seg(1, 5), 3],
    ],
    [
      'lsn: in the partial segment',
      listingOf(two, [...segs(1, 6, 7), partial(1, 8)]),
      lsn(8.5),
      {},
      ['b', 1, seg(1, 6), partial(1, 8), 3],
    ],
    [
      'lsn: the last byte before the partial segment',
      listingOf(two, [...segs(1, 6, 7), partial(1, 8)]),
      {kind: 'lsn', lsn: at(8) - 1n, inclusive: true},
      {},
      ['b', 1, seg(1, 6), seg(1, 7), 2],
    ],
    [
      'lsn: before the fork, on the new timeline',
      listingOf([backup('a', 3)], branches, fork),
      lsn(4.5),
      {},
      ['a', 2, seg(1, 3), seg(1, 4), 2],
    ],
    [
      'lsn: the same number on the new timeline',
      listingOf([backup('a', 3)], branches, fork),
      lsn(6.5),
      {},
      ['a', 2, seg(1, 3), seg(2, 6), 4],
    ],
    [
      'lsn: the same number on the old one',
      listingOf([backup('a', 3)], branches, fork),
      lsn(6.5),
      {timeline: 1},
      ['a', 1, seg(1, 3), seg(1, 6), 4],
    ],
    [
      'time: the newest backup that ended before',
      listingOf(two, segs(1, 3, 9)),
      time(5.9),
      {},
      ['a', 1, seg(1, 3), seg(1, 9), 7],
    ],
    [
      'time: the one that ended at that moment',
      listingOf(two, segs(1, 3, 9)),
      time(6),
      {},
      ['b', 1, seg(1, 6), seg(1, 9), 4],
    ],
    [
      'time: WAL up to the end of the next backup',
      listingOf([...two, backup('c', 9)], segs(1, 3, 12)),
      time(7),
      {},
      ['b', 1, seg(1, 6), seg(1, 9), 4],
    ],
    [
      'time: a gap behind the end of the next backup',
      listingOf([...two, backup('c', 9)], [...segs(1, 3, 9), seg(1, 12)]),
      time(7),
      {},
      ['b', 1, seg(1, 6), seg(1, 9), 4],
    ],
    [
      'time: before the last commit',
      listingOf(two, segs(1, 3, 9)),
      time(7),
      {newestCommitEpochMs: minute(7) + 0.001},
      ['b', 1, seg(1, 6), seg(1, 9), 4],
    ],
    [
      'time: at the last commit, which is left out',
      listingOf(two, segs(1, 3, 9)),
      time(7, false),
      {newestCommitEpochMs: minute(7)},
      ['b', 1, seg(1, 6), seg(1, 9), 4],
    ],
    ['xid: the newest backup', listingOf(two, segs(1, 3, 9)), xid, {}, ['b', 1, seg(1, 6), seg(1, 9), 4]],
    [
      'name: an older backup by name',
      listingOf(two, segs(1, 3, 9)),
      {kind: 'name', name: 'mark'},
      {backup: 'a'},
      ['a', 1, seg(1, 3), seg(1, 9), 7],
    ],
    [
      'name: an older backup by name, up to a gap',
      listingOf(two, [...segs(1, 3, 7), seg(1, 9)]),
      {kind: 'name', name: 'mark'},
      {backup: 'a'},
      ['a', 1, seg(1, 3), seg(1, 7), 5],
    ],
    [
      'a chain comes with its full backup',
      listingOf(chain, segs(1, 3, 9)),
      latest,
      {},
      ['f i j', 1, seg(1, 6), seg(1, 9), 4],
    ],
    [
      'a broken chain is left out',
      listingOf([backup('f', 3), backup('j', 6, {parent: 'gone'})], segs(1, 3, 9)),
      latest,
      {},
      ['f', 1, seg(1, 3), seg(1, 9), 7],
    ],
    [
      'a damaged backup is left out, and what builds on it',
      listingOf([backup('a', 3), backup('f', 5, bad), backup('j', 6, {parent: 'f'})], segs(1, 3, 9)),
      latest,
      {},
      ['a', 1, seg(1, 3), seg(1, 9), 7],
    ],
    [
      'a damaged backup is taken when it is named',
      listingOf([backup('a', 3), backup('b', 6, bad)], segs(1, 3, 9)),
      latest,
      {backup: 'b'},
      ['b', 1, seg(1, 6), seg(1, 9), 4],
    ],
    [
      'a logical backup is none',
      listingOf([backup('a', 3), logical], segs(1, 3, 9)),
      latest,
      {},
      ['a', 1, seg(1, 3), seg(1, 9), 7],
    ],
  ])('%s', (_what, listing, target, options, expected) =>
    expect(decided(planRestore(listing, target, options))).toEqual(expected),
  )

  it.each<readonly [string, ArchiveListing, RestoreTarget, RestoreOptions, string]>([
    ['latest', listingOf(two, segs(1, 3, 9)), latest, {timeline: 1}, 'backup b, the newest; timeline 1, as named'],
    [
      'a backup that was left out',
      listingOf([backup('f', 3), backup('j', 6, {parent: 'gone'})], segs(1, 3, 9)),
      latest,
      {},
      'backup f, the newest; j is left out, since its chain is not whole or was found damaged; timeline 1, the newest',
    ],
    [
      'an archive that is behind',
      listingOf(two, segs(1, 3, 5)),
      latest,
      {},
      'backup a, the newest; b is left out, since the archive does not hold its WAL up to its end; timeline 1, the newest',
    ],
    [
      'a target that only replay finds',
      listingOf(two, segs(1, 3, 9)),
      xid,
      {},
      'backup b, the newest, since only replay tells where transaction 4711 lies; --backup names an older one; timeline 1, the newest',
    ],
    [
      'a damaged backup by name',
      listingOf([backup('b', 6, bad)], segs(1, 3, 9)),
      latest,
      {backup: 'b'},
      'backup b, as named; the verification of b failed; timeline 1, the newest',
    ],
    [
      'a time whose last commit is not known',
      listingOf(two, segs(1, 3, 9)),
      time(7),
      {newestCommitEpochMs: null},
      'backup b, the newest that ended at or before the target; which commit is the last in the archive was not looked at: replay stops with an error when none is later than the target; timeline 1, the newest',
    ],
    [
      'a position in the partial segment',
      listingOf(two, [...segs(1, 6, 7), partial(1, 8)]),
      lsn(8),
      {},
      `backup b, the newest that ended at or before the target; the target lies in ${partial(1, 8)}, whose end is not known: replay stops with an error when it ends before; timeline 1, the newest`,
    ],
    [
      'a named backup before a gap',
      listingOf(two, [...segs(1, 3, 7), seg(1, 9)]),
      xid,
      {backup: 'a'},
      'backup a, as named; WAL is missing from 0/800000 on: replay stops there with an error unless it meets the target before; timeline 1, the newest',
    ],
  ])('says why: %s', (_what, listing, target, options, expected) =>
    expect(planRestore(listing, target, options).why).toBe(expected),
  )

  it.each<readonly [string, ArchiveListing, RestoreTarget, RestoreOptions, string]>([
    ['latest', listingOf(two, segs(1, 3, 9)), latest, {}, 'everything that was written after 0/A00000'],
    [
      'latest, with a partial segment',
      listingOf(two, [...segs(1, 6, 7), partial(1, 8)]),
      latest,
      {},
      `everything that was written after 0/800000, apart from what ${partial(1, 8)} holds`,
    ],
    [
      'latest, when it is known where the server was',
      listingOf(two, segs(1, 3, 9)),
      latest,
      {currentLsn: at(11)},
      '1048576 bytes of WAL at most: up to 0/B00000, after 0/A00000',
    ],
    [
      'latest, when everything is there',
      listingOf(two, segs(1, 3, 9)),
      latest,
      {currentLsn: at(9.5)},
      'nothing: the archive reaches 0/980000',
    ],
    [
      'a position',
      listingOf(two, segs(1, 3, 9)),
      lsn(9),
      {},
      'everything after LSN 0/900000: 1048576 bytes of WAL up to 0/A00000',
    ],
    [
      'a time',
      listingOf(two, segs(1, 3, 9)),
      time(7),
      {newestCommitEpochMs: minute(9)},
      `everything that was committed after ${iso(7)}: 2m 0s up to the last commit in the archive`,
    ],
    [
      'a time, exclusive',
      listingOf(two, segs(1, 3, 9)),
      time(7, false),
      {},
      `everything that was committed at or after ${iso(7)}`,
    ],
    ['a transaction', listingOf(two, segs(1, 3, 9)), xid, {}, 'everything that was committed after transaction 4711'],
    [
      'a transaction, exclusive',
      listingOf(two, segs(1, 3, 9)),
      {kind: 'xid', xid: 4_711, inclusive: false},
      {},
      'transaction 4711 and everything that was committed after it',
    ],
    [
      'a name',
      listingOf(two, segs(1, 3, 9)),
      {kind: 'name', name: 'mark'},
      {},
      'everything that was committed after restore point mark',
    ],
    [
      'another branch',
      listingOf([backup('a', 3)], branches, fork),
      latest,
      {timeline: 1},
      'everything that was written after 0/900000; and what only timeline 2 has',
    ],
  ])('says what is lost: %s', (_what, listing, target, options, expected) =>
    expect(planRestore(listing, target, options).losses).toBe(expected),
  )
})

it('no plan crosses a gap or begins too late, and what a window promises can be planned', () => {
  const starts = fc.uniqueArray(fc.integer({min: 1, max: 20}), {minLength: 1, maxLength: 4})
  const numbers = fc.uniqueArray(fc.integer({min: 1, max: 24}), {maxLength: 24, size: 'max'})
  fc.assert(
    fc.property(starts, numbers, fc.integer({min: 0, max: 26 * 4}), (from, present, quarter) => {
      const listing = listingOf(
        from.map(start => backup(`b${start}`, start)),
        present.map(number => seg(1, number)),
      )
      const goal = at(quarter / 4)
      const start = from.filter(candidate => at(candidate + 0.5) <= goal).sort((a, b) => b - a)[0]
      const needed =
        start === undefined
          ? []
          : Array.from({length: Number(segmentAt(goal, segmentBytes)) - start + 1}, (_, index) => start + index)
      const possible = start !== undefined && needed.every(number => present.includes(number))
      expect(planned(listing, goal)).toEqual(possible ? needed : null)
      expect(reachableWindows(listing).some(({fromLsn, toLsn}) => fromLsn <= goal && goal < toLsn)).toBe(possible)
    }),
    {numRuns: 500},
  )
})

/** Numbers of the segments that would be replayed; null when it is refused. */
function planned(listing: ArchiveListing, goal: Lsn): readonly number[] | null {
  try {
    const {wal} = planRestore(listing, {kind: 'lsn', lsn: goal, inclusive: true})
    const first = Number(parseWalFile(wal.first, segmentBytes)?.number)
    expect(parseWalFile(wal.last, segmentBytes)?.number).toBe(BigInt(first + wal.segments - 1))
    return Array.from({length: wal.segments}, (_, index) => first + index)
  } catch (error) {
    if (error instanceof HlError && (error.code === 'TARGET_UNREACHABLE' || error.code === 'ARCHIVE_GAP')) return null
    throw error
  }
}
