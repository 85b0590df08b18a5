// Segments of 1 MiB, and a minute of WAL is one segment or none: tables for the rules, random archives for what must
// hold of all of them.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {backupOf} from '../../../test/fakes/fake-backup.ts'
import type {ArchiveListing, BackupRecord} from '../../model/backup.ts'
import {formatLsn, type Lsn} from '../../model/lsn.ts'
import {formatTime} from '../restore/parse-time.ts'
import {planRestore} from '../restore/plan-restore.ts'
import {reachableWindows} from '../restore/reachable-windows.ts'
import {followWal, parseWalFile, timelinesIn} from '../wal/archive-contents.ts'
import {gapsIn} from '../wal/archive-gaps.ts'
import {segmentAt, segmentBefore, segmentName} from '../wal/segment.ts'
import {lineageOf, liesOn} from '../wal/timeline-history.ts'
import {findChain} from './chain.ts'
import {physicalBackups} from './physical-backups.ts'
import {decideRetention, type RetentionPolicy} from './retention.ts'

const segmentBytes = 0x10_0000
const at = (segments: number): bigint => BigInt(Math.round(segments * segmentBytes))
const seg = (timeline: number, number: number | bigint): string =>
  segmentName({timeline, number: BigInt(number)}, segmentBytes)
const segs = (timeline: number, first: number, last: number): readonly string[] =>
  Array.from({length: last - first + 1}, (_, index) => seg(timeline, first + index))
const minuteMs = 60_000
const epoch = 1_795_514_400_000
const clock = (minute: number): number => epoch + minute * minuteMs

const backup = (id: string, minute: number, change: Partial<BackupRecord> = {}): BackupRecord =>
  backupOf({
    id,
    node: 'pg1',
    startLsn: formatLsn(at(minute)),
    stopLsn: formatLsn(at(minute + 0.5)),
    startedAt: formatTime(clock(minute - 0.5)),
    stoppedAt: formatTime(clock(minute)),
    durationMs: 30_000,
    ...change,
  })
const logical = (id: string, minute: number): BackupRecord =>
  backup(id, minute, {kind: 'logical', timeline: null, startLsn: null, stopLsn: null, manifestSha256: null})
const bad = {verified: {at: formatTime(epoch), ok: false, detail: ''}}

const listingOf = (
  backups: readonly BackupRecord[],
  files: readonly string[],
  histories: Readonly<Record<number, string>> = {},
): ArchiveListing => ({
  systemIdentifier: '7',
  segmentBytes,
  backups,
  files: [...files, ...Object.keys(histories).map(timeline => `0000000${timeline}.history`)].map(name => ({
    name,
    bytes: segmentBytes,
  })),
  histories: new Map(Object.entries(histories).map(([timeline, text]) => [Number(timeline), text])),
})

const idsKept = (backups: readonly BackupRecord[], policy: RetentionPolicy, nowMinute = 60): string =>
  decideRetention(listingOf(backups, []), policy, clock(nowMinute))
    .keep.map(({id}) => id)
    .join(' ')

describe('which backups stay', () => {
  // Names in the opposite order of time.
  const three = [backup('c', 10), backup('b', 20), backup('a', 30)]
  const hour = {keepForMs: 60 * minuteMs}
  it.each<readonly [string, readonly BackupRecord[], RetentionPolicy, string]>([
    ['all without a rule', [...three, logical('l', 1), backup('x', 2, {parent: 'gone'})], {}, 'l x c b a'],
    ['the newest by count', three, {keepFull: 2}, 'b a'],
    ['more than there are', three, {keepFull: 9}, 'c b a'],
    ['one at least', three, {keepFull: 0}, 'a'],
    ['one at least, however old', three, {keepForMs: 1}, 'a'],
    ['those that are young enough', three, {keepForMs: 40 * minuteMs}, 'b a'],
    ['what any rule keeps', three, {keepFull: 1, keepForMs: 40 * minuteMs}, 'b a'],
    ['the newest one before the window', three, {windowMs: 35 * minuteMs}, 'b a'],
    ['the one that ended as the window begins', three, {windowMs: 40 * minuteMs}, 'b a'],
    ['all when the window is older than all', three, {windowMs: 55 * minuteMs}, 'c b a'],
    ['a pinned one', [backup('c', 10, {pinned: true}), ...three.slice(1)], {keepFull: 1}, 'c a'],
    [
      'no damaged one in place of a good one',
      [backup('c', 10), backup('b', 20, bad), backup('a', 30, bad)],
      {keepFull: 1},
      'c',
    ],
    ['a damaged one when there is no other', [backup('b', 20, bad), backup('a', 30, bad)], {keepFull: 1}, 'a'],
    [
      'a good one before the window, not a damaged one',
      [backup('c', 10), backup('b', 20, bad), backup('a', 30)],
      {windowMs: 35 * minuteMs},
      'c a',
    ],
    ['dumps by their age', [...three, logical('l', 5), logical('m', 25)], {keepForMs: 40 * minuteMs}, 'b m a'],
    ['dumps, when fulls are counted', [...three, logical('l', 5)], {keepFull: 1}, 'l a'],
    ['none of nothing', [], hour, ''],
    ['only dumps, by age', [logical('l', 5)], {keepForMs: minuteMs}, ''],
  ])('%s', (_what, backups, policy, expected) => expect(idsKept(backups, policy)).toBe(expected))

  const chains = [
    backup('f1', 10),
    backup('i1', 12, {parent: 'f1'}),
    backup('i2', 14, {parent: 'i1'}),
    backup('f2', 20),
    backup('i3', 25, {parent: 'f2'}),
    backup('f3', 30),
  ]
  it.each<readonly [string, readonly BackupRecord[], RetentionPolicy, string]>([
    ['goes whole', chains, {keepFull: 2}, 'f2 i3 f3'],
    ['stays whole for its youngest', chains, {keepForMs: 36 * minuteMs}, 'f2 i3 f3'],
    ['stays whole for its youngest inside the window', chains, {windowMs: 47 * minuteMs}, 'f1 i1 i2 f2 i3 f3'],
    [
      'stays whole for a pin in the middle',
      chains.map(one => (one.id === 'i1' ? {...one, pinned: true} : one)),
      {keepFull: 1},
      'f1 i1 i2 f3',
    ],
    ['without its full backup goes', [backup('x', 25, {parent: 'gone'}), backup('f3', 30)], {keepFull: 2}, 'f3'],
    [
      'without its full backup is no full one',
      [backup('f0', 5), backup('x', 25, {parent: 'gone'})],
      {keepFull: 1},
      'f0',
    ],
    [
      'without its full backup stays while it is young',
      [backup('x', 25, {parent: 'gone'}), backup('f3', 30)],
      {keepForMs: 40 * minuteMs},
      'x f3',
    ],
  ])('a chain %s', (_what, backups, policy, expected) => expect(idsKept(backups, policy)).toBe(expected))

  it('says why', () => {
    const backups = [
      backup('x', 1, {parent: 'gone'}),
      logical('l', 2),
      ...chains,
      backup('p', 3, {pinned: true}),
      backup('q', 4, {parent: 'p'}),
    ]
    expect(decideRetention(listingOf(backups, []), {keepFull: 2, windowMs: 1}, clock(60))).toMatchObject({
      keep: [
        {id: 'p', why: 'pinned'},
        {id: 'q', why: 'a backup of its chain is pinned'},
        {id: 'f2', why: 'one of the newest 2 full backups'},
        {id: 'i3', why: 'one of the newest 2 full backups'},
        {id: 'f3', why: 'the newest full backup'},
      ],
      remove: [
        {id: 'x', why: 'backup gone is gone, so it cannot be restored'},
        {id: 'l', why: 'older than any rule asks for'},
        {id: 'f1', why: 'its chain is older than any rule asks for'},
        {id: 'i1', why: 'its chain is older than any rule asks for'},
        {id: 'i2', why: 'its chain is older than any rule asks for'},
      ],
    })
  })
})

describe('which WAL stays', () => {
  const two = [backup('a', 10), backup('b', 20)]
  const fork = {2: '1\t0/F80000\tx'}
  const keepOne = {keepFull: 1}
  const walOf = (listing: ArchiveListing, policy: RetentionPolicy) => {
    const {walFrom, removeWal} = decideRetention(listing, policy, clock(60))
    return {walFrom, removeWal}
  }
  it.each<readonly [string, ArchiveListing, RetentionPolicy, ReturnType<typeof walOf>]>([
    [
      'from the oldest kept backup on',
      listingOf(two, segs(1, 8, 25)),
      keepOne,
      {walFrom: [{timeline: 1, first: seg(1, 20)}], removeWal: segs(1, 8, 19)},
    ],
    [
      'all that a kept one needs',
      listingOf(two, segs(1, 10, 25)),
      {keepFull: 2},
      {walFrom: [{timeline: 1, first: seg(1, 10)}], removeWal: []},
    ],
    [
      'all without any backup',
      listingOf([], segs(1, 8, 12)),
      keepOne,
      {walFrom: [{timeline: 1, first: seg(1, 8)}], removeWal: []},
    ],
    [
      'a partial file that was left behind goes as well',
      listingOf(two, [`${seg(1, 9)}.partial`, ...segs(1, 20, 21), `${seg(1, 22)}.partial`]),
      keepOne,
      {walFrom: [{timeline: 1, first: seg(1, 20)}], removeWal: [`${seg(1, 9)}.partial`]},
    ],
    [
      'what is no segment stays',
      listingOf(two, [`${seg(1, 9)}.00000028.backup`, 'note.txt']),
      keepOne,
      {walFrom: [], removeWal: []},
    ],
    [
      'a pinned one its own',
      listingOf([backup('p', 10, {stopLsn: formatLsn(at(11.5)), pinned: true}), ...two.slice(1)], segs(1, 8, 25)),
      keepOne,
      {walFrom: [{timeline: 1, first: seg(1, 20)}], removeWal: [...segs(1, 8, 9), ...segs(1, 12, 19)]},
    ],
    [
      'a pinned one that ends with its segment',
      listingOf([backup('p', 10, {stopLsn: formatLsn(at(11)), pinned: true}), ...two.slice(1)], segs(1, 10, 20)),
      keepOne,
      {walFrom: [{timeline: 1, first: seg(1, 20)}], removeWal: segs(1, 11, 19)},
    ],
    [
      'of a timeline from its beginning, when the backup is of its ancestor',
      listingOf(two.slice(0, 1), [...segs(1, 8, 15), ...segs(2, 15, 25)], fork),
      keepOne,
      {
        walFrom: [
          {timeline: 1, first: seg(1, 10)},
          {timeline: 2, first: seg(2, 15)},
        ],
        removeWal: segs(1, 8, 9),
      },
    ],
    [
      'none of a timeline that was left, when its backups are gone',
      listingOf([backup('a', 10), backup('b', 20, {timeline: 2})], [...segs(1, 8, 18), ...segs(2, 15, 25)], fork),
      keepOne,
      {
        walFrom: [
          {timeline: 1, first: null},
          {timeline: 2, first: seg(2, 20)},
        ],
        removeWal: [...segs(1, 8, 18), ...segs(2, 15, 19)],
      },
    ],
    [
      'all of a timeline that is newer than every backup, and of the way to it',
      listingOf([backup('a', 18), backup('b', 20)], [...segs(1, 8, 25), ...segs(2, 15, 25)], fork),
      keepOne,
      {
        walFrom: [
          {timeline: 1, first: seg(1, 8)},
          {timeline: 2, first: seg(2, 15)},
        ],
        removeWal: [],
      },
    ],
    [
      'all of a timeline whose history is missing',
      listingOf([backup('a', 10), backup('b', 20)], [...segs(1, 8, 25), ...segs(2, 15, 25)]),
      keepOne,
      {
        walFrom: [
          {timeline: 1, first: seg(1, 20)},
          {timeline: 2, first: seg(2, 15)},
        ],
        removeWal: segs(1, 8, 19),
      },
    ],
    [
      'all of a timeline that was left and whose history is missing',
      listingOf([backup('b', 20, {timeline: 3})], [...segs(2, 8, 9), ...segs(3, 15, 20)], {3: '1\t0/F80000\tx'}),
      keepOne,
      {
        walFrom: [
          {timeline: 2, first: seg(2, 8)},
          {timeline: 3, first: seg(3, 20)},
        ],
        removeWal: segs(3, 15, 19),
      },
    ],
    [
      'a pinned one the copy that its successor holds',
      listingOf(
        [backup('p', 15, {stopLsn: formatLsn(at(15.4)), pinned: true}), backup('b', 20, {timeline: 2})],
        [...segs(1, 14, 14), `${seg(1, 15)}.partial`, ...segs(2, 15, 25)],
        fork,
      ),
      keepOne,
      {
        walFrom: [
          {timeline: 1, first: null},
          {timeline: 2, first: seg(2, 20)},
        ],
        removeWal: [seg(1, 14), ...segs(2, 16, 19)],
      },
    ],
  ])('%s', (_what, listing, policy, expected) => expect(walOf(listing, policy)).toEqual(expected))

  it('before the window: only of a backup that the newest timeline descends from', () => {
    // `left` ended on timeline 1 behind the fork: nothing in the window can be restored from it.
    const backups = [backup('a', 10), backup('left', 20), backup('c', 40, {timeline: 2})]
    expect(
      decideRetention(listingOf(backups, [], fork), {windowMs: 30 * minuteMs}, clock(60)).keep.map(({id}) => id),
    ).toEqual(['a', 'c'])
  })
})

it('the newest timeline keeps a backup of its own way, when the newest backup lies on a branch that was left', () => {
  const backups = [backup('old', 5), backup('a', 10), backup('left', 20)]
  expect(decideRetention(listingOf(backups, [], {2: '1\t0/F80000\tx'}), {keepFull: 1}, clock(60)).keep).toEqual([
    {id: 'a', why: 'the newest full backup of the newest timeline'},
    {id: 'left', why: 'the newest full backup'},
  ])
})

type Event =
  | {readonly kind: 'wal' | 'lose' | 'fork'; readonly n: number}
  | {readonly kind: 'backup'; readonly as: BackupRecord['kind']; readonly pinned: boolean; readonly bad: boolean}

/**
 * An archive as a cluster would have left it: every minute something happens; a fork goes back by up to n segments, as
 * a promotion or a restore does.
 */
function archiveAfter(events: readonly Event[]): ArchiveListing {
  const histories: Record<number, string> = {}
  const ends = new Map<number, {from: Lsn; to: Lsn}>([[1, {from: at(1), to: at(1)}]])
  const lost = new Set<string>()
  const backups: BackupRecord[] = []
  let timeline = 1
  const mine = (): {from: Lsn; to: Lsn} => ends.get(timeline) ?? {from: 0n, to: 0n}
  events.forEach((event, minute) => {
    const {from, to} = mine()
    if (event.kind === 'wal') ends.set(timeline, {from, to: to + BigInt(event.n) * 0x6_0000n})
    if (event.kind === 'lose')
      lost.add(
        seg(
          timeline,
          segmentAt(to, segmentBytes) > BigInt(event.n) ? segmentAt(to, segmentBytes) - BigInt(event.n) : 0n,
        ),
      )
    if (event.kind === 'fork') {
      const back = to - BigInt(event.n) * 0x7_0000n
      const switchedAt = back > from ? back : from
      histories[timeline + 1] = `${histories[timeline] ?? ''}${timeline}\t${formatLsn(switchedAt)}\tx\n`
      ends.set(timeline + 1, {from: switchedAt, to: switchedAt})
      timeline += 1
    }
    if (event.kind === 'backup') {
      const stop = to + 0x1_0100n
      const parent = physicalBackups(backups).findLast(one => one.timeline === timeline)?.record.id ?? null
      const incremental = event.as === 'incremental' && parent !== null
      const record =
        event.as === 'logical'
          ? logical(`l${minute}`, minute)
          : backup(`${incremental ? 'i' : 'f'}${99 - minute}`, minute, {
              kind: incremental ? 'incremental' : 'full',
              parent: incremental ? parent : null,
              timeline,
              startLsn: formatLsn(to),
              stopLsn: formatLsn(stop),
            })
      backups.push({...record, pinned: event.pinned, ...(event.bad ? bad : {})})
      ends.set(timeline, {from, to: at(Number(segmentBefore(stop, segmentBytes)) + 1)})
    }
  })
  const files = [...ends].flatMap(([number, {from, to}]) => {
    const whole = Array.from(
      {length: Number(segmentAt(to, segmentBytes) - segmentAt(from, segmentBytes))},
      (_, index) => seg(number, segmentAt(from, segmentBytes) + BigInt(index)),
    )
    return [...whole.filter(name => !lost.has(name)), `${seg(number, segmentAt(to, segmentBytes))}.partial`]
  })
  return listingOf(backups, files, histories)
}

const event = fc.oneof(
  {weight: 6, arbitrary: fc.record({kind: fc.constant('wal' as const), n: fc.integer({min: 1, max: 9})})},
  {
    weight: 1,
    arbitrary: fc.record({kind: fc.constantFrom('lose' as const, 'fork' as const), n: fc.integer({min: 0, max: 6})}),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('backup' as const),
      as: fc.constantFrom('full' as const, 'full' as const, 'incremental' as const, 'logical' as const),
      pinned: fc.boolean(),
      bad: fc.integer({min: 0, max: 9}).map(n => n === 0),
    }),
  },
)
const policies = fc.record(
  {
    keepFull: fc.integer({min: 0, max: 3}),
    keepForMs: fc.integer({min: 0, max: 30 * minuteMs}),
    windowMs: fc.integer({min: 0, max: 30 * minuteMs}),
  },
  {requiredKeys: []},
)

const restorableAt = (listing: ArchiveListing, epochMs: number): boolean => {
  try {
    return planRestore(listing, {kind: 'time', epochMs, inclusive: true}).chain.length > 0
  } catch {
    return false
  }
}

const covers = (gaps: ReturnType<typeof gapsIn>, first: string, last: string): boolean =>
  gaps.some(gap => gap.first <= first && last <= gap.last)

describe('after retention, in any archive', () => {
  const cases = [fc.array(event, {minLength: 1, maxLength: 30}), policies] as const
  const applied = (events: readonly Event[], policy: RetentionPolicy) => {
    const before = archiveAfter(events)
    const now = clock(events.length)
    const decided = decideRetention(before, policy, now)
    const [goneBackups, goneWal] = [new Set(decided.remove.map(({id}) => id)), new Set(decided.removeWal)]
    const after: ArchiveListing = {
      ...before,
      backups: before.backups.filter(({id}) => !goneBackups.has(id)),
      files: before.files.filter(({name}) => !goneWal.has(name)),
    }
    return {before, after, now, decided}
  }

  it('every backup is judged once, chains are whole, pins and one full backup are there', () => {
    fc.assert(
      fc.property(...cases, (events, policy) => {
        const {before, after, decided} = applied(events, policy)
        expect([...decided.keep, ...decided.remove].map(({id}) => id).sort()).toEqual(
          before.backups.map(({id}) => id).sort(),
        )
        for (const {id} of after.backups) expect(findChain(after.backups, id)).toEqual(findChain(before.backups, id))
        expect(before.backups.filter(({pinned}) => pinned).every(one => after.backups.includes(one))).toBe(true)
        expect(after.backups.some(({kind}) => kind === 'full')).toBe(before.backups.some(({kind}) => kind === 'full'))
        expect(decided.removeWal.filter(name => name.endsWith('.history'))).toEqual([])
      }),
      {numRuns: 300},
    )
  })

  it('a second time does nothing', () => {
    fc.assert(
      fc.property(...cases, (events, policy) => {
        const {after, now} = applied(events, policy)
        expect(decideRetention(after, policy, now)).toMatchObject({remove: [], removeWal: []})
      }),
      {numRuns: 300},
    )
  })

  it('never removes the last way back', () => {
    // The history of the newest timeline, or its WAL, did not come into the archive.
    const without = (listing: ArchiveListing, timeline: number, what: 'history' | 'wal'): ArchiveListing =>
      what === 'history'
        ? {...listing, histories: new Map([...listing.histories].filter(([number]) => number !== timeline))}
        : {...listing, files: listing.files.filter(({name}) => parseWalFile(name, segmentBytes)?.timeline !== timeline)}
    const lacks = fc.constantFrom(null, 'history' as const, 'wal' as const)
    fc.assert(
      fc.property(...cases, lacks, (events, policy, what) => {
        const whole = archiveAfter(events)
        const before = what === null ? whole : without(whole, timelinesIn(whole).at(-1) ?? 1, what)
        const {remove, removeWal} = decideRetention(before, policy, clock(events.length))
        const after = {
          ...before,
          backups: before.backups.filter(({id}) => !remove.some(gone => gone.id === id)),
          files: before.files.filter(({name}) => !removeWal.includes(name)),
        }
        if (reachableWindows(before).length > 0) expect(reachableWindows(after).length).toBeGreaterThan(0)
      }),
      {numRuns: 300},
    )
  })

  it('every moment of the window that could be restored still can be', () => {
    fc.assert(
      fc.property(...cases, (events, policy) => {
        const {before, after, now} = applied(events, policy)
        for (let epochMs = now - (policy.windowMs ?? 0); epochMs <= now; epochMs += minuteMs / 2)
          if (restorableAt(before, epochMs)) expect(restorableAt(after, epochMs)).toBe(true)
      }),
      {numRuns: 300},
    )
  })

  it('a kept backup finds the same WAL; one that only a pin keeps, all of its own', () => {
    fc.assert(
      fc.property(...cases, (events, policy) => {
        const {before, after, now} = applied(events, policy)
        const unpinned = decideRetention(
          {...before, backups: before.backups.map(one => ({...one, pinned: false}))},
          policy,
          now,
        )
        for (const {record, timeline, startLsn, stopLsn} of physicalBackups(after.backups)) {
          for (const alongTimeline of timelinesIn(before)) {
            if (!liesOn(lineageOf(before, alongTimeline) ?? [], timeline, stopLsn)) continue
            const [had, has] = [before, after].map(listing =>
              followWal(listing, {timeline, fromLsn: startLsn, alongTimeline}),
            )
            if (unpinned.keep.some(({id}) => id === record.id)) expect(has).toEqual(had)
            else if (had !== undefined && had !== null && had.contiguousTo >= stopLsn)
              expect(has?.contiguousTo).toBeGreaterThanOrEqual(stopLsn)
          }
        }
      }),
      {numRuns: 300},
    )
  })

  it('there is no gap that was not there before', () => {
    fc.assert(
      fc.property(...cases, (events, policy) => {
        const {before, after} = applied(events, policy)
        for (const {first, last} of gapsIn(after))
          expect(covers(gapsIn(before), first, last), `${first} to ${last}`).toBe(true)
      }),
      {
        numRuns: 300,
        // Backups of both timelines lie behind the forks: none leads to the newest one.
        examples: [
          [
            [
              {kind: 'wal', n: 1},
              {kind: 'backup', as: 'full', pinned: false, bad: true},
              {kind: 'fork', n: 2},
              {kind: 'wal', n: 5},
              {kind: 'backup', as: 'full', pinned: false, bad: true},
              {kind: 'fork', n: 3},
              {kind: 'wal', n: 1},
            ],
            {},
          ],
        ],
      },
    )
  })
})
