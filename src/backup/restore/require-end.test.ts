import {describe, expect, it} from 'vitest'
import {backupOf} from '../../../test/fakes/fake-backup.ts'
import type {ArchiveListing} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import {promisedEnd, type PromisedEnd} from './promised-end.ts'
import {requireEnd, walFault, type ReplayBounds} from './require-end.ts'

const segmentBytes = 16_777_216
const bounds: ReplayBounds = {lineage: [{timeline: 1, fromLsn: 0n, toLsn: null}], segmentBytes, fromLsn: 0x100_0100n}
const promised: PromisedEnd = {lsn: 0x400_0000n, gapFreeTo: 0x500_0000n, why: 'the primary had written up to 0/4000000'}
const refusal = (endLsn: bigint, said: readonly string[]): string => {
  try {
    requireEnd({endLsn, said}, promised, bounds)
    return 'accepted'
  } catch (error) {
    return error instanceof HlError ? `${error.code}: ${error.message} | ${String(error.next[0])}` : 'no HlError'
  }
}
const crc = 'incorrect resource manager data checksum in record at 0/30073E0'

describe('the end of a restore to the end of the archive', () => {
  it('is accepted where it was promised, or behind', () => {
    expect(refusal(0x400_0000n, ['redo done at 0/3FFFFC0'])).toBe('accepted')
    expect(refusal(0x480_0000n, [])).toBe('accepted')
  })

  it('names the segment, the offset, what PostgreSQL said, and the nearest position that works', () =>
    expect(refusal(0x300_73e0n, [crc, 'redo done at 0/30073A8', 'last completed transaction was at log time T'])).toBe(
      `RESTORE_FAILED: the recovery ended at 0/30073E0, and the primary had written up to 0/4000000: 000000010000000000000003 cannot be replayed from offset 29664 on, 0/30073E0: ${crc} | --to-lsn 0/30073A8 --timeline 1 ends just before it, where the last commit is of T`,
    ))

  it('is refused without a word of PostgreSQL too', () =>
    expect(refusal(0x300_0000n, ['redo done at 0/2FFFFF0'])).toContain('PostgreSQL says nothing of why'))

  it('is refused where damage lies behind what the primary had written, in a whole segment', () =>
    expect(refusal(0x400_1000n, ['invalid magic number 0000 in WAL segment x, LSN 0/4002000, offset 8192'])).toContain(
      '000000010000000000000004',
    ))

  it.each([
    ['behind the last whole segment', 'invalid record length at 0/5000100: expected at least 24, got 0'],
    ['of what was read from elsewhere', crc],
  ])('takes no harm from a complaint %s', (_what, line) => expect(refusal(0x480_0000n, [line])).toBe('accepted'))
})

describe('a recovery that failed', () => {
  it('is a fault of the WAL where PostgreSQL says so', () =>
    expect(walFault('the recovery', ['FATAL:  x', crc], bounds)?.message).toContain(
      'the recovery stopped: 0000000100000000',
    ))

  it('is none where the WAL only ends, or for another reason', () => {
    const end = 'invalid record length at 0/5000100: expected at least 24, got 0'
    expect(walFault('the recovery', [end], {...bounds, promised})).toBeNull()
    expect(
      walFault('the recovery', ['FATAL:  recovery ended before configured recovery target was reached'], bounds),
    ).toBeNull()
  })
})

describe('what a plan promises', () => {
  const chain = [backupOf({})]
  const listing: ArchiveListing = {
    systemIdentifier: '7',
    segmentBytes,
    backups: chain,
    histories: new Map(),
    files: [1, 2, 3].map(number => ({name: `00000001000000000000000${number}`, bytes: segmentBytes})),
  }
  const flushed = {systemIdentifier: '7', timeline: 1, lsn: 0x380_0000n, newestCommitEpochMs: null}

  it('is what the primary had written', () =>
    expect(promisedEnd(listing, {chain, timeline: 1}, flushed)).toMatchObject({
      lsn: 0x380_0000n,
      gapFreeTo: 0x400_0000n,
    }))

  it('is the last segment where there is none, or it is on another timeline', () => {
    expect(promisedEnd(listing, {chain, timeline: 1}, null)).toMatchObject({lsn: 0x300_0000n})
    expect(promisedEnd(listing, {chain, timeline: 1}, {...flushed, timeline: 2})).toMatchObject({lsn: 0x300_0000n})
  })

  it('is never before the backup is consistent', () =>
    expect(promisedEnd({...listing, files: listing.files.slice(0, 1)}, {chain, timeline: 1}, null)).toMatchObject({
      lsn: 0x100_0100n,
    }))
})
