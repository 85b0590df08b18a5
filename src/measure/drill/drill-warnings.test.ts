// Every warning has a drill that raises it and one that does not: the table is complete by its type.
import {describe, expect, it} from 'vitest'
import {drillEvents, lossRun, refusalRun, rewindRun, type BuiltDrill} from '../../../test/build-drill.ts'
import type {DrillWarningCode} from './drill-warnings.ts'
import {judgeDrill} from './judge-drill.ts'

const codes = (run: BuiltDrill): readonly string[] => judgeDrill(run).warnings.map(warning => warning.code)
const loss = lossRun()
const {restore, config} = loss.record
const restored = (changes: Partial<NonNullable<typeof restore>>): BuiltDrill =>
  lossRun({restore: restore === null ? null : {...restore, ...changes}})
const host = (stealPct: number): BuiltDrill => ({
  ...loss,
  events: [
    {kind: 'host.sampled', atMs: 0, cpuBusyPct: 50, stealPct, pressurePct: 0, memoryAvailableMb: 900},
    ...drillEvents,
  ],
})
const thin: BuiltDrill = {...loss, ops: loss.ops.filter(op => op.id % 20 === 0)}

const cases: Readonly<Record<DrillWarningCode, {readonly raises: BuiltDrill; readonly not: BuiltDrill}>> = {
  'host-starved': {raises: host(20), not: host(10)},
  'one-trial': {raises: rewindRun(), not: loss},
  'few-writes-at-risk': {raises: thin, not: loss},
  'rto-unattributed': {raises: lossRun({phases: []}), not: loss},
  'rto-prediction-off': {raises: restored({predictedMs: 5_999}), not: restored({predictedMs: 6_000})},
  'no-wal-replayed': {raises: restored({replayedBytes: 0}), not: loss},
  'not-redundant': {raises: lossRun({redundantMs: null}), not: loss},
  'fsync-off': {raises: lossRun({config: {...config, fsync: false}}), not: loss},
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
it('a clean drill has none, and a warning does not change the verdict', () =>
  expect([codes(loss), judgeDrill(host(90)).verdict]).toEqual([[], 'pass']))
