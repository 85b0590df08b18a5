// Where nobody wrote, nobody saw: what a hole of the load, a stray success or a lost acknowledgement may not do to the
// RTO. The crash is that of test/build-history.ts: out from 4,992 to 22,502 ms, RTO 17,510 ms.
import {describe, expect, it} from 'vitest'
import {crashEvents, crashHistory, crashScenario, finalOf, history, recordOf} from '../../test/build-history.ts'
import type {Op} from '../model/history.ts'
import type {Report} from '../model/report.ts'
import {coverageOf, hiddenMs} from './coverage.ts'
import {judge} from './judge.ts'

const crashed = (ops: readonly Op[], events = crashEvents): Report =>
  judge(recordOf(finalOf(ops), crashScenario), events, ops, {})
const unknowns = ({checks}: Report): readonly string[] =>
  checks.filter(({verdict}) => verdict === 'unknown').map(({name}) => name)
const {ops} = crashHistory()
const without = (fromMs: number, toMs: number): readonly Op[] =>
  ops.filter(op => op.invokedMs <= fromMs || op.invokedMs >= toMs)
const acknowledged = (node: string, timeline: number) => ({outcome: 'ok', node, timeline, error: null}) as const
/** Sent at the end of the pause, all at once, as a process that stood still does. */
const frozen = (fromMs: number, toMs: number): readonly Op[] =>
  ops.flatMap(op => {
    if (op.invokedMs <= fromMs || op.invokedMs >= toMs) return [op]
    const served = toMs >= 22_500 ? {outcome: 'ok', node: 'pg2', timeline: 2, error: null} : {}
    return [{...op, invokedMs: toMs, completedMs: toMs + 2, ...served} as Op]
  })

describe('a pause of the load', () => {
  it('is a hole from half a second on, or three of its usual pauses', () => {
    const sent = (...invokedMs: readonly number[]) =>
      coverageOf(invokedMs.map(atMs => ({invokedMs: atMs, error: null})))
    expect(sent(0, 10, 20, 520, 530).holes).toEqual([])
    expect(sent(0, 10, 20, 521, 530).holes).toEqual([{fromMs: 20, toMs: 521}])
    expect(sent(0, 1_000, 2_000, 4_000, 5_000).holes).toEqual([])
    const refused = {invokedMs: 300, error: {code: 'QUEUE_FULL'}}
    const around = [0, 10, 20, 521, 530].map(invokedMs => ({invokedMs, error: null}))
    expect(coverageOf([...around, refused]).holes).toEqual([{fromMs: 20, toMs: 521}])
    expect(coverageOf([refused]).holes).toEqual([])
    expect(hiddenMs([{fromMs: 20, toMs: 521}], 500, 600)).toBe(21)
  })

  it.each([
    ['over the recovery', without(18_000, 28_000), {leastMs: 13_008, mostMs: 23_010}],
    ['over the recovery, sent at once afterwards', frozen(18_000, 28_000), {leastMs: 13_008, mostMs: 23_010}],
    ['over the fault', without(3_000, 8_000), {leastMs: 14_502, mostMs: 17_502}],
    ['in the middle of the outage', without(8_000, 15_000), {leastMs: 7_502, mostMs: 17_510}],
  ])('%s leaves the RTO unknown, with its bounds', (_where, changed, bounds) => {
    const report = crashed(changed)
    expect(report.rto).toMatchObject({ms: null, bounds, parts: []})
    expect(report.verdict).toBe('unknown')
    expect(unknowns(report)).toContain('recovered')
  })

  it('after the recovery is no outage of its own, and no pass either', () => {
    const report = crashed(without(24_000, 31_000))
    expect(report.rto).toMatchObject({ms: 17_510, outages: [{fromMs: 4_992, toMs: 22_502}]})
    expect([report.verdict, unknowns(report)]).toEqual(['unknown', ['load-ran-through', 'history-complete']])
  })

  it('of some hundred ms at an edge changes nothing that a busy host would not', () => {
    const report = crashed(frozen(22_200, 22_600))
    expect([report.verdict, report.rto?.ms]).toEqual(['pass', 17_610])
  })

  it('that lasts to the end is told by the steps that went on', () => {
    const events = [...crashEvents, {kind: 'step.done', atMs: 40_000, step: 3, label: 'x', detail: ''} as const]
    expect(unknowns(crashed(ops, events))).toEqual(['load-ran-through'])
  })
})

describe('an RTO', () => {
  it('has an end only where service was seen to last', () => {
    const cut = ops
      .filter(op => op.invokedMs <= 12_000)
      .map(op => (op.invokedMs === 12_000 ? {...op, ...acknowledged('pg2', 2)} : op))
    const events = crashEvents.filter(({atMs}) => atMs < 12_500)
    expect(crashed(cut, events).rto).toMatchObject({ms: null, recovered: false, bounds: {leastMs: 7_010, mostMs: null}})
  })

  it('does not begin with an error of the baseline', () => {
    const refused = {outcome: 'failed', node: null, timeline: null, error: {code: null, message: 'x'}} as const
    const nervous = ops.map(op => (op.invokedMs < 5_000 && op.invokedMs % 900 === 100 ? {...op, ...refused} : op))
    expect(crashed(nervous).rto).toMatchObject({ms: 17_510, outages: {length: 2}})
  })

  it('does not end with what a dead node acknowledged and nobody has', () => {
    const dead = ops.map(op =>
      op.invokedMs >= 12_000 && op.invokedMs < 13_500 ? {...op, ...acknowledged('pg1', 1)} : op,
    )
    const report = judge(recordOf(finalOf(ops), crashScenario), crashEvents, dead, {})
    expect([report.rto?.ms, report.rto?.outages.length, report.rpo?.transactions]).toEqual([17_510, 1, 150])
  })

  it('does not end with what was acknowledged on a timeline that was over', () => {
    const late = crashHistory()
      .appends({fromMs: 32_000, toMs: 33_000, outcome: 'failed'})
      .appends({fromMs: 33_000, toMs: 34_500, node: 'pg1', timeline: 1})
      .appends({fromMs: 34_500, toMs: 35_000, outcome: 'failed'})
      .appends({fromMs: 35_000, toMs: 37_000, node: 'pg2', timeline: 2})
    expect(crashed(late.ops).rto?.outages.at(-1)).toEqual({fromMs: 31_992, toMs: 35_002})
  })

  it('is not hidden by a silence of the baseline', () => {
    const silent = history()
      .appends({fromMs: 0, toMs: 1_000})
      .appends({fromMs: 1_000, toMs: 3_000, tookMs: 2_000})
      .appends({fromMs: 3_000, toMs: 5_000})
      .appends({fromMs: 5_000, toMs: 10_000, tookMs: 5_000, node: 'pg2', timeline: 2})
      .appends({fromMs: 10_000, toMs: 32_000, node: 'pg2', timeline: 2})
    expect(crashed(silent.ops).rto?.ms).toBeGreaterThan(4_900)
  })

  it('is not made endless by one failed write at the very end', () => {
    const last = crashHistory().appends({fromMs: 32_000, toMs: 32_010, outcome: 'failed'})
    expect(crashed(last.ops)).toMatchObject({verdict: 'pass', rto: {ms: 17_510, recovered: true}})
  })
})

describe('a baseline', () => {
  const refused = {outcome: 'failed', node: null, timeline: null, error: {code: 'NO_CONNECTION', message: 'x'}} as const
  const failing = (fromMs: number, toMs: number, every = 1): string | undefined => {
    const report = crashed(
      ops.map((op, index) =>
        op.invokedMs >= fromMs && op.invokedMs < toMs && index % every === 0 ? {...op, ...refused} : op,
      ),
    )
    expect(report.rto?.ms).toBe(17_510)
    return report.checks.find(({name}) => name === 'baseline-clean')?.verdict
  }
  it.each([
    ['none', 0, 0, 1, 'pass'],
    ['all of the first second', 0, 1_000, 1, 'pass'],
    ['a part of the first second', 0, 1_000, 3, 'pass'],
    ['all of the first half', 0, 2_500, 1, 'unknown'],
    ['one in ten, all the time', 0, 4_000, 10, 'unknown'],
    ['a second in the middle', 2_500, 3_500, 1, 'unknown'],
  ])('in which %s failed', (_what, fromMs, toMs, every, verdict) => expect(failing(fromMs, toMs, every)).toBe(verdict))
})
