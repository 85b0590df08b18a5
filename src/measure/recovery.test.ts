import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {scenarios} from '../../scenarios/index.ts'
import {
  goingOnRun,
  lossRun,
  lossScenario,
  lostPrimaryScenario,
  phases,
  pointInTimeRun,
  pointInTimeScenario,
  recoveryRun,
  refusalRun,
  refusalScenario,
} from '../../test/build-drill.ts'
import {finalOf, history, type Run} from '../../test/build-history.ts'
import {acknowledged} from '../model/history.ts'
import {restoredCluster} from '../model/recovery-record.ts'
import type {Report} from '../model/report.ts'
import type {Scenario, Step} from '../model/scenario.ts'
import {judge} from './judge.ts'

const judged = ({record, events, ops}: Run): Report => judge(record, events, ops, {history: 'history.ndjson'})
const failed = (report: Report): readonly string[] =>
  report.checks.filter(check => check.verdict === 'fail').map(check => check.name)
const present = (run: Run): readonly number[] => run.record.final?.ledgerIds ?? []

describe('a lost cluster', () => {
  const report = judged(lossRun())

  it('passes, whatever is lost, where nothing is owed', () => {
    expect(report.checks.filter(check => check.verdict !== 'pass')).toEqual([])
    expect([report.verdict, report.controlHeld, report.pointInTime]).toEqual(['pass', null, null])
  })

  it('has the RTO from the disaster to the first write, in parts', () => {
    expect(report.rto).toMatchObject({
      ms: 12_000,
      recovered: true,
      timeToRedundancyMs: 25_000,
      predictedMs: 12_000,
      parts: [
        {name: 'detect', ms: 1_000},
        {name: 'decide', ms: 500},
        {name: 'fetch', ms: 5_000},
        {name: 'start', ms: 300},
        {name: 'consistent', ms: 1_000},
        {name: 'replay', ms: 3_000},
        {name: 'promote', ms: 500},
        {name: 'first-write', ms: 500},
        {name: 'unattributed', ms: 200},
      ],
    })
  })

  it('has the RPO as a count, seconds and bytes, beside the rate', () => {
    expect(report.rpo).toEqual({
      transactions: 5,
      seconds: 0.05,
      secondsBehind: 0.05,
      bytes: 0x5_000_000 - 0x4_fff_f00,
      atRisk: 100,
      upperBound: null,
      acknowledgedPerSecond: 100,
    })
    expect(report.writes).toMatchObject({
      attempted: 3_500,
      acknowledged: 2_300,
      failed: 1_199,
      unknown: {found: 0, absent: 1, unknowable: 0},
      lost: 5,
      duplicated: 0,
      phantom: 0,
    })
  })

  it('marks the moments for the charts and leaves the samples to the event file', () => {
    expect(report.marks.map(({what, atMs}) => [what, atMs])).toEqual([
      ['backup', 5_000],
      ['disaster', 20_000],
      ['restore', 20_200],
      ['first-write', 32_000],
      ['redundant', 45_000],
    ])
    expect(report.timeline).toHaveLength(35)
    expect(report.events.some(event => event.kind === 'cluster.observed')).toBe(false)
    expect(report.files).toEqual({history: 'history.ndjson'})
  })

  it('never loses less than nothing: bytes are not negative, and null where a position is not known', () => {
    const bytes = (atLsn: string | null): number | null | undefined => judged(lossRun({disaster: {atLsn}})).rpo?.bytes
    expect([bytes('0/1'), bytes(null), bytes('nonsense')]).toEqual([0, null, null])
  })

  it('loses what was acknowledged at the very end too, and seconds only at the end', () => {
    const run = lossRun()
    const old = judged(lossRun({}, {ledgerIds: present(run).filter(id => id !== 500)}))
    expect([old.rpo?.transactions, old.rpo?.seconds]).toEqual([6, 0.05])
    const all = judged(lossRun({finalAfter: {ledgerIds: []}}, {ledgerIds: []}))
    expect([all.rpo?.transactions, all.rpo?.seconds, failed(all)]).toEqual([2_000, 19.99, ['lost-after-restore']])
  })

  it('that never came back is a fail with the parts as far as it came, and nothing is said of writes', () => {
    const report = judged(lossRun({firstWriteMs: null, redundantMs: null, restore: null, final: null}))
    expect([
      report.verdict,
      failed(report),
      report.rpo,
      report.rto?.ms,
      report.rto?.recovered,
      report.writes.lost,
      report.writes.unknown.unknowable,
    ]).toEqual(['fail', ['recovered'], null, null, false, 0, 1])
    expect(report.rto?.parts.find(part => part.name === 'replay')?.ms).toBe(3_000)
  })

  it('that the restore was refused says so', () => {
    const {refusal = null} = refusalRun().record.recovery ?? {}
    const report = judged(lossRun({firstWriteMs: null, restore: null, final: null, refusal}))
    expect(report.checks.find(check => check.name === 'recovered')).toEqual({
      name: 'recovered',
      verdict: 'fail',
      detail: 'the restore was refused (ARCHIVE_GAP): segment 000000010000000000000004 is missing',
    })
  })
})

describe('a statement that a point-in-time restore undoes', () => {
  it('passes with the collateral that it has', () => {
    const report = judged(pointInTimeRun())
    expect(report.checks.filter(check => check.verdict !== 'pass')).toEqual([])
    expect([report.verdict, report.rpo, report.pointInTime, report.writes.lost]).toEqual([
      'pass',
      null,
      {missing: 0, beside: 6, collateral: 394, keptAfter: 0},
      0,
    ])
  })

  it('fails for one missing good write, and for one that was sent after it', () => {
    const ids = present(pointInTimeRun())
    const early = judged(pointInTimeRun({}, {ledgerIds: ids.filter(id => id !== 1_999)}))
    expect([early.verdict, failed(early), early.pointInTime?.missing, early.writes.lost]).toEqual([
      'fail',
      ['precision'],
      1,
      1,
    ])
    const late = judged(pointInTimeRun({}, {ledgerIds: [...ids, 2_300]}))
    expect([late.verdict, failed(late), late.pointInTime?.keptAfter, late.pointInTime?.collateral]).toEqual([
      'fail',
      ['nothing-after'],
      1,
      393,
    ])
  })

  it('takes either fate of a write beside the statement', () => {
    const ids = present(pointInTimeRun())
    expect(judged(pointInTimeRun({}, {ledgerIds: [...ids, 2_001, 2_003]})).verdict).toBe('pass')
  })

  it('to the end of the archive owes nothing of what came after', () => {
    const scenario: Scenario = {
      ...pointInTimeScenario,
      steps: pointInTimeScenario.steps.map(step =>
        step.kind === 'restore' ? {...step, target: 'latest' as const} : step,
      ),
    }
    const report = judged(pointInTimeRun({}, {ledgerIds: [...present(pointInTimeRun()), 2_300]}, scenario))
    expect([report.verdict, report.checks.some(check => check.name === 'nothing-after')]).toEqual(['pass', false])
  })
})

describe('a refusal', () => {
  const unrefused = refusalRun({refusal: null})
  const diedIn = (kind: Step['kind'], code: string): Run => {
    const step = refusalScenario.steps.findIndex(each => each.kind === kind)
    const before = unrefused.events.filter(event => !('step' in event) || event.step < step)
    return {
      ...unrefused,
      events: [...before, {kind: 'step.failed', atMs: 36_000, step, label: 'x', code, message: 'y'}],
    }
  }
  const interrupted: Run = {
    ...unrefused,
    events: [...unrefused.events, {kind: 'run.interrupted', atMs: 36_000, signal: 'SIGINT'}],
  }

  it('passes with its code, nothing restored and nothing changed', () => {
    const report = judged(refusalRun())
    expect([report.verdict, report.controlHeld, report.rto, report.rpo, report.pointInTime]).toEqual([
      'pass',
      true,
      null,
      null,
      null,
    ])
    expect(report.checks.map(check => check.name)).toEqual(['refused', 'nothing-restored', 'nothing-changed'])
    expect(report.warnings).toEqual([])
  })

  it.each([
    ['another code', refusalRun({refusal: {code: 'DISK_FULL', message: 'no room', next: []}}), 'fail'],
    [
      'the code for another reason',
      refusalRun({refusal: {code: 'ARCHIVE_GAP', message: 'timeline 2 has no history', next: []}}),
      'fail',
    ],
    ['none', refusalRun({refusal: null}), 'fail'],
    ['no code to refuse with', refusalRun({}, {...refusalScenario, expect: {kind: 'refusal', code: 'OTHER'}}), 'fail'],
    ['something restored', refusalRun({restore: lossRun().record.recovery?.restore ?? null}), 'fail'],
    ['a write on a restored cluster', refusalRun({firstWriteMs: 32_000}), 'fail'],
    [
      'something changed',
      refusalRun({verification: [{name: 'nothing-changed', verdict: 'fail', detail: 'a volume is new'}]}),
      'fail',
    ],
    ['nobody looked', refusalRun({verification: []}), 'unknown'],
    ['no event at all', {...refusalRun({refusal: null}), events: []}, 'unknown'],
    ['Docker away before the restore', diedIn('backup', 'DOCKER_UNREACHABLE'), 'unknown'],
    ['Docker away in the restore', diedIn('restore', 'DOCKER_UNREACHABLE'), 'unknown'],
    ['a restore that failed by itself', diedIn('restore', 'RESTORE_FAILED'), 'fail'],
    ['Ctrl-C', interrupted, 'unknown'],
  ] as const)('does not pass with %s', (_what, run, verdict) => {
    const report = judged(run)
    expect([report.verdict, report.controlHeld]).toEqual([verdict, false])
  })

  it.each([
    [
      'control-segment-missing',
      'the recovery stopped: wal-get: 000000010000000000000007 is missing, and 000000010000000000000008 is there: the archive has a hole',
      'pass',
    ],
    [
      'control-segment-missing',
      'waited 120 s for pg1 to be the primary of lab drill-restored; last seen: pg1 unknown (no answer)',
      'fail',
    ],
    [
      'archive-gap',
      'the archive lacks 1 segment of WAL between backup full-1 and the end of the archive: 000000010000000000000007',
      'pass',
    ],
    ['archive-gap', 'the archive lacks something', 'fail'],
    ['wrong-host', 'lab drill is there already, or its data is, and a restore never writes over a lab', 'pass'],
    ['wrong-host', 'lab drill is there with archive none, not command', 'fail'],
    [
      'control-byte-flipped',
      'the copy is not what its manifest says: pg_verifybackup: error: checksum mismatch for file "base/16384/1"',
      'pass',
    ],
    ['control-byte-flipped', 'backup a cannot be restored: backup b is missing', 'fail'],
  ] as const)('%s takes the right code for the right reason only: %s', (name, message, verdict) => {
    const scenario: Scenario = scenarios[name]
    const code = scenario.expect.kind === 'refusal' ? scenario.expect.code : ''
    const run = refusalRun({refusal: {code, message, next: []}}, scenario)
    expect(judged(run).verdict).toBe(verdict)
  })
})

describe('a control', () => {
  const controlling = (...checks: readonly string[]): Scenario => ({
    ...pointInTimeScenario,
    expect: {kind: 'failing-checks', checks},
  })
  const control = controlling('precision')
  const oneEarly = {ledgerIds: present(pointInTimeRun()).filter(id => id !== 1_999)}

  it('is held when exactly its checks fail, and stays a fail', () => {
    const report = judged(pointInTimeRun({}, oneEarly, control))
    expect([report.verdict, report.controlHeld]).toEqual(['fail', true])
  })
  it('is held by the checks of verification', () => {
    expect(
      judged(
        pointInTimeRun(
          {verification: [{name: 'victim-table', verdict: 'fail', detail: 'it is not there'}]},
          {},
          controlling('victim-table'),
        ),
      ).controlHeld,
    ).toBe(true)
  })
  it('is not held when they pass, when another fails too, or when it cannot be judged', () => {
    expect(judged(pointInTimeRun({}, {}, control)).controlHeld).toBe(false)
    expect(judged(pointInTimeRun({}, {ledgerIds: [...oneEarly.ledgerIds, 2_300]}, control)).controlHeld).toBe(false)
    expect(
      judged({...pointInTimeRun({}, oneEarly, control), events: [{kind: 'run.interrupted', atMs: 1, signal: 'SIGINT'}]})
        .controlHeld,
    ).toBe(false)
  })
})

describe('the recovery time', () => {
  const rto = (run: Run): Report['rto'] => judged(run).rto

  it('is nothing for a refusal, and without a disaster', () =>
    expect([rto(refusalRun()), rto(lossRun({disaster: null}))]).toEqual([null, null]))
  it('is no number when no write came, or only one from before the disaster', () => {
    expect(rto(lossRun({firstWriteMs: null}))).toMatchObject({ms: null, recovered: false, timeToRedundancyMs: null})
    const {ops} = history(restoredCluster).appends({fromMs: 10_000, toMs: 10_010})
    const early = lossRun({firstWriteMs: null})
    expect(rto({...early, ops: [...early.ops, ...ops]})).toMatchObject({ms: null, recovered: false})
    expect(rto(lossRun({firstWriteMs: null, phases: []}))?.parts).toEqual([])
  })
  it('is redundant when it is writable at the earliest', () =>
    expect(rto(lossRun({redundantMs: 31_000, phases}))?.timeToRedundancyMs).toBe(12_000))
  it('counts the redundancy of the cluster that came back alone', () => {
    const run = lossRun({redundantMs: null})
    const old = [...run.events, {kind: 'cluster.healthy', atMs: 40_000, timeline: 1} as const]
    expect(rto({...run, events: old})?.timeToRedundancyMs).toBeNull()
  })
  it('ends with the first write of a run that is not broken again within a second', () => {
    const built = (gapMs: number) =>
      history(restoredCluster)
        .appends({fromMs: 29_998, toMs: 30_500, timeline: 2})
        .appends({fromMs: 30_500 + gapMs, toMs: 35_000, timeline: 2})
    const run = lossRun({firstWriteMs: null})
    const ms = (gapMs: number) => rto({...run, ops: [...run.ops, ...built(gapMs).ops]})?.ms
    expect([ms(200), ms(400)]).toEqual([10_000, 10_902])
  })
  it('of a table ends with the write to it, and of a lost primary with the first write after the outage', () => {
    expect(rto(goingOnRun({firstWriteMs: 28_000}))?.ms).toBe(8_000)
    expect(rto(goingOnRun({firstWriteMs: null}))).toMatchObject({ms: null, recovered: false})
    const {ops} = history()
      .appends({fromMs: 0, toMs: 20_000})
      .appends({fromMs: 20_000, toMs: 27_000, outcome: 'failed', node: null, timeline: null, code: 'ECONNREFUSED'})
      .appends({fromMs: 27_000, toMs: 35_000, node: 'pg2', timeline: 2})
    expect(rto(recoveryRun(lostPrimaryScenario, ops, finalOf(ops), {restore: null}))?.ms).toBe(7_002)
  })
})

describe('random recoveries', () => {
  const planted = fc.record({
    disasterMs: fc.integer({min: 3_000, max: 20_000}),
    tookMs: fc.integer({min: 0, max: 500}),
    goesOnMs: fc.integer({min: 1_000, max: 4_000}),
    awayMs: fc.integer({min: 0, max: 30_000}),
    refusedMs: fc.integer({min: 0, max: 3_000}),
    lost: fc.uniqueArray(fc.nat(5_000), {maxLength: 20}),
    ownLost: fc.uniqueArray(fc.nat(400), {maxLength: 5}),
  })
  type Planted = typeof planted extends fc.Arbitrary<infer Value> ? Value : never

  const build = (
    scenario: Scenario,
    {disasterMs, tookMs, goesOnMs, awayMs, refusedMs, lost, ownLost}: Planted,
    pointInTime: boolean,
  ) => {
    const doneMs = disasterMs + tookMs
    const oldEndMs = pointInTime ? doneMs + goesOnMs : disasterMs
    const {ops} = history().appends({fromMs: 0, toMs: oldEndMs})
    const firstWriteMs = oldEndMs + 500 + awayMs + refusedMs
    const own = history(restoredCluster)
      .appends({fromMs: firstWriteMs - 2 - refusedMs, toMs: firstWriteMs - 2, outcome: 'failed', code: '57P03'})
      .appends({fromMs: firstWriteMs - 2, toMs: firstWriteMs + 4_998, timeline: 2}).ops
    const before = ops.filter(op => op.completedMs < disasterMs)
    const kept = pointInTime ? before : ops
    const gone = new Set(lost.flatMap(index => kept[index]?.id ?? []))
    const ownAcked = own.filter(acknowledged)
    const ownGone = new Set(ownLost.map(index => ownAcked[index]?.id ?? 0))
    const run = recoveryRun(
      scenario,
      [...ops, ...own],
      finalOf(ops, {ledgerIds: kept.filter(({id}) => !gone.has(id)).map(({id}) => id)}),
      {
        disaster: {commandedMs: disasterMs, doneMs},
        phases: [{name: 'fetch', fromMs: oldEndMs, toMs: firstWriteMs}],
        redundantMs: firstWriteMs + 1_000,
        finalAfter: {ledgerIds: ownAcked.filter(({id}) => !ownGone.has(id)).map(({id}) => id)},
      },
    )
    return {
      report: judged(run),
      rtoMs: firstWriteMs - disasterMs,
      gone: gone.size,
      ownGone: ownGone.size,
      beside: ops.filter(op => op.completedMs >= disasterMs && op.invokedMs <= doneMs).length,
      collateral: ops.filter(op => op.invokedMs > doneMs).length,
    }
  }

  it('of a loss: RTO, its parts, redundancy and RPO are those that were planted', () => {
    fc.assert(
      fc.property(planted, input => {
        const {report, rtoMs, gone, ownGone} = build(lossScenario, input, false)
        expect(report.rto).toMatchObject({ms: rtoMs, recovered: true, timeToRedundancyMs: rtoMs + 1_000})
        expect(report.rto?.parts.reduce((sum, {ms}) => sum + ms, 0)).toBe(rtoMs)
        expect([report.rpo?.transactions, report.writes.lost, report.pointInTime]).toEqual([gone, gone + ownGone, null])
        expect(failed(report)).toEqual(ownGone === 0 ? [] : ['lost-after-restore'])
      }),
      {numRuns: 40},
    )
  })

  it('of a bad statement: missing, beside and collateral are those that were planted', () => {
    fc.assert(
      fc.property(planted, input => {
        const {report, rtoMs, gone, ownGone, beside, collateral} = build(pointInTimeScenario, input, true)
        expect([report.rto?.ms, report.rpo]).toEqual([rtoMs, null])
        expect(report.pointInTime).toEqual({missing: gone, beside, collateral, keptAfter: 0})
        expect(report.writes.lost).toBe(gone + ownGone)
        expect(failed(report)).toEqual([
          ...(gone === 0 ? [] : ['precision']),
          ...(ownGone === 0 ? [] : ['lost-after-restore']),
        ])
      }),
      {numRuns: 40},
    )
  })
})

describe('judging', () => {
  it('counts exactly the planted losses', () => {
    const run = lossRun()
    fc.assert(
      fc.property(fc.subarray([...present(run)], {maxLength: 40}), lost => {
        const {ledgerIds = []} = run.record.recovery?.finalAfter ?? {}
        const own = lost.filter(id => ledgerIds.includes(id))
        const report = judged(
          lossRun(
            {finalAfter: {ledgerIds: ledgerIds.filter(id => !own.includes(id))}},
            {ledgerIds: present(run).filter(id => !lost.includes(id))},
          ),
        )
        expect([report.rpo?.transactions, report.writes.lost]).toEqual([5 + lost.length, 5 + lost.length + own.length])
        expect(failed(report)).toEqual(own.length === 0 ? [] : ['lost-after-restore'])
      }),
      {numRuns: 15},
    )
  })

  it('is deterministic and does not depend on the order of operations', () => {
    const run = pointInTimeRun()
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
      {numRuns: 5},
    )
  })

  it('survives JSON, and an empty recovery is unknown', () => {
    const report = judged(lossRun())
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
    const {record} = lossRun({restore: null, verification: [], final: null, finalAfter: null})
    expect(judged({record, events: [], ops: []}).verdict).toBe('unknown')
  })

  it('says what an objective that is set became', () => {
    const objectives = {rtoMsMax: 12_000, lostWritesMax: 4}
    const report = judged(lossRun({}, {}, {...lossScenario, objectives}))
    expect(report.objectives).toEqual([
      {name: 'rtoMsMax', limit: 12_000, actual: 12_000, met: true},
      {name: 'lostWritesMax', limit: 4, actual: 5, met: false},
    ])
    expect([report.verdict, failed(report)]).toEqual(['fail', ['rpo-within-limit']])
    expect(
      judged(
        pointInTimeRun({}, {}, {...pointInTimeScenario, objectives: {lostWritesMax: 0, collateralMax: 394}}),
      ).objectives.map(({actual, met}) => [actual, met]),
    ).toEqual([
      [0, true],
      [394, true],
    ])
  })
})
