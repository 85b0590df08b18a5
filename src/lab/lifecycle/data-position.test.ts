import {describe, expect, it} from 'vitest'
import {parsePosition, writtenSince, type DataPosition} from './data-position.ts'

const control = (state: string, checkpoint: string, timeline: number, recovered = '0/0'): string => `
Database system identifier:           7434343434343434343
Database cluster state:               ${state}
Latest checkpoint location:           ${checkpoint}
Latest checkpoint's REDO location:    0/1
Latest checkpoint's TimeLineID:       ${timeline}
Latest checkpoint's PrevTimeLineID:   ${timeline}
Minimum recovery ending location:     ${recovered}
Min recovery ending loc's timeline:   0
`

describe('where a data directory ends', () => {
  it.each<readonly [string, string, DataPosition | null]>([
    ['one that was shut down', control('shut down', '0/5000028', 3), {timeline: 3, lsn: 0x5000028n, isClean: true}],
    [
      'a standby, by what it has replayed',
      control('shut down in recovery', '0/4000028', 3, '0/6000000'),
      {timeline: 3, lsn: 0x6000000n, isClean: true},
    ],
    [
      'one that was promoted and killed before its first checkpoint, by its WAL',
      `${control('in production', '0/5000028', 3)}00000004.history\n000000040000000000000005\narchive_status\n`,
      {timeline: 4, lsn: 0x5000028n, isClean: false},
    ],
    ['nothing that tells', '', null],
  ])('%s', (_what, text, position) => expect(parsePosition(text)).toEqual(position))
})

describe('what was written since the data was moved aside', () => {
  const copy: DataPosition = {timeline: 3, lsn: 0x5000028n, isClean: true}
  const pg1 = {...copy, name: 'pg1'}
  it.each([
    ['a standby that was behind', {...pg1, lsn: 0x4000000n}, copy, []],
    ['one that has the same', pg1, copy, []],
    ['one that was promoted', {...pg1, timeline: 4, lsn: 0x1n}, copy, ['pg1 is on timeline 4, the safety copy on 3']],
    [
      'one that went on',
      {...pg1, lsn: 0x6000000n},
      copy,
      ['pg1 has WAL up to 0/6000000, the safety copy up to 0/5000028'],
    ],
    ['one ahead of a copy that crashed, which may have more', {...pg1, lsn: 0x6000000n}, {...copy, isClean: false}, []],
  ])('by %s', (_what, other, of, reasons) => expect(writtenSince(of, [other])).toEqual(reasons))
})
