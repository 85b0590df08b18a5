// Every warning has a run that raises it and one that does not: the table is complete by its type. Those of a recovery
// are told by a recovery.
import {describe, expect, it} from 'vitest'
import {
  crashEvents,
  crashRun,
  crashScenario,
  finalOf,
  history,
  observed,
  quietRun,
  quietScenario,
  recordOf,
  type Run,
} from '../../test/build-history.ts'
import {defaultLoad} from '../model/scenario.ts'
import {judge} from './judge.ts'
import {lossRun} from '../../test/build-drill.ts'
import type {WarningCode} from './warnings.ts'

const codes = ({record, events, ops}: Run): readonly string[] =>
  judge(record, events, ops, {}).warnings.map(warning => warning.code)
const quiet = quietRun()
const crash = crashRun()
const quietWith = (config: Parameters<typeof recordOf>[2]): Run => ({
  ...quiet,
  record: recordOf(quiet.record.final, quietScenario, config),
})
const host = (stealPct: number | null, pressurePct: number): Run => ({
  ...quiet,
  events: [observed(0), {kind: 'host.sampled', atMs: 1, cpuBusyPct: 50, stealPct, pressurePct, memoryAvailableMb: 900}],
})
const late = (count: number): Run => ({
  ...quiet,
  ops: quiet.ops.map((op, index) => (index < count ? {...op, dueMs: op.dueMs - 200} : op)),
})
const crashFrom = (fromMs: number): Run => ({...crash, ops: crash.ops.filter(op => op.invokedMs >= fromMs)})
/** Errors at 5,010 ms, after the effect was seen at 5,000. */
const seenInTime: Run = {
  ...crash,
  events: crashEvents.map(event => (event.kind === 'fault.verified' ? {...event, atMs: 5_000, sinceMs: 5_000} : event)),
}
const blip: Run = (() => {
  const {ops} = history()
    .appends({fromMs: 0, toMs: 5_000})
    .appends({fromMs: 5_000, toMs: 5_010, outcome: 'failed', code: '57P01'})
    .appends({fromMs: 5_010, toMs: 32_000})
  return {record: recordOf(finalOf(ops), crashScenario), events: crashEvents, ops}
})()
const noEvents: Run = {
  ...crash,
  events: crashEvents.filter(
    event => event.kind !== 'lease.changed' && event.kind !== 'node.writable' && event.kind !== 'role.changed',
  ),
}
const twoPrimaries = (untilMs: number): Run => ({
  ...quiet,
  events: [
    observed(0),
    {kind: 'role.changed', atMs: 1, node: 'pg1', from: 'unknown', to: 'primary', timeline: 1},
    {kind: 'role.changed', atMs: 5_000, node: 'pg2', from: 'standby', to: 'primary', timeline: 2},
    {kind: 'role.changed', atMs: untilMs, node: 'pg1', from: 'primary', to: 'standby', timeline: 2},
  ],
})
const hanging = (outcome: 'unknown' | 'failed'): Run => {
  const {ops} = history()
    .appends({fromMs: 0, toMs: 5_000})
    .appends({fromMs: 7_000, toMs: 10_000, node: 'pg2', timeline: 2})
    .pinned('pg1', {fromMs: 0, toMs: 5_000, timeline: 1})
    .pinned('pg1', {fromMs: 5_000, toMs: 7_000, outcome, timeline: null})
    .pinned('pg2', {fromMs: 6_000, toMs: 9_000, timeline: 2})
  return {
    record: recordOf(finalOf(ops)),
    ops,
    events: [observed(0), {kind: 'role.changed', atMs: 0, node: 'pg1', from: 'unknown', to: 'primary', timeline: 1}],
  }
}
const readsUntil = (toMs: number): Run => {
  const run = crashRun()
  const built = history()
  for (let atMs = 0; atMs < 32_000; atMs += 100) built.read('read-primary', atMs, atMs < toMs ? 0 : null)
  return {...run, ops: [...run.ops, ...built.ops.map(op => ({...op, id: op.id + 100_000}))]}
}
const askingTtl = (ttlS: number): Run =>
  quietRun(undefined, {}, {...quietScenario, clusters: [{name: 'main', settings: {ttlS}, archive: 'none'}]})

const {restore = null} = lossRun().record.recovery ?? {}
const restored = (changes: Partial<NonNullable<typeof restore>>): Run =>
  lossRun({restore: restore === null ? null : {...restore, ...changes}})

const cases: Readonly<Record<WarningCode, {readonly raises: Run; readonly not: Run}>> = {
  'host-starved': {raises: host(20, 0), not: host(null, 59)},
  'load-below-target': {raises: quietWith({load: {...defaultLoad, writesPerSecond: 200}}), not: quiet},
  'load-late': {raises: late(50), not: late(5)},
  'baseline-short': {raises: crashFrom(3_000), not: crash},
  'baseline-stalls': {
    raises: {...quiet, ops: quiet.ops.filter(op => op.invokedMs < 4_000 || op.invokedMs > 5_000)},
    not: quiet,
  },
  'fault-seen-late': {raises: crash, not: seenInTime},
  'few-writes-at-risk': {
    raises: {...crash, ops: crash.ops.filter(op => op.invokedMs < 3_900 || op.invokedMs > 4_950)},
    not: crash,
  },
  'one-trial': {raises: crash, not: quiet},
  'rto-near-resolution': {raises: blip, not: crash},
  'rto-unattributed': {raises: noEvents, not: crash},
  'acknowledged-locally': {
    raises: quietRun(built => built.appends({fromMs: 10_000, toMs: 10_050, outcome: 'ok-local'})),
    not: quiet,
  },
  'dual-primary-reported': {raises: twoPrimaries(7_000), not: twoPrimaries(5_900)},
  'dual-writable': {raises: hanging('unknown'), not: hanging('failed')},
  'reads-not-back': {raises: readsUntil(20_000), not: readsUntil(32_000)},
  'rto-prediction-off': {raises: restored({predictedMs: 5_999}), not: restored({predictedMs: 6_000})},
  'no-wal-replayed': {raises: restored({replayedBytes: 0}), not: lossRun()},
  'not-redundant': {raises: lossRun({redundantMs: null}), not: lossRun()},
  'fsync-off': {raises: quietWith({fsync: false}), not: quietWith({fsync: null})},
  'settings-differ': {raises: askingTtl(30), not: askingTtl(20)},
}

describe.each(Object.entries(cases))('%s', (code, {raises, not}) => {
  it('is raised', () => expect(codes(raises)).toContain(code))
  it('is not raised', () => expect(codes(not)).not.toContain(code))
})

it('warnings of the run itself are passed on', () => {
  const events: Run['events'] = [
    observed(0),
    {kind: 'warning', atMs: 1, code: 'PUBLISHED_PORTS', detail: 'd', next: 'n'},
  ]
  expect(judge(quiet.record, events, quiet.ops, {}).warnings).toEqual([
    {code: 'PUBLISHED_PORTS', detail: 'd', next: 'n'},
  ])
})
it('a clean run has none', () => expect(codes(quiet)).toEqual([]))
it('a warning does not change the verdict', () =>
  expect(judge(host(90, 90).record, host(90, 90).events, quiet.ops, {}).verdict).toBe('pass'))

it('settings that are shown and are not what Patroni said are told', () => {
  const told = (patroni: Readonly<Record<string, unknown>>): string | undefined => {
    const {record, events, ops} = quietWith({patroni})
    return judge(record, events, ops, {}).warnings.find(({code}) => code === 'settings-differ')?.detail
  }
  expect(told({ttl: 20, loop_wait: 5, synchronous_mode: true, failsafe_mode: false})).toBeUndefined()
  expect(told({ttl: 600})).toBe('ttlS: 20 is shown, Patroni said 600')
  expect(told({synchronous_mode: false})).toBe('synchronousMode: on is shown, Patroni said false')
})
