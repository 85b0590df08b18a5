// Segments of 1 MiB. Timeline 3 left 2 inside segment 5, which left 1 inside segment 3; the backup is of timeline 1.
import {describe, expect, it} from 'vitest'
import {backupOf} from '../../../test/fakes/fake-backup.ts'
import type {ArchiveListing, RestoreTarget} from '../../model/backup.ts'
import {segmentName} from '../wal/segment.ts'
import {withPending} from '../wal/archive-contents.ts'
import {planRestore} from './plan-restore.ts'

const segmentBytes = 0x10_0000
const at = (segments: number): bigint => BigInt(segments * segmentBytes)
const listing = (...segments: readonly (readonly [number, number])[]): ArchiveListing => ({
  systemIdentifier: '7',
  segmentBytes,
  files: segments.map(([timeline, number]) => ({
    name: segmentName({timeline, number: BigInt(number)}, segmentBytes),
    bytes: segmentBytes,
  })),
  histories: new Map([
    [2, '1\t0/380000\tx'],
    [3, '1\t0/380000\tx\n2\t0/580000\tx'],
  ]),
  backups: [backupOf({id: 'a', kind: 'full', timeline: 1, startLsn: '0/100028', stopLsn: '0/100100'})],
})
const whole = listing([1, 1], [1, 2], [1, 3], [2, 3], [2, 4], [2, 5], [3, 5], [3, 6])
const time: RestoreTarget = {kind: 'time', epochMs: Date.UTC(2099, 0), inclusive: true}

describe('recovery runs along the timeline whose WAL holds the target', () => {
  it.each<readonly [string, ArchiveListing, number, string]>([
    ['the newest', whole, 5.75, '3'],
    ['the one before, in its last segment', whole, 5.25, '2'],
    ['the first', whole, 2.5, '1'],
    // Its last segment came into the archive as the beginning of its child's only.
    [
      'not the one before, whose own file is not there',
      listing([1, 1], [1, 2], [1, 3], [2, 3], [2, 4], [3, 5]),
      5.25,
      '3',
    ],
  ])('%s', (_, archive, segments, expected) => {
    const plan = planRestore(archive, time, {recordLsn: at(segments)})
    expect(plan.targetSettings['recovery_target_timeline']).toBe(expected)
    expect(plan.timeline).toBe(3)
  })

  it('the planned one where nobody has looked', () =>
    expect(planRestore(whole, time).targetSettings['recovery_target_timeline']).toBe('3'))
})

describe('withPending', () => {
  const added = (archive: ArchiveListing, timeline: number, segments: number) =>
    withPending(archive, timeline, at(segments))
      .files.slice(archive.files.length)
      .map(({name}) => name)
  it.each<readonly [string, ArchiveListing, number, number, readonly (readonly [number, number])[]]>([
    [
      'what the server has gone on with',
      whole,
      3,
      8.5,
      [
        [3, 7],
        [3, 8],
      ],
    ],
    ['nothing where all of it is there', whole, 3, 6.5, []],
    [
      'from where the timeline begins',
      listing([1, 1], [1, 2], [1, 3], [2, 3], [2, 4], [2, 5]),
      3,
      6.5,
      [
        [3, 5],
        [3, 6],
      ],
    ],
    ['nothing behind an archive that is empty', listing(), 1, 6.5, []],
  ])('adds %s', (_, archive, timeline, segments, expected) =>
    expect(added(archive, timeline, segments)).toEqual(
      expected.map(([own, number]) => segmentName({timeline: own, number: BigInt(number)}, segmentBytes)),
    ),
  )
})
