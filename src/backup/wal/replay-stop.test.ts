// Lines as PostgreSQL 17 and wal-get write them.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {describeStop, reachableBefore, replayStop} from './replay-stop.ts'
import type {Lineage} from './timeline-history.ts'

const segmentBytes = 16_777_216
const lineage: Lineage = [
  {timeline: 1, fromLsn: 0n, toLsn: 0x700_0100n},
  {timeline: 2, fromLsn: 0x700_0100n, toLsn: null},
]
const six = '000000010000000000000006'
const seven = '000000020000000000000007'

describe('a replay that stopped', () => {
  it.each([
    ['incorrect resource manager data checksum in record at 0/60073E0', six, 0x600_73e0n],
    ['invalid record length at 0/6007458: expected at least 24, got 0', six, 0x600_7458n],
    ['record with incorrect prev-link 0/5FFFFF0 at 0/60073E0', six, 0x600_73e0n],
    ['record length 2147483647 at 0/60073E0 too long', six, 0x600_73e0n],
    ['invalid magic number 0000 in WAL segment 000000010000000000000006, LSN 0/6000000, offset 0', six, 0x600_0000n],
    [
      'unexpected pageaddr 0/5000000 in WAL segment 000000010000000000000006, LSN 0/6000000, offset 0',
      six,
      0x600_0000n,
    ],
    ['there is no contrecord flag at 0/7002000', seven, 0x700_2000n],
    ['invalid resource manager ID 99 at 0/7000200', seven, 0x700_0200n],
  ])('for %s', (words, file, lsn) => {
    const line = `2026-11-29 02:07:47.123 UTC [71] LOG:  ${words}`
    expect(replayStop(['noise', line, 'FATAL:  x'], lineage, segmentBytes)).toEqual({
      file,
      lsn,
      words,
      lastRecord: null,
      lastCommit: null,
    })
  })

  it('for a file that wal-get refused', () => {
    const said = `${seven}.partial is not what came into the archive`
    expect(replayStop([`wal-get: ${said}`], lineage, segmentBytes)).toMatchObject({file: seven, lsn: null, words: said})
  })

  it('is told with the record and the commit before it', () => {
    const stop = replayStop(
      [
        'invalid record length at 0/6007458: expected at least 24, got 0',
        'redo done at 0/6007420 system usage: CPU: user: 0.00 s',
        'last completed transaction was at log time 2026-11-29 02:07:46.9+00',
      ],
      lineage,
      segmentBytes,
    )
    expect(stop).toMatchObject({lastRecord: 0x600_7420n, lastCommit: '2026-11-29 02:07:46.9+00'})
    expect(stop === null ? '' : describeStop(stop, segmentBytes)).toBe(
      `${six} cannot be replayed from offset 29784 on, 0/6007458: invalid record length at 0/6007458: expected at least 24, got 0`,
    )
  })

  it.each([
    ['the record before it', 0x600_7420n, 0n, 0x600_7420n],
    ['the segment before it', null, 0n, 0x500_0000n],
    ['nothing that the data is consistent at', 0x600_7420n, 0x600_7421n, null],
  ])('leaves to be restored %s', (_what, lastRecord, from, expected) => {
    const stop = {file: six, lsn: 0x600_7458n, words: '', lastRecord, lastCommit: null}
    expect(reachableBefore(stop, from, segmentBytes)).toBe(expected)
  })

  it.each([
    'consistent recovery state reached at 0/6000100',
    'redo starts at 0/6000028',
    'recovery stopping before WAL location (LSN) "0/6"',
    '',
  ])('is none in %j', line => expect(replayStop([line], lineage, segmentBytes)).toBeNull())

  it('is never an exception, whatever the log says', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), lines => {
        replayStop(lines, lineage, segmentBytes)
      }),
    )
  })
})
