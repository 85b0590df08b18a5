import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {backupOf} from '../../../test/fakes/fake-backup.ts'
import type {ArchiveListing, BackupRecord} from '../../model/backup.ts'
import {formatLsn} from '../../model/lsn.ts'
import {planRestore} from '../restore/plan-restore.ts'
import {segmentName} from '../wal/segment.ts'
import {drawMoment} from './draw-moment.ts'

const segmentBytes = 16_777_216
const backup = (segment: number, content: boolean): BackupRecord =>
  backupOf({
    id: `b${segment}`,
    startLsn: formatLsn(BigInt(segment * segmentBytes + 40)),
    stopLsn: formatLsn(BigInt(segment * segmentBytes + 256)),
    startedAt: '2026-11-24T00:00:00Z',
    stoppedAt: '2026-11-24T00:00:10Z',
    ...(content
      ? {
          content: {
            lsn: formatLsn(BigInt(segment * segmentBytes + 300)),
            timeline: 1,
            at: '2026-11-24T00:00:10Z',
            node: 'pg2',
            tables: [],
            sequences: [],
            roles: [],
            extensions: [],
          },
        }
      : {}),
  })
const listingOf = (last: number, holes: readonly number[], backups: readonly BackupRecord[]): ArchiveListing => ({
  systemIdentifier: '7',
  segmentBytes,
  histories: new Map(),
  backups,
  files: Array.from({length: last}, (_, index) => index + 1)
    .filter(number => !holes.includes(number))
    .map(number => ({name: segmentName({timeline: 1, number: BigInt(number)}, segmentBytes), bytes: segmentBytes})),
})
const randomOf = (...values: readonly number[]) => {
  let at = 0
  return {next: () => values[at++ % values.length] ?? 0}
}

describe('a draw', () => {
  const listing = listingOf(3, [], [backup(1, true)])
  const end = {timeline: 1, endLsn: BigInt(4 * segmentBytes)}
  it('goes to the recorded content one time in two', () => {
    expect(drawMoment(listing, end, randomOf(0, 0.4, 0.5))).toMatchObject({record: {id: 'b1'}, moment: null})
    expect(drawMoment(listing, end, randomOf(0, 0.6, 0))).toMatchObject({
      record: {id: 'b1'},
      moment: BigInt(segmentBytes + 256),
    })
  })
  it('is nothing without a backup on the way', () => {
    expect(drawMoment(listingOf(3, [], []), end, randomOf(0))).toBeNull()
    expect(drawMoment(listing, {...end, timeline: 9}, randomOf(0))).toBeNull()
    expect(
      drawMoment(
        listingOf(3, [], [{...backup(1, false), verified: {at: '2026-11-24T00:00:10Z', ok: false, detail: ''}}]),
        end,
        randomOf(0),
      ),
    ).toBeNull()
  })
  it('is always something that a plan reaches', () => {
    const segments = fc.uniqueArray(fc.integer({min: 1, max: 12}), {minLength: 1, maxLength: 4})
    fc.assert(
      fc.property(
        segments,
        segments,
        fc.array(fc.double({min: 0, max: 0.999_999, noNaN: true}), {minLength: 3, maxLength: 3}),
        fc.boolean(),
        (at, holes, values, content) => {
          const archive = listingOf(
            12,
            holes,
            at.map(number => backup(number, content)),
          )
          const drawn = drawMoment(archive, {timeline: 1, endLsn: BigInt(13 * segmentBytes)}, randomOf(...values))
          if (drawn === null) return
          const lsn = drawn.moment ?? BigInt(Number(drawn.record.id.slice(1)) * segmentBytes + 300)
          expect(
            planRestore(archive, {kind: 'lsn', lsn, inclusive: false}, {backup: drawn.record.id}).chain.at(-1)?.id,
          ).toBe(drawn.record.id)
        },
      ),
    )
  })
})
