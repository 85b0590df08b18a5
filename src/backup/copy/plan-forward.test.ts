// Segments of 1 MiB. The copy stands at 5.5, began its last restart point at 5.0, and was made of a backup that is in
// the archive no more.
import {describe, expect, it} from 'vitest'
import type {ArchiveListing, RestoreTarget} from '../../model/backup.ts'
import type {HlError} from '../../model/errors.ts'
import {formatLsn} from '../../model/lsn.ts'
import {formatTime} from '../restore/parse-time.ts'
import {segmentName} from '../wal/segment.ts'
import type {Copy, CopyState} from './copy-state.ts'
import {planForward} from './plan-forward.ts'

const segmentBytes = 0x10_0000
const at = (segments: number): bigint => BigInt(Math.round(segments * segmentBytes))
const lastMs = 1_795_514_400_000
const state: CopyState = {
  chain: ['gone'],
  timeline: 1,
  mode: 'paused',
  delayMs: 0,
  target: '',
  lastCommit: formatTime(lastMs),
}
const copy: Copy = {state, lsn: at(5.5), redoLsn: at(5), redoTimeline: 1, isWritable: false}
const name = (timeline: number, number: number): string => segmentName({timeline, number: BigInt(number)}, segmentBytes)
const listingOf = (names: readonly string[], histories: ReadonlyMap<number, string> = new Map()): ArchiveListing => ({
  systemIdentifier: '7',
  segmentBytes,
  backups: [],
  histories,
  files: names.map(one => ({name: one, bytes: segmentBytes})),
})
const listing = listingOf([5, 6, 7, 8].map(number => name(1, number)))
const lsn = (segments: number, inclusive: boolean): RestoreTarget => ({kind: 'lsn', lsn: at(segments), inclusive})
const time = (afterMs: number, inclusive: boolean): RestoreTarget => ({
  kind: 'time',
  epochMs: lastMs + afterMs,
  inclusive,
})

describe('moving a copy on', () => {
  it('needs WAL from where it begins again, and no backup', () => {
    expect(planForward(listing, lsn(7.5, false), copy)).toMatchObject({
      timeline: 1,
      wal: {first: name(1, 5), last: name(1, 7), segments: 3},
      why: 'backup recovery-copy, where it stands; timeline 1, the newest',
      targetSettings: {recovery_target_lsn: formatLsn(at(7.5)), recovery_target_inclusive: 'off'},
    })
  })

  it.each<readonly [string, RestoreTarget, boolean]>([
    ['a later position', lsn(6, false), true],
    ['the next record', lsn(5.5, true), true],
    ['where it stands', lsn(5.5, false), false],
    ['an earlier position', lsn(5.4, true), false],
    ['a later time', time(1, false), true],
    ['what was committed at the time of its last commit', time(0, true), true],
    ['just before its last commit', time(0, false), false],
    ['an earlier time', time(-1, true), false],
    ['a name, which only replay finds', {kind: 'name', name: 'good'}, true],
    ['the end', {kind: 'latest'}, true],
  ])('to %s: %#', (_what, target, possible) => {
    const plan = (): unknown => planForward(listing, target, copy)
    if (possible) expect(plan).not.toThrow()
    else
      expect(plan).toThrow(
        expect.objectContaining({
          code: 'TARGET_UNREACHABLE',
          message: expect.stringMatching(/already, and recovery never goes back to/) as string,
          next: expect.arrayContaining([expect.stringContaining('hl copy drop')]) as string[],
        }) as HlError,
      )
  })

  it('stops at a gap behind it, and not at one before', () => {
    expect(() => planForward(listingOf([5, 6, 8].map(number => name(1, number))), {kind: 'latest'}, copy)).toThrow(
      expect.objectContaining({code: 'ARCHIVE_GAP'}),
    )
    expect(() => planForward(listingOf([2, 5, 6].map(number => name(1, number))), {kind: 'latest'}, copy)).not.toThrow()
  })

  it('goes on across a switch of the timeline, and not along one that left before it', () => {
    const files = [name(1, 5), name(1, 6), name(2, 6), name(2, 7)]
    const leftAt = (segments: number): ReadonlyMap<number, string> => new Map([[2, `1\t${formatLsn(at(segments))}\tx`]])
    expect(planForward(listingOf(files, leftAt(6.5)), lsn(7.5, true), copy)).toMatchObject({
      timeline: 2,
      wal: {last: name(2, 7)},
    })
    for (const mode of ['paused', 'follow'] as const)
      expect(() =>
        planForward(listingOf(files, leftAt(4.5)), lsn(7.5, true), {...copy, state: {...state, mode}}),
      ).toThrow(
        expect.objectContaining({
          code: 'TARGET_UNREACHABLE',
          message: expect.stringContaining('left out') as string,
        }) as HlError,
      )
    expect(() => planForward(listingOf(files, leftAt(5.2)), lsn(7.5, true), copy)).toThrow(
      expect.objectContaining({
        code: 'TARGET_UNREACHABLE',
        message: expect.stringContaining('left out') as string,
      }) as HlError,
    )
  })

  it('is over once it was promoted', () => {
    expect(() => planForward(listing, lsn(7.5, true), {...copy, state: {...state, mode: 'ended'}})).toThrow(
      expect.objectContaining({
        code: 'TARGET_UNREACHABLE',
        message: expect.stringContaining('was promoted') as string,
      }) as HlError,
    )
  })
})
