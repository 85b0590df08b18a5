import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {
  crashEvents,
  crashHistory,
  crashRun,
  crashScenario,
  finalOf,
  numbered,
  quietRun,
  quietScenario,
  recordOf,
  type Run,
} from '../../test/build-history.ts'
import type {Report} from '../model/report.ts'
import type {Scenario} from '../model/scenario.ts'
import {checkNames} from './check-table.ts'
import {controlHeld, judge, verdictOf} from './judge.ts'

const judged = ({record, events, ops}: Run): Report => judge(record, events, ops, {history: 'history.ndjson'})
const failed = (report: Report): readonly string[] =>
  report.checks.filter(check => check.verdict === 'fail').map(check => check.name)
const refused = {outcome: 'failed', node: null, timeline: null, error: {code: null, message: 'refused'}} as const
const ledgerIds = crashRun().record.final?.ledgerIds ?? []
const without = (ids: readonly number[]): readonly number[] => ledgerIds.filter(id => !ids.includes(id))

describe('a crash of the primary', () => {
  const report = judged(crashRun())

  it('passes when nothing is lost', () => {
    expect(report.checks.filter(check => check.verdict !== 'pass')).toEqual([])
    expect(report.verdict).toBe('pass')
  })

  it('has the RTO that the client saw, from events', () => {
    expect(report.rto).toMatchObject({
      ms: 17_510,
      recovered: true,
      parts: [
        {name: 'before-fault', ms: 108},
        {name: 'detect', ms: 14_900},
        {name: 'elect', ms: 1_000},
        {name: 'promote', ms: 1_000},
        {name: 'reroute', ms: 502},
      ],
      timeToRedundancyMs: 24_900,
      timeToFirstErrorMs: 0,
      fromFaultMs: 17_402,
      brownOutMs: 0,
      outages: [{fromMs: 4_992, toMs: 22_502}],
    })
  })

  it('counts what happened to the writes', () => {
    expect(report.writes).toMatchObject({
      attempted: 3_200,
      acknowledged: 1_450,
      failed: 1_749,
      unknown: {found: 0, absent: 1, unknowable: 0},
      lost: 0,
    })
    expect(report.longestStallMs).toBe(17_510)
    expect(report.files).toEqual({history: 'history.ndjson'})
  })

  it('says what one trial is worth', () => {
    expect(report.rpo).toMatchObject({transactions: 0, upperBound: 1, atRisk: 100})
    expect(report.warnings.map(warning => warning.code)).toEqual(['fault-seen-late', 'one-trial'])
  })

  it('leaves per-second samples to the event file', () => {
    expect(report.events.some(event => event.kind === 'cluster.observed')).toBe(false)
    expect(report.timeline).toHaveLength(32)
  })
})

describe('the verdict', () => {
  it('fails for one lost acknowledged write', () => {
    const report = judged(crashRun({ledgerIds: without([500])}))
    expect([report.verdict, failed(report), report.writes.lostIds]).toEqual(['fail', ['lost-writes'], [500]])
  })

  it('is unknown when an assumption does not hold, whatever the claims say', () => {
    const run = crashRun({ledgerIds: without([500])})
    const report = judged({...run, events: run.events.filter(event => event.kind !== 'fault.verified')})
    expect([report.verdict, failed(report)]).toEqual(['unknown', ['lost-writes']])
  })

  it('is unknown when the final state could not be read, and fail when writes never came back either', () => {
    expect(judged(crashRun({readable: false, ledgerIds: []})).verdict).toBe('unknown')
    const ops = crashHistory().ops.map(op => (op.invokedMs < 22_500 ? op : {...op, ...refused}))
    const never = judge(recordOf(null, crashScenario), crashEvents, ops, {})
    expect([never.verdict, never.rto?.ms, never.rto?.recovered, never.rto?.parts]).toEqual(['fail', null, false, []])
  })

  it('of a quiet run is pass, with no RTO', () => {
    const report = judged(quietRun())
    expect([report.verdict, report.rto]).toEqual(['pass', null])
  })

  it('of an empty run is unknown', () => expect(judge(recordOf(null), [], [], {}).verdict).toBe('unknown'))

  it('puts assumptions first and then the worst claim', () => {
    const check = (name: string, verdict: 'pass' | 'fail' | 'unknown') => ({name, verdict, detail: ''})
    expect(verdictOf([check('fault-seen', 'unknown'), check('lost-writes', 'fail')])).toBe('unknown')
    expect(verdictOf([check('nodes-agree', 'unknown'), check('lost-writes', 'fail')])).toBe('fail')
    expect(verdictOf([check('nodes-agree', 'unknown'), check('lost-writes', 'pass')])).toBe('unknown')
  })

  it('has checks that are all in the table', () => {
    expect(
      judged(crashRun())
        .checks.map(check => check.name)
        .filter(name => !checkNames.some(known => known === name)),
    ).toEqual([])
  })
})

describe('a control', () => {
  const control: Scenario = {...crashScenario, expect: {kind: 'failing-checks', checks: ['lost-writes']}}

  it('is held when exactly its checks fail, and stays a fail', () => {
    const report = judged(crashRun({ledgerIds: without([500])}, control))
    expect([report.verdict, report.controlHeld]).toEqual(['fail', true])
  })

  it('is not held when they pass', () => expect(judged(crashRun({}, control)).controlHeld).toBe(false))
  it('is not held when another fails too', () =>
    expect(judged(crashRun({ledgerIds: [...without([500]), 999_999]}, control)).controlHeld).toBe(false))
  it('is not held when the run cannot be judged', () => {
    const run = crashRun({ledgerIds: without([500])}, control)
    expect(judged({...run, events: []}).controlHeld).toBe(false)
  })
  it('that names nothing is not held, and other natures have no answer', () => {
    expect(controlHeld({kind: 'failing-checks', checks: []}, 'pass', [])).toBe(false)
    expect(controlHeld(quietScenario.expect, 'pass', [])).toBeNull()
  })
})

describe('judging', () => {
  const acked = crashHistory()
    .ops.filter(op => op.outcome === 'ok')
    .map(op => op.id)
  const badness = {pass: 0, unknown: 1, fail: 2}

  it('counts exactly the planted losses', () => {
    fc.assert(
      fc.property(fc.subarray(acked, {maxLength: 40}), lost => {
        const report = judged(crashRun({ledgerIds: without(lost)}))
        expect([report.writes.lost, report.rpo?.transactions, report.writes.lostIds.toSorted((a, b) => a - b)]).toEqual(
          [lost.length, lost.length, lost],
        )
        expect(report.verdict).toBe(lost.length === 0 ? 'pass' : 'fail')
      }),
      {numRuns: 15},
    )
  })

  it('never gets better by losing one more', () => {
    fc.assert(
      fc.property(fc.subarray(acked, {minLength: 1, maxLength: 10}), fc.integer({min: 0, max: 12}), (lost, allowed) => {
        const scenario = {...crashScenario, objectives: {lostWritesMax: allowed}}
        const before = judged(crashRun({ledgerIds: without(lost.slice(1))}, scenario))
        const after = judged(crashRun({ledgerIds: without(lost)}, scenario))
        expect(badness[after.verdict]).toBeGreaterThanOrEqual(badness[before.verdict])
      }),
      {numRuns: 15},
    )
  })

  it('is deterministic and does not depend on the order of operations', () => {
    const run = crashRun({ledgerIds: without([7, 300])})
    const expected = judged(run)
    fc.assert(
      fc.property(
        fc.array(fc.integer({min: 0, max: 1_000_000}), {minLength: run.ops.length, maxLength: run.ops.length}),
        keys => {
          const shuffled = run.ops
            .map((op, index) => ({op, key: keys[index] ?? 0}))
            .toSorted((a, b) => a.key - b.key)
            .map(({op}) => op)
          expect(judged({...run, ops: shuffled})).toEqual(expected)
        },
      ),
      {numRuns: 8},
    )
  })

  it('survives JSON', () => {
    const report = judged(crashRun())
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
  })

  it('comes through 100,000 operations, which takes a judge that compares each with each many minutes', () => {
    const built = quietRun(built => {
      for (let session = 2; session < 42; session += 1) built.appends({fromMs: 2, toMs: 12_000}, session)
      for (let index = 0; index < 51_000; index += 1)
        built.read('read-primary', 13_000 + index, 1_200, {reader: 2 + (index % 40), of: 2 + (index % 40)})
    })
    expect(built.ops.length).toBeGreaterThan(99_000)
    const ops = numbered(built.ops)
    const run = {...built, ops, record: recordOf(finalOf(ops))}
    const report = judge(run.record, run.events, run.ops, {})
    expect([report.verdict, report.readsPrimary.ok]).toEqual(['pass', 51_000])
  })

  it('passes no operation that ended in thirty years, and takes no memory for them', () => {
    const run = crashRun()
    const ops = run.ops.map((op, index) => (index === 900 ? {...op, completedMs: 1e12} : op))
    const report = judged({...run, ops})
    expect(report.verdict).not.toBe('pass')
    expect(report.timeline).toHaveLength(172_801)
  })

  it('leaves its input alone', () => {
    const ops = Object.freeze([...crashHistory().ops])
    expect(judge(recordOf(finalOf(ops, {timeline: 2}), crashScenario), crashEvents, ops, {}).verdict).toBe('pass')
  })
})
