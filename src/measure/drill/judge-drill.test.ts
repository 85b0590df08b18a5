import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {
  lossDrill,
  lossRun,
  refusalRun,
  refusalDrill,
  rewindDrill,
  rewindRun,
  type BuiltDrill,
} from '../../../test/build-drill.ts'
import {drills} from '../../../scenarios/drills.ts'
import type {DrillReport} from '../../model/drill.ts'
import {judgeDrill} from './judge-drill.ts'

const judged = (run: BuiltDrill): DrillReport => judgeDrill({...run, files: {history: 'history.ndjson'}})
const failed = (report: DrillReport): readonly string[] =>
  report.checks.filter(check => check.verdict === 'fail').map(check => check.name)
const present = (run: BuiltDrill): readonly number[] => run.record.final?.ledgerIds ?? []

describe('a lost cluster', () => {
  const report = judged(lossRun())

  it('passes, whatever is lost, where nothing is owed', () => {
    expect(report.checks.filter(check => check.verdict !== 'pass')).toEqual([])
    expect([report.verdict, report.controlHeld, report.rewind]).toEqual(['pass', null, null])
  })

  it('has the RTO from the disaster to the first write, in parts', () => {
    expect(report.rto).toEqual({
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
      bytes: 0x5_000_000 - 0x4_fff_f00,
      acknowledgedPerSecond: 100,
    })
    expect(report.writes).toEqual({
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
    const bytes = (atLsn: string | null): number | null | undefined =>
      judged(lossRun({disaster: {describe: 'x', invokedMs: 20_000, completedMs: 20_200, atLsn}})).rpo?.bytes
    expect([bytes('0/1'), bytes(null), bytes('nonsense')]).toEqual([0, null, null])
  })

  it('loses what was acknowledged at the very end too, and seconds only at the end', () => {
    const run = lossRun()
    const old = judged(lossRun({}, {ledgerIds: present(run).filter(id => id !== 500)}))
    expect([old.rpo?.transactions, old.rpo?.seconds]).toEqual([6, 0.05])
    const all = judged(lossRun({}, {ledgerIds: []}))
    expect([all.rpo?.transactions, all.rpo?.seconds, failed(all)]).toEqual([2_000, 19.99, ['lost-after-restore']])
  })

  it('that never came back is a fail with the parts as far as it came, and nothing is said of writes', () => {
    const report = judged({...lossRun({firstWriteMs: null, redundantMs: null, restore: null, final: null})})
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
    const {refusal} = refusalRun().record
    const report = judged(lossRun({firstWriteMs: null, restore: null, final: null, refusal}))
    expect(report.checks.find(check => check.name === 'recovered')).toEqual({
      name: 'recovered',
      verdict: 'fail',
      detail: 'the restore was refused (ARCHIVE_GAP): segment 000000010000000000000004 is missing',
    })
  })
})

describe('a rewound statement', () => {
  it('passes with the collateral that it has', () => {
    const report = judged(rewindRun())
    expect(report.checks.filter(check => check.verdict !== 'pass')).toEqual([])
    expect([report.verdict, report.rpo, report.rewind, report.writes.lost]).toEqual([
      'pass',
      null,
      {missing: 0, beside: 6, collateral: 394, keptAfter: 0},
      0,
    ])
  })

  it('fails for one missing good write, and for one that was sent after it', () => {
    const ids = present(rewindRun())
    const early = judged(rewindRun({}, {ledgerIds: ids.filter(id => id !== 1_999)}))
    expect([early.verdict, failed(early), early.rewind?.missing, early.writes.lost]).toEqual([
      'fail',
      ['precision'],
      1,
      1,
    ])
    const late = judged(rewindRun({}, {ledgerIds: [...ids, 2_300]}))
    expect([late.verdict, failed(late), late.rewind?.keptAfter, late.rewind?.collateral]).toEqual([
      'fail',
      ['nothing-after'],
      1,
      393,
    ])
  })

  it('takes either fate of a write beside the statement', () => {
    const ids = present(rewindRun())
    expect(judged(rewindRun({}, {ledgerIds: [...ids, 2_001, 2_003]})).verdict).toBe('pass')
  })

  it('to the end of the archive owes nothing of what came after', () => {
    const drill = {
      ...rewindDrill,
      steps: rewindDrill.steps.map(step => (step.kind === 'restore' ? {...step, target: 'latest' as const} : step)),
    }
    const report = judged(rewindRun({}, {ledgerIds: [...present(rewindRun()), 2_300]}, drill))
    expect([report.verdict, report.checks.some(check => check.name === 'nothing-after')]).toEqual(['pass', false])
  })
})

describe('a refusal', () => {
  it('passes with its code, nothing restored and nothing changed', () => {
    const report = judged(refusalRun())
    expect([report.verdict, report.controlHeld, report.rto, report.rpo, report.rewind]).toEqual([
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
    ['no code to refuse with', refusalRun({}, {...refusalDrill, refusedWith: 'OTHER'}), 'fail'],
    ['something restored', refusalRun({restore: lossRun().record.restore}), 'fail'],
    ['a write on a restored cluster', refusalRun({firstWriteMs: 32_000}), 'fail'],
    [
      'something changed',
      refusalRun({verification: [{name: 'nothing-changed', verdict: 'fail', detail: 'a volume is new'}]}),
      'fail',
    ],
    ['nobody looked', refusalRun({verification: []}), 'unknown'],
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
    const drill = drills[name]
    expect(judged(refusalRun({refusal: {code: drill.refusedWith, message, next: []}}, drill)).verdict).toBe(verdict)
  })
})

describe('a control', () => {
  const control = {...rewindDrill, nature: 'control', mustFail: ['precision']} as const
  const oneEarly = {ledgerIds: present(rewindRun()).filter(id => id !== 1_999)}

  it('is held when exactly its checks fail, and stays a fail', () => {
    const report = judged(rewindRun({}, oneEarly, control))
    expect([report.verdict, report.controlHeld]).toEqual(['fail', true])
  })
  it('is held by the checks of verification', () => {
    const drill = {...rewindDrill, nature: 'control', mustFail: ['victim-table']} as const
    expect(
      judged(rewindRun({verification: [{name: 'victim-table', verdict: 'fail', detail: 'it is not there'}]}, {}, drill))
        .controlHeld,
    ).toBe(true)
  })
  it('is not held when they pass, when another fails too, or when it cannot be judged', () => {
    expect(judged(rewindRun({}, {}, control)).controlHeld).toBe(false)
    expect(judged(rewindRun({}, {ledgerIds: [...oneEarly.ledgerIds, 2_300]}, control)).controlHeld).toBe(false)
    expect(
      judged({...rewindRun({}, oneEarly, control), events: [{kind: 'run.interrupted', atMs: 1, signal: 'SIGINT'}]})
        .controlHeld,
    ).toBe(false)
  })
})

describe('judging', () => {
  it('counts exactly the planted losses', () => {
    const run = lossRun()
    fc.assert(
      fc.property(fc.subarray([...present(run)], {maxLength: 40}), lost => {
        const report = judged(lossRun({}, {ledgerIds: present(run).filter(id => !lost.includes(id))}))
        const own = lost.filter(id => id > 3_200).length
        expect([report.rpo?.transactions, report.writes.lost]).toEqual([5 + lost.length - own, 5 + lost.length])
        expect(failed(report)).toEqual(own === 0 ? [] : ['lost-after-restore'])
      }),
      {numRuns: 15},
    )
  })

  it('is deterministic and does not depend on the order of operations', () => {
    const run = rewindRun()
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

  it('survives JSON, and an empty drill is unknown', () => {
    const report = judged(lossRun())
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
    expect(
      judged({
        record: {
          ...lossRun().record,
          disaster: null,
          phases: [],
          firstWriteMs: null,
          restore: null,
          final: null,
          verification: [],
        },
        events: [],
        ops: [],
      }).verdict,
    ).toBe('unknown')
  })

  it('says what an objective that is set became', () => {
    const objectives = {rtoMsMax: 12_000, lostWritesMax: 4}
    const report = judged(lossRun({}, {}, {...lossDrill, objectives}))
    expect(report.objectives).toEqual([
      {name: 'rtoMsMax', limit: 12_000, actual: 12_000, met: true},
      {name: 'lostWritesMax', limit: 4, actual: 5, met: false},
    ])
    expect([report.verdict, failed(report)]).toEqual(['fail', ['rpo-within-limit']])
    expect(
      judged(rewindRun({}, {}, {...rewindDrill, objectives: {lostWritesMax: 0, collateralMax: 394}})).objectives.map(
        ({actual, met}) => [actual, met],
      ),
    ).toEqual([
      [0, true],
      [394, true],
    ])
  })
})
