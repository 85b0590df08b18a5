import {describe, expect, test} from 'vitest'
import type {Op, Outcome} from '../model/history.ts'
import {createTally, p99} from './tally.ts'

const base = {id: 1, dueMs: 0, invokedMs: 0, node: null, timeline: null, error: null}
const write = (completedMs: number, outcome: Outcome, dueMs = completedMs - 5): Op => ({
  ...base,
  kind: 'append',
  session: 0,
  version: 1,
  dueMs,
  completedMs,
  outcome,
})
const read = (completedMs: number, outcome: Outcome): Op => ({
  ...base,
  kind: 'read-standby',
  reader: 0,
  of: 0,
  seen: null,
  dueMs: completedMs - 2,
  completedMs,
  outcome,
})
const pinned = (completedMs: number, outcome: Outcome): Op => ({
  ...base,
  kind: 'pinned-write',
  pinnedTo: 'pg1',
  lsn: null,
  completedMs,
  outcome,
})

describe('windows', () => {
  test('count each second apart, also an empty one', () => {
    const tally = createTally(100)
    for (const op of [
      write(150, 'ok'),
      write(160, 'ok-local'),
      write(170, 'failed'),
      write(180, 'unknown'),
      read(190, 'ok'),
      read(191, 'failed'),
      pinned(192, 'ok'),
    ])
      tally.add(op)
    expect(tally.takeWindows(1_099)).toEqual([])
    expect(tally.takeWindows(2_100)).toEqual([
      {kind: 'load.window', atMs: 2_100, fromMs: 100, ok: 2, failed: 1, unknown: 1, readsOk: 1, p99Ms: 5},
      {kind: 'load.window', atMs: 2_100, fromMs: 1_100, ok: 0, failed: 0, unknown: 0, readsOk: 0, p99Ms: null},
    ])
    expect(tally.takeWindows(2_200)).toEqual([])
  })
  test('measure latency from when an operation was due, not from when it was sent', () => {
    const tally = createTally(0)
    tally.add({...write(500, 'ok', 100), invokedMs: 490})
    expect(tally.takeWindows(1_000)[0]).toMatchObject({p99Ms: 400})
  })
})

describe('writableSinceMs', () => {
  test.each<[string, readonly Op[], number | null]>([
    ['nothing finished', [], null],
    ['the first ok of an unbroken run', [write(10, 'ok'), write(20, 'ok-local')], 10],
    ['a failure breaks it', [write(10, 'ok'), write(20, 'failed')], null],
    ['an unknown breaks it', [write(10, 'ok'), write(20, 'unknown')], null],
    ['it starts again after the break', [write(10, 'ok'), write(20, 'failed'), write(30, 'ok'), write(40, 'ok')], 30],
    [
      'reads and pinned writes say nothing',
      [read(5, 'ok'), write(10, 'ok'), read(20, 'failed'), pinned(25, 'failed')],
      10,
    ],
  ])('%s', (_, ops, expected) => {
    const tally = createTally(0)
    for (const op of ops) tally.add(op)
    expect(tally.writableSinceMs()).toBe(expected)
  })
})

test.each([
  [[], null],
  [[3], 3],
  [Array.from({length: 100}, (_, i) => i + 1), 99],
  [Array.from({length: 200}, (_, i) => 200 - i), 198],
])('p99 %#', (values, expected) => {
  expect(p99(values)).toBe(expected)
})
