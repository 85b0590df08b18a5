// What is warned of in a recovery: its own warnings, and those of every run by its own rules.
import {describe, expect, it} from 'vitest'
import {lossRun, pointInTimeRun, refusalRun} from '../../test/build-drill.ts'
import type {Run} from '../../test/build-history.ts'
import {judge} from './judge.ts'
import type {WarningCode} from './warnings.ts'

const codes = (run: Run): readonly string[] =>
  judge(run.record, run.events, run.ops, {}).warnings.map(warning => warning.code)
const loss = lossRun()
const {restore = null} = loss.record.recovery ?? {}
const restored = (changes: Partial<NonNullable<typeof restore>>): Run =>
  lossRun({restore: restore === null ? null : {...restore, ...changes}})
const host = (stealPct: number): Run => ({
  ...loss,
  events: [
    {kind: 'host.sampled', atMs: 0, cpuBusyPct: 50, stealPct, pressurePct: 0, memoryAvailableMb: 900},
    ...loss.events,
  ],
})
const thin: Run = {...loss, ops: loss.ops.filter(op => op.id % 20 === 0)}

const cases: Readonly<Partial<Record<WarningCode, {readonly raises: Run; readonly not: Run}>>> = {
  'host-starved': {raises: host(20), not: host(10)},
  'one-trial': {raises: pointInTimeRun(), not: loss},
  'few-writes-at-risk': {raises: thin, not: loss},
  'rto-unattributed': {raises: lossRun({phases: []}), not: loss},
  'rto-prediction-off': {raises: restored({predictedMs: 5_999}), not: restored({predictedMs: 6_000})},
  'no-wal-replayed': {raises: restored({replayedBytes: 0}), not: loss},
  'not-redundant': {raises: lossRun({redundantMs: null}), not: loss},
  'fsync-off': {raises: lossRun({config: {fsync: false}}), not: loss},
}

describe.each(Object.entries(cases))('%s', (code, {raises, not}) => {
  it('is raised', () => expect(codes(raises)).toContain(code))
  it('is not raised', () => expect(codes(not)).not.toContain(code))
})

it('a prediction may be off in both directions, and none is not off', () => {
  expect(codes(restored({predictedMs: 24_001}))).toEqual(['rto-prediction-off'])
  expect(codes(restored({predictedMs: null}))).toEqual([])
})
it('warnings of the run itself are passed on, of a refusal too', () => {
  expect(codes({...refusalRun(), events: [{kind: 'warning', atMs: 1, code: 'X', detail: 'd', next: 'n'}]})).toEqual([
    'X',
  ])
})
it('a clean recovery has none, and a warning does not change the verdict', () =>
  expect([codes(loss), judge(loss.record, host(90).events, loss.ops, {}).verdict]).toEqual([[], 'pass']))
