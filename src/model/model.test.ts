import fc from 'fast-check'
import {expect, test} from 'vitest'
import {formatLsn, parseLsn} from './lsn.ts'
import {formatMs, parseDurationMs, timeOfDay} from './time.ts'
import {defaultSettings, healthProblems} from './topology.ts'
import type {ClusterState, MemberState} from './topology.ts'
import {worst} from './verdict.ts'

test('an LSN survives printing and parsing', () => {
  fc.assert(fc.property(fc.bigInt({min: 0n, max: 0xffff_ffff_ffff_ffffn}), lsn => parseLsn(formatLsn(lsn)) === lsn))
})

test.each(['', '0', '0/', '/0', 'G/0', '0/123456789', ' 0/0'])('%j is no LSN', text => {
  expect(parseLsn(text)).toBeNull()
})

test.each([
  [0, '0 ms'],
  [999.4, '999 ms'],
  [11_840, '11.84 s'],
  [59_994, '59.99 s'],
  [59_999, '1m 0s'],
  [72_000, '1m 12s'],
  [Number.POSITIVE_INFINITY, 'never'],
])('%d ms prints as %s', (ms, text) => {
  expect(formatMs(ms)).toBe(text)
})

test.each([
  ['20', 20_000],
  ['20s', 20_000],
  ['500ms', 500],
  ['1.5m', 90_000],
  ['s', null],
  ['-1s', null],
  ['1 day', null],
])('duration %j is %j ms', (text, ms) => {
  expect(parseDurationMs(text)).toBe(ms)
})

test('the worst verdict wins: fail over unknown over pass', () => {
  expect(worst([])).toBe('pass')
  expect(worst(['pass', 'unknown'])).toBe('unknown')
  expect(worst(['fail', 'unknown', 'pass'])).toBe('fail')
})

const member = (name: string, change: Partial<MemberState> = {}): MemberState => ({
  name,
  container: 'running',
  role: 'standby',
  state: 'streaming',
  timeline: 4,
  lagBytes: 0,
  replayLagBytes: 0,
  ...change,
})
const healthy: ClusterState = {
  lab: 'lab',
  members: [
    member('pg1', {role: 'primary', state: 'running', lagBytes: null}),
    member('pg2', {role: 'sync standby'}),
    member('pg3'),
  ],
  dcs: [{name: 'etcd1', container: 'running', healthy: true, leader: true}],
  lease: {owner: 'pg1', expiresInMs: 18_000},
  primary: 'pg1',
  syncStandbys: ['pg2'],
  timeline: 4,
  paused: false,
}

test('a healthy cluster has no problems', () => {
  expect(healthProblems(healthy, defaultSettings)).toEqual([])
})

test.each<[string, Partial<ClusterState>, RegExp]>([
  [
    'a stopped container',
    {members: [...healthy.members.slice(0, 2), member('pg3', {container: 'stopped'})]},
    /pg3: container stopped/,
  ],
  [
    'a standby that does not stream',
    {members: [...healthy.members.slice(0, 2), member('pg3', {state: 'running'})]},
    /not streaming/,
  ],
  [
    'a standby on an old timeline',
    {members: [...healthy.members.slice(0, 2), member('pg3', {timeline: 3})]},
    /on timeline 3/,
  ],
  ['two primaries', {members: [...healthy.members.slice(0, 2), member('pg3', {role: 'primary'})]}, /2 primaries/],
  ['a lease held by another', {lease: {owner: 'pg2', expiresInMs: 1}}, /lease is held by pg2/],
  ['no synchronous standby', {syncStandbys: []}, /no synchronous standby/],
  ['maintenance mode', {paused: true}, /maintenance/],
  [
    'a dead etcd member',
    {dcs: [{name: 'etcd1', container: 'stopped', healthy: false, leader: false}]},
    /etcd1: container stopped/,
  ],
])('%s is a problem', (_, change, expected) => {
  expect(healthProblems({...healthy, ...change}, defaultSettings).join('; ')).toMatch(expected)
})

test.each([
  ['2026-01-01T10:00:00.250Z', 1_000, 1, '10:00:01.2'],
  ['2026-01-01T10:00:00.250Z', -500, 0, '09:59:59'],
  ['2026-01-01T23:59:59Z', 61_000, 1, '00:01:00.0'],
  ['2026-01-01T00:00:00.000Z', -1_000, 0, '23:59:59'],
  ['', 1_000, 1, null],
  ['2026-01-01T10:00:00+02:00', 0, 0, null],
] as const)('the time of day %s and %i ms later', (startedAt, atMs, digits, time) => {
  expect(timeOfDay(startedAt, atMs, digits)).toBe(time)
})
