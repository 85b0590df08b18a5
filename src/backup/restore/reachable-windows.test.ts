import {describe, expect, it} from 'vitest'
import {backupOf} from '../../../test/fakes/fake-backup.ts'
import type {ArchiveListing} from '../../model/backup.ts'
import {segmentName} from '../wal/segment.ts'
import {whyNotRestorable} from './reachable-windows.ts'

const segmentBytes = 0x10_0000
const listing = (
  segments: readonly (readonly [number, number])[],
  histories: ReadonlyMap<number, string>,
): ArchiveListing => ({
  systemIdentifier: '7',
  segmentBytes,
  files: segments.map(([timeline, number]) => ({
    name: segmentName({timeline, number: BigInt(number)}, segmentBytes),
    bytes: segmentBytes,
  })),
  histories,
  backups: [backupOf({id: 'a', kind: 'full', timeline: 1, startLsn: '0/100028', stopLsn: '0/100100'})],
})
/** What an old primary was writing when it was left, with all WAL up to the switch. */
const partialOf = (timeline: number, number: number) => ({
  name: `${segmentName({timeline, number: BigInt(number)}, segmentBytes)}.partial`,
  bytes: segmentBytes,
})
const left = new Map([[2, '1\t0/280000\tx']])

describe('whyNotRestorable', () => {
  it.each<readonly [string, ArchiveListing, number, string | null]>([
    ['on the timeline of its backup', listing([[1, 1]], left), 1, null],
    [
      'on one that goes on from there',
      listing(
        [
          [1, 1],
          [2, 2],
        ],
        left,
      ),
      2,
      null,
    ],
    [
      'where nothing of it is archived',
      listing([[1, 1]], left),
      2,
      'the archive leads to 0/200000 only, and timeline 2 begins at 0/280000',
    ],
    [
      'where it has only begun',
      {...listing([[1, 1]], left), files: [...listing([[1, 1]], left).files, partialOf(1, 2)]},
      2,
      null,
    ],
    [
      'where its first segment is missing',
      {
        ...listing([[1, 1]], left),
        files: [
          ...listing(
            [
              [1, 1],
              [2, 3],
            ],
            left,
          ).files,
          partialOf(1, 2),
        ],
      },
      2,
      'the archive leads to 0/280000 only, and timeline 2 begins at 0/280000',
    ],
    [
      'without its history',
      listing(
        [
          [1, 1],
          [2, 2],
        ],
        new Map(),
      ),
      2,
      '00000002.history is not in the archive, or cannot be read',
    ],
    ['without a backup', {...listing([[1, 1]], left), backups: []}, 1, 'no sound backup leads to timeline 1'],
    ['behind the fork', listing([[2, 2]], new Map([[2, '1\t0/100080\tx']])), 2, 'no sound backup leads to timeline 2'],
  ])('%s', (_, archive, timeline, expected) => expect(whyNotRestorable(archive, timeline)).toBe(expected))
})
