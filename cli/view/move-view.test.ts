import {describe, expect, it} from 'vitest'
import {plainTheme} from '../../src/report/theme.ts'
import type {MoveProgress} from '../../src/shards/index.ts'
import type {ViewKind} from './choose-view.ts'
import {barLine, moveLine, moveView} from './move-view.ts'

const copied = (chunksDone: number): Extract<MoveProgress, {kind: 'copy'}> => ({
  kind: 'copy',
  rows: chunksDone * 1_000,
  bytes: chunksDone * 1_048_576,
  chunksDone,
  chunks: 8,
  elapsedMs: chunksDone * 500,
  leftMs: (8 - chunksDone) * 500,
})

describe('a line', () => {
  it.each<readonly [MoveProgress, string | null]>([
    [{kind: 'effect', phase: 'published', effect: 'copy'}, 'copy rows from one snapshot'],
    [{kind: 'effect', phase: 'copied', effect: 'drop-slot'}, null],
    [copied(4), '50% copied: 4,000 rows, 4 MB, 2 MB/s, 2.00 s left'],
    [{kind: 'throttle', why: 'a standby is 65 MB behind'}, 'waits: a standby is 65 MB behind'],
    [{kind: 'verify', table: 'public.orders', rows: 1}, 'public.orders: 1 row the same on both sides'],
    [{kind: 'cutover', pausedMs: 18, outcome: 'switched'}, 'switched: writes waited 18 ms'],
    [
      {kind: 'cutover', pausedMs: 500, outcome: 'taken-back'},
      'too slow: the fence was taken back after 500 ms, and is tried again',
    ],
    [
      {kind: 'slots-on-standbys', survivesFailover: null, why: 'no standbys of s1 are named'},
      'not known whether the slot would survive a failover: no standbys of s1 are named',
    ],
  ])('of %j', (progress, line) => expect(moveLine(progress)).toBe(line))
  it('with a bar is as wide at the beginning as at the end', () => {
    expect(barLine(copied(0), 8)).toMatch(/^ {9}0% copied: 0 rows, 0 B, /)
    expect(barLine(copied(8), 8)).toMatch(/^████████ 100% copied/)
  })
})

const shown = (kind: ViewKind, told: readonly (readonly [number, MoveProgress])[]): string => {
  let [text, now] = ['', 0]
  const view = moveView(kind, {write: more => (text += more), theme: plainTheme, nowMs: () => now})
  for (const [atMs, progress] of told) {
    now = atMs
    view.onProgress(progress, {groups: [3], from: 's1', to: 's2'})
  }
  view.close()
  return text
}
const story: readonly (readonly [number, MoveProgress])[] = [
  [0, copied(1)],
  [50, copied(2)],
  [150, copied(3)],
  [160, copied(8)],
  [170, {kind: 'verify', table: 'orders', rows: 9}],
]

describe('a move', () => {
  it('is a bar on a terminal, drawn over itself, with what is told below it', () => {
    const text = shown('live', story)
    expect(
      text
        .split('\r')
        .slice(1)
        .map(part => /(\d+)%/.exec(part)?.[1]),
    ).toEqual(['13', '38', '100'])
    expect(
      text
        .split('\n')
        .map(line => line.trim())
        .at(-2),
    ).toBe('s1 -> s2  orders: 9 rows the same on both sides')
    expect(shown('live', story.slice(0, 3))).toMatch(/left\n$/)
  })
  it('is lines in a log, few of what comes often', () => {
    const lines = shown('line', story).trim().split('\n')
    expect(lines.map(line => /(\d+)%|same/.exec(line)?.[0])).toEqual(['13%', '100%', 'same'])
    expect(shown('line', story)).not.toContain('\r')
  })
  it('is nothing for who wants silence', () => expect(shown('silent', story)).toBe(''))
})
