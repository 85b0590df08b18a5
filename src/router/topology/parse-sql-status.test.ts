// Answers as PostgreSQL 15 to 17 gives them, and anything at all.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import type {NodeStatus} from './parse-patroni.ts'
import {keepTimeline, parseSqlStatus} from './parse-sql-status.ts'

const started = '1795519288846170'

describe("a server's word by SQL", () => {
  const primary = {node: 'a:5432', role: 'primary', running: true, received: null, replayPaused: false, server: started}
  const standby = {node: 'a:5432', role: 'standby', running: true, replayPaused: false, server: started}
  it.each<readonly [string, readonly unknown[] | undefined, unknown]>([
    [
      'a primary',
      ['f', '000000020000000000000005', null, '83886344', null, null, started],
      {...primary, timeline: 2, position: 83_886_344},
    ],
    [
      'a primary on timeline 1,000',
      ['f', '000003E80000000100000005', null, '83886344', null, null, started],
      {...primary, timeline: 1_000, position: 83_886_344},
    ],
    [
      'a standby',
      ['t', null, '2', '103241304', '103241480', 'f', started],
      {...standby, timeline: 2, position: 103_241_304, received: 103_241_480},
    ],
    [
      'a standby that is paused',
      ['t', null, '2', '103241304', '103241480', 't', started],
      {...standby, timeline: 2, position: 103_241_304, received: 103_241_480, replayPaused: true},
    ],
    [
      'a standby that has never streamed',
      ['t', null, '1', '50331648', null, 'f', started],
      {...standby, timeline: 1, position: 50_331_648, received: null},
    ],
    [
      'a standby that replayed more from the archive',
      ['t', null, '1', '50331648', '33554432', 'f', started],
      {...standby, timeline: 1, position: 50_331_648, received: 50_331_648},
    ],
    [
      'a standby that tells no timeline',
      ['t', null, null, '50331648', null, null, started],
      {...standby, timeline: null, position: 50_331_648, received: null},
    ],
    [
      "a standby's timeline is not read of a primary",
      ['f', null, '7', '83886344', '9', 't', started],
      {...primary, timeline: null, position: 83_886_344},
    ],
    [
      'a WAL file of no timeline',
      ['f', '000000000000000000000005', null, null, null, null, null],
      {...primary, timeline: null, position: null, server: null},
    ],
    [
      'a name that is no WAL file',
      ['f', '00000002', null, '0', null, null, started],
      {...primary, timeline: null, position: null},
    ],
    [
      'a position that a number cannot hold',
      ['f', '000000020000000000000005', null, '9007199254740992', null, null, started],
      {...primary, timeline: 2, position: null},
    ],
    ['values that were read already', [true, null, 2, 103_241_304, 103_241_480, false, started], null],
    ['no role', [null, null, null, null, null, null, started], null],
    ['other columns', ['f', '000000020000000000000005'], null],
    ['no row', undefined, null],
  ])('%s', (_what, row, expected) => expect(parseSqlStatus('a:5432', row)).toEqual(expected))

  it('no answer makes the parser throw, and what is told as a number is one', () => {
    const cell = fc.oneof(
      fc.constantFrom('t', 'f', null, '000000020000000000000005'),
      fc.bigInt({min: -(2n ** 64n), max: 2n ** 64n}).map(String),
      fc.anything(),
    )
    fc.assert(
      fc.property(fc.array(cell, {minLength: 6, maxLength: 8}), row => {
        const status = parseSqlStatus('a:5432', row)
        for (const told of [status?.position, status?.received, status?.timeline])
          expect(told === null || told === undefined || (Number.isSafeInteger(told) && told > 0)).toBe(true)
      }),
      {numRuns: 1_000},
    )
  })
})

describe('keepTimeline', () => {
  const told = (role: NodeStatus['role'], timeline: number | null, server: string | null = started): NodeStatus => ({
    node: 'a:5432',
    role,
    running: true,
    timeline,
    position: 9,
    received: 9,
    replayPaused: false,
    server,
  })
  it.each<readonly [string, NodeStatus | null, NodeStatus, number | null]>([
    ['the first word', null, told('standby', 1), 1],
    ['a newer timeline', told('standby', 1), told('standby', 2), 2],
    ['the WAL receiver is gone', told('standby', 2), told('standby', 1), 2],
    ['nothing tells it any more', told('standby', 2), told('standby', null), 2],
    ['after a restart it may be rewound', told('standby', 2), told('standby', 1, 'another run'), 1],
    ['the run is not known', told('standby', 2, null), told('standby', 1, null), 1],
    ['a promotion that tells no timeline yet', told('standby', 2), told('primary', null), null],
    ['a primary that became a standby is another run, whatever it says', told('primary', 2), told('standby', 1), 1],
  ])('%s', (_what, before, now, timeline) => expect(keepTimeline(before, now)).toEqual({...now, timeline}))
})
