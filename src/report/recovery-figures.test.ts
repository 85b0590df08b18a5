import {describe, expect, it} from 'vitest'
import {backup} from '../../test/build-drill.ts'
import {
  emptyDrillReport,
  heldControlReport,
  lossReport,
  missedControlReport,
  neverBackReport,
  notRefusedReport,
  pointInTimeReport,
  refusalReport,
  slowReport,
} from '../../test/golden/fixture-recovery.ts'
import {recoveryRto} from '../../test/golden/fixture-restore.ts'
import {passReport, trialsReport} from '../../test/golden/fixtures.ts'
import {recoveryPhaseNames} from '../model/recovery-record.ts'
import type {Report, Rpo} from '../model/report.ts'
import {compare} from './compare.ts'
import {metricRows, objectiveActual, objectiveVerdict, type MetricRow} from './metric-rows.ts'
import {nextStep, repeatCommand} from './next-step.ts'
import {backupText, restoreFacts} from './restore-facts.ts'
import {explainParts, partsTitle, probesText} from './rto-parts.ts'
import {markText} from './run-marks.ts'

const row = (report: Report, name: string): MetricRow | undefined =>
  metricRows(report).find(candidate => candidate.name === name)
const lossOf = (rpo: Partial<Rpo>): Report => ({
  ...lossReport,
  rpo: lossReport.rpo === null ? null : {...lossReport.rpo, ...rpo},
})

describe('figures of a loss', () => {
  it('are the RTO beside its prediction, and what was lost as count, time and WAL', () => {
    expect(metricRows(lossReport).map(({name, value}) => [name, value])).toEqual([
      ['RTO', '12.00 s'],
      ['lost writes', '5'],
      ['unknown writes', '1'],
      ['redundancy', '25.00 s'],
    ])
    expect(row(lossReport, 'RTO')?.note).toBe('predicted 12.00 s, it took 1.00x of that')
    expect(row(lossReport, 'lost writes')?.note).toBe(
      'of 2,300 acknowledged: the newest 50 ms, 256 B of WAL, at 100 writes/s',
    )
  })
  it('leave out bytes that nobody knows, and a prediction that nobody made', () => {
    const report = {...lossOf({bytes: null}), rto: recoveryRto(12_000, [], {predictedMs: null})}
    expect([row(report, 'lost writes')?.note, row(report, 'RTO')?.note]).toEqual([
      'of 2,300 acknowledged: the newest 50 ms, at 100 writes/s',
      'from the disaster to the first write through the router',
    ])
  })
  it('that were not measured are no zero and not met', () => {
    expect(metricRows(neverBackReport).map(({name, value, verdict}) => [name, value, verdict])).toEqual([
      ['RTO', 'never recovered', 'fail'],
      ['lost writes', 'not measured', 'unknown'],
      ['unknown writes', '1', null],
      ['redundancy', 'not reached', null],
    ])
    expect(
      neverBackReport.objectives.map(objective => [
        objectiveActual(neverBackReport, objective),
        objectiveVerdict(neverBackReport, objective),
      ]),
    ).toEqual([
      ['never recovered', 'fail'],
      ['not measured', 'unknown'],
    ])
    expect(metricRows({...neverBackReport, rto: null})[0]).toMatchObject({value: 'not measured', verdict: 'unknown'})
  })
  it('say what failed of the writes only where a limit is set', () => {
    const owing: Report = {
      ...lossReport,
      objectives: [{name: 'writeErrorsMax', limit: 0, actual: 1_200, met: false}],
    }
    expect(row(owing, 'write errors')).toMatchObject({value: '1,200', limit: 'at most 0', verdict: 'fail'})
  })
})

describe('figures of a point-in-time restore', () => {
  it('are precision, owed whether or not an objective says so, and collateral', () => {
    expect(row(pointInTimeReport, 'precision')).toMatchObject({
      value: '0',
      limit: 'at most 0',
      verdict: 'pass',
      note: 'good writes before the bad statement that are missing; 6 were under way beside it',
    })
    expect(row(pointInTimeReport, 'collateral')).toMatchObject({value: '394', limit: null, verdict: null})
    expect(row(pointInTimeReport, 'lost writes')).toBeUndefined()
    const owing: Report = {
      ...pointInTimeReport,
      objectives: [{name: 'collateralMax', limit: 10, actual: 394, met: false}],
    }
    expect(row(owing, 'collateral')).toMatchObject({value: '394', limit: 'at most 10', verdict: 'fail'})
  })
  it('say what is missing and what should not be there', () => {
    const report = {...pointInTimeReport, pointInTime: {missing: 1, beside: 6, collateral: 393, keptAfter: 1}}
    expect(row(report, 'precision')).toMatchObject({value: '1', verdict: 'fail'})
    expect(row(report, 'collateral')?.note).toBe(
      'good writes after it that the point-in-time restore took; 1 are there all the same',
    )
  })
})

describe('figures of many drills', () => {
  const {trials} = trialsReport
  it('are the spread, and say of which trial the rest is', () => {
    const report: Report = {...pointInTimeReport, trials}
    expect(row(report, 'RTO')?.value).toBe('median 19.90 s')
    expect(row(report, 'precision')?.note).toContain('in the worst trial: good writes')
    expect(row(report, 'collateral')?.note).toContain('in the worst trial: good writes')
    expect(row({...lossReport, trials}, 'lost writes')).toMatchObject({value: '0', note: 'of 48,210 acknowledged'})
    expect(repeatCommand(report)).toBe('hl drill --scenario drop-table --seed 7 --repeat 10')
  })
})

it('a refusal has no figures', () =>
  expect([metricRows(refusalReport), restoreFacts(refusalReport), explainParts(refusalReport)]).toEqual([[], [], []]))

describe('the parts', () => {
  it('are all explained, and share the whole', () => {
    const phases = recoveryPhaseNames.map((name, index) => ({
      name,
      fromMs: 20_000 + index * 700,
      toMs: 20_700 + index * 700,
    }))
    const parts = explainParts({...lossReport, phases, rto: recoveryRto(12_000, phases)})
    expect(parts.map(part => part.name)).toEqual([...recoveryPhaseNames, 'unattributed'])
    expect(new Set(parts.map(part => part.note)).size).toBe(parts.length)
    expect(parts.reduce((sum, part) => sum + part.share, 0)).toBeCloseTo(1)
  })
  it('of nothing are left out, and claim no bytes that nobody counted', () => {
    const rto = recoveryRto(12_000, [
      {name: 'fetch', fromMs: 20_000, toMs: 25_000},
      {name: 'replay', fromMs: 25_000, toMs: 32_000},
      {name: 'promote', fromMs: 32_000, toMs: 32_000},
    ])
    expect(explainParts({...lossReport, restore: null, rto}).map(part => part.note)).toEqual([
      'copying the base backup',
      'replaying WAL up to the target',
    ])
  })
  it('end with a write to the table where the cluster went on', () => {
    const rto = recoveryRto(2_000, [
      {name: 'bring-table', fromMs: 20_000, toMs: 21_000},
      {name: 'first-write', fromMs: 21_000, toMs: 22_000},
    ])
    expect(explainParts({...lossReport, rto}).at(-1)?.note).toBe('reading all of the table, and a write to it')
  })
  it('have a title that fits', () =>
    expect([partsTitle(lossReport), partsTitle(neverBackReport)]).toEqual([
      'where the 12.00 s went',
      'where the time went, as far as it came',
    ]))
  it('name the resolution of the probes only where they come from probes', () =>
    expect([probesText(lossReport), probesText(passReport)]).toEqual([null, 'probes every 100 ms']))
})

describe('what it was restored from', () => {
  it('is the chain, why, the target and the end', () => {
    expect(restoreFacts(lossReport)).toEqual([
      ['backup', 'full full-1 of pg2, 48 MB, timeline 1, ended 2026-01-01T00:00:05.000Z'],
      ['chosen', 'the newest backup that ended before the target'],
      ['target', 'the end of the archive'],
      ['restored', '48 MB copied, 29 MB of WAL replayed up to 0/4FFFF00, goes on as timeline 2'],
    ])
  })
  it('names each backup of a chain, and that none is named', () => {
    const {restore} = lossReport
    const chain = (...backups: readonly (typeof backup)[]): readonly string[] =>
      restoreFacts({restore: restore === null ? null : {...restore, chain: backups}}).map(([name]) => name)
    expect(chain(backup, {...backup, id: 'i1'}, {...backup, id: 'i2'}).slice(0, 3)).toEqual([
      'backup',
      'then 1',
      'then 2',
    ])
    expect(chain()[0]).toBe('backup')
    expect(backupText({...backup, timeline: null})).not.toContain('timeline')
  })
})

describe('the next step', () => {
  const muchReplay: Report = {
    ...slowReport,
    rto: recoveryRto(12_000, [{name: 'replay', fromMs: 20_000, toMs: 29_000}]),
  }
  it.each([
    ['a pass', slowReport, undefined],
    ['a fail', neverBackReport, 'see what failed above'],
    ['an unknown', emptyDrillReport, 'unknown is not a pass'],
    ['a control that was not rejected', missedControlReport, 'had to be rejected'],
    ['a control that was', heldControlReport, undefined],
    ['a refusal', refusalReport, undefined],
    ['no refusal', notRefusedReport, 'had to be refused'],
    ['much replay', muchReplay, 'replay is 75% of the recovery'],
  ] as const)('after %s', (_what, report, text) => {
    const hint = nextStep(report)?.text
    if (text === undefined) expect(hint).toBeUndefined()
    else expect(hint).toContain(text)
  })

  it('quotes what a shell would split', () =>
    expect(repeatCommand({...lossReport, scenario: "it's", seed: 4})).toBe("hl drill --scenario 'it'\\''s' --seed 4"))
})

it('a moment says when', () =>
  expect(markText({what: 'backup', atMs: 5_040, text: 'full backup'})).toBe('full backup at +5.0s'))

describe('the comparison', () => {
  const names = (a: Report, b: Report): readonly string[] => compare(a, b).rows.map(({name}) => name.trim())
  it('of two recoveries has their phases in order, and what was copied and replayed', () => {
    expect(compare(lossReport, slowReport).rows[0]).toEqual({name: 'RTO', a: '12.00 s', b: '20.00 s', ratio: '1.67x'})
    expect(names(lossReport, slowReport)).toEqual([
      'RTO',
      'detect',
      'decide',
      'fetch',
      'start',
      'consistent',
      'replay',
      'promote',
      'first-write',
      'unattributed',
      'redundancy',
      'longest stall',
      'lost writes',
      'acknowledged writes',
      'failed writes',
      'unknown writes',
      'copied',
      'WAL replayed',
    ])
  })
  it('shows precision and collateral only where both have them', () => {
    expect(names(pointInTimeReport, heldControlReport)).toEqual(expect.arrayContaining(['precision', 'collateral']))
    expect(names(pointInTimeReport, lossReport)).not.toContain('precision')
    expect(names(passReport, lossReport)).not.toContain('copied')
  })
})
