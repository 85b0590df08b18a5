// To which barriers an archive leads, and which is the latest.
import {describe, expect, it} from 'vitest'
import {fullBackup} from '../../test/fakes/fake-backup.ts'
import {segmentBytes} from '../../test/fakes/fake-archive.ts'
import type {ArchiveListing} from '../model/backup.ts'
import {formatLsn, type Lsn} from '../model/lsn.ts'
import type {Barrier} from '../shards/index.ts'
import {parseBarriers} from './barrier-file.ts'
import {reachOfBarrier, timelineTo, type LabArchives} from './barrier-reach.ts'
import {chooseBarrier, requestOf} from './plan-to-barrier.ts'

const segment = BigInt(segmentBytes)
const at = (segments: number, offset = 0n): Lsn => BigInt(Math.round(segments * segmentBytes)) + offset

/** A backup in the second segment, and that many whole ones from the first on. */
const listing = (system: string, segments: number): ArchiveListing => ({
  systemIdentifier: system,
  segmentBytes,
  files: Array.from({length: segments}, (_, index) => ({
    name: `0000000100000000000000${(index + 1).toString(16).toUpperCase().padStart(2, '0')}`,
    bytes: segmentBytes,
  })),
  histories: new Map(),
  backups: [
    {...fullBackup('a', 1), systemIdentifier: system, startLsn: formatLsn(at(1, 40n)), stopLsn: formatLsn(at(1, 400n))},
  ],
})

const barrier = (name: string, lsns: readonly Lsn[]): Barrier => ({
  name,
  takenAt: `2026-01-01T00:00:0${name.length}.000Z`,
  heldMs: 3,
  mapId: 'm',
  positions: lsns.map((lsn, index) => ({
    shard: `s${index + 1}`,
    system: String(index + 7),
    timeline: 1,
    lsn: formatLsn(lsn),
    point: name,
    groups: {},
    moves: [],
  })),
})

const positionOf = (system: string, lsn: Lsn) => ({systemIdentifier: system, timeline: 1, lsn})
const archives = (one: number, other: number, positions: LabArchives['positions'] = new Map()): LabArchives => ({
  listings: [listing('7', one), listing('8', other)],
  positions,
})

describe('a barrier', () => {
  it.each<readonly [string, LabArchives, readonly Lsn[], string, string]>([
    ['that lies in the archive of both', archives(5, 5), [at(3), at(4)], 'archived', ''],
    ['of which one shard has not archived enough', archives(5, 3), [at(3), at(4, 8n)], 'no', 's2: no backup leads to'],
    [
      'that a living primary is about to archive',
      archives(5, 3, new Map([['s2', positionOf('8', at(4, 99n))]])),
      [at(3), at(4, 8n)],
      'pending',
      '',
    ],
    [
      'that a primary which was set back has not written',
      archives(5, 3, new Map([['s2', positionOf('8', at(4, 1n))]])),
      [at(3), at(4, 8n)],
      'no',
      's2: no backup leads to',
    ],
    ['before the backup of one shard', archives(5, 5), [at(3), at(1, 399n)], 'no', 's2: no backup leads to'],
    [
      'of a cluster that the archive does not know',
      {...archives(5, 5), listings: [listing('7', 5)]},
      [at(3), at(3)],
      'no',
      's2: the archive has nothing of its cluster',
    ],
  ])('%s', (_what, seen, lsns, kind, why) => {
    expect(reachOfBarrier(barrier('b', lsns), seen)).toEqual({
      kind,
      why: why === '' ? '' : (expect.stringContaining(why) as string),
    })
  })

  it('is chosen by name, or the newest that all shards have a way to', () => {
    const [newest, older] = [barrier('newest', [at(3), at(9)]), barrier('older', [at(2), at(2)])]
    const seen = archives(5, 5)
    const choose = (wanted: string, known: readonly Barrier[] = [newest, older]): string =>
      chooseBarrier(known, seen, {wanted, lab: 'lab'}).name
    expect([choose('latest'), choose('older')]).toEqual(['older', 'older'])
    for (const [wanted, known, words] of [
      ['newest', [newest], 'no restore comes to barrier newest: s2:'],
      ['latest', [newest], 'has no barrier to which every shard can be restored; the newest, newest: s2:'],
      ['latest', [], 'it has none'],
      ['nowhere', [older], 'has no barrier nowhere'],
    ] as const)
      expect(() => choose(wanted, known)).toThrow(words)
  })

  it('ends each shard just before the position behind its restore point', () => {
    const [position] = barrier('b', [at(3)]).positions
    if (position === undefined) throw new Error('unreachable')
    expect(requestOf(position, archives(5, 5))).toEqual({
      target: {kind: 'lsn', lsn: 3n * segment, inclusive: false},
      damage: null,
      timeline: 1,
      system: '7',
    })
    // A timeline that began behind it leads there, one that began before it does not.
    const history = (lsn: Lsn) => new Map([[2, `1\t${formatLsn(lsn)}\tno recovery target specified\n`]])
    expect(timelineTo({...listing('7', 5), histories: history(at(4))}, position)).toBe(2)
    expect(timelineTo({...listing('7', 5), histories: history(at(2))}, position)).toBe(1)
  })
})

describe('lines of barriers', () => {
  it('are read newest first, and those that were torn are left out', () => {
    const [one, other] = [barrier('one', [at(1)]), barrier('other', [at(2)])]
    const text = `${JSON.stringify(one)}\n${JSON.stringify(other)}\n{"name":"torn","pos\n{"name":"x"}\nnull\n`
    expect(parseBarriers(text)).toEqual([other, one])
  })
})
