import {expect, it} from 'vitest'
import type {ArchiveListing} from '../model/backup.ts'
import {lagOf} from './archive-lag.ts'

const listing: ArchiveListing = {
  systemIdentifier: '7',
  segmentBytes: 0x100_0000,
  files: [{name: '000000010000000000000001', bytes: 0x100_0000}],
  histories: new Map(),
  backups: [],
}
const at = (lsn: bigint, receivedLsn: bigint | null) => ({lsn, receivedLsn, timeline: 1})

it.each([
  ['all behind the last whole segment where nothing is received', listing, at(0x200_0500n, null), 0x500],
  ['only what a receiver has not written yet', listing, at(0x200_0500n, 0x200_0400n), 0x100],
  ['nothing when the receiver is ahead of the answer', listing, at(0x200_0500n, 0x200_0600n), 0],
  ['all of it when segments are missing before the receiver', listing, at(0x500_0500n, 0x500_0500n), 0x300_0500],
  ['nothing that can be said of an empty archive', {...listing, files: []}, at(0x200_0500n, null), null],
])('the lag is %s', (_what, archive, position, expected) => expect(lagOf(archive, position)).toBe(expected))
