import {describe, expect, it} from 'vitest'
import {
  backup,
  lossDrill,
  lossRun,
  refusalRun,
  rewindDrill,
  rewindRun,
  type BuiltDrill,
} from '../../../test/build-drill.ts'
import {judgeDrill} from '../../measure/drill/judge-drill.ts'
import {drillPartNames, type DrillReport} from '../../model/drill.ts'
import {drillCommand, drillHint} from './drill-next-step.ts'
import {explainDrillParts, partsTitle} from './drill-parts.ts'
import {drillObjectiveActual, drillObjectiveVerdict, drillRows} from './drill-rows.ts'
import {backupText, restoreFacts} from './restore-facts.ts'
import {drillSetUp, markText} from './told-of-drill.ts'

const loss = judgeDrill(lossRun())
const rewind = judgeDrill(rewindRun())
const refusal = judgeDrill(refusalRun())
const never = judgeDrill(
  lossRun(
    {firstWriteMs: null, restore: null, final: null},
    {},
    {...lossDrill, objectives: {rtoMsMax: 60_000, lostWritesMax: 0}},
  ),
)
const row = (report: DrillReport, name: string) => drillRows(report).find(candidate => candidate.name === name)
const lossOf = (changes: Parameters<typeof lossRun>[0]): DrillReport => judgeDrill(lossRun(changes))

describe('figures of a loss', () => {
  it('are the RTO beside its prediction, and what was lost as count, time and WAL', () => {
    expect(drillRows(loss).map(({name, value}) => [name, value])).toEqual([
      ['RTO', '12.00 s'],
      ['lost writes', '5'],
      ['unknown writes', '1'],
      ['redundancy', '25.00 s'],
    ])
    expect(row(loss, 'RTO')?.note).toBe('predicted 12.00 s, it took 1.00x of that')
    expect(row(loss, 'lost writes')?.note).toBe(
      'of 2,300 acknowledged: the newest 50 ms, 256 B of WAL, at 100 writes/s',
    )
  })
  it('leave out bytes that nobody knows, and a prediction that nobody made', () => {
    const report = lossOf({
      disaster: {describe: '', invokedMs: 20_000, completedMs: 20_200, atLsn: null},
      restore: null,
    })
    expect([row(report, 'lost writes')?.note, row(report, 'RTO')?.note]).toEqual([
      'of 2,300 acknowledged: the newest 50 ms, at 100 writes/s',
      'from the disaster to the first write through the router',
    ])
  })
  it('that were not measured are no zero and not met', () => {
    expect(drillRows(never).map(({name, value, verdict}) => [name, value, verdict])).toEqual([
      ['RTO', 'never recovered', 'fail'],
      ['lost writes', 'not measured', 'unknown'],
      ['unknown writes', '1', null],
      ['redundancy', 'not reached', null],
    ])
    expect(
      never.objectives.map(objective => [
        drillObjectiveActual(never, objective),
        drillObjectiveVerdict(never, objective),
      ]),
    ).toEqual([
      ['never recovered', 'fail'],
      ['not measured', 'unknown'],
    ])
    expect(drillRows({...never, rto: null})[0]).toMatchObject({value: 'not measured', verdict: 'unknown'})
  })
})

describe('figures of a rewind', () => {
  it('are precision, owed whether or not an objective says so, and collateral', () => {
    expect(row(rewind, 'precision')).toMatchObject({
      value: '0',
      limit: 'at most 0',
      verdict: 'pass',
      note: 'good writes before the bad statement that are missing; 6 were under way beside it',
    })
    expect(row(rewind, 'collateral')).toMatchObject({value: '394', limit: null, verdict: null})
    expect(
      row(judgeDrill(rewindRun({}, {}, {...rewindDrill, objectives: {collateralMax: 10}})), 'collateral'),
    ).toMatchObject({limit: 'at most 10', verdict: 'fail'})
  })
  it('say what is missing and what should not be there', () => {
    const ids = rewindRun().record.final?.ledgerIds ?? []
    const report = judgeDrill(rewindRun({}, {ledgerIds: [...ids.slice(1), 2_300]}))
    expect(row(report, 'precision')).toMatchObject({value: '1', verdict: 'fail'})
    expect(row(report, 'collateral')?.note).toBe('good writes after it that the rewind took; 1 are there all the same')
  })
})

it('a refusal has no figures', () =>
  expect([drillRows(refusal), restoreFacts(refusal), explainDrillParts(refusal)]).toEqual([[], [], []]))

describe('the parts', () => {
  it('are all explained, and share the whole', () => {
    const parts = explainDrillParts(
      judgeDrill(
        lossRun({
          phases: drillPartNames.map((name, index) => ({
            name,
            fromMs: 20_000 + index * 700,
            toMs: 20_700 + index * 700,
          })),
        }),
      ),
    )
    expect(parts.map(part => part.name)).toEqual([...drillPartNames, 'unattributed'])
    expect(new Set(parts.map(part => part.note)).size).toBe(parts.length)
    expect(parts.reduce((sum, part) => sum + part.share, 0)).toBeCloseTo(1)
  })
  it('of nothing are left out, and claim no bytes that nobody counted', () => {
    const parts = explainDrillParts(
      lossOf({
        restore: null,
        phases: [
          {name: 'fetch', fromMs: 20_000, toMs: 25_000},
          {name: 'replay', fromMs: 25_000, toMs: 32_000},
          {name: 'promote', fromMs: 32_000, toMs: 32_000},
        ],
      }),
    )
    expect(parts.map(part => part.note)).toEqual(['copying the base backup', 'replaying WAL up to the target'])
  })
  it('have a title that fits', () =>
    expect([partsTitle(loss), partsTitle(never)]).toEqual([
      'where the 12.00 s went',
      'where the time went, as far as it came',
    ]))
})

describe('what it was restored from', () => {
  it('is the chain, why, the target and the end', () => {
    expect(restoreFacts(loss)).toEqual([
      ['backup', 'full full-1 of pg2, 48 MB, timeline 1, ended 2026-01-01T00:00:05.000Z'],
      ['chosen', 'the newest backup that ended before the target'],
      ['target', 'the end of the archive'],
      ['restored', '48 MB copied, 29 MB of WAL replayed up to 0/4FFFF00, goes on as timeline 2'],
    ])
  })
  it('names each backup of a chain, and that none is named', () => {
    const chain = (...backups: readonly (typeof backup)[]): readonly string[] =>
      restoreFacts({restore: loss.restore === null ? null : {...loss.restore, chain: backups}}).map(([name]) => name)
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
  const control = {...rewindDrill, nature: 'control', mustFail: ['precision']} as const
  const hint = (run: BuiltDrill): string | undefined => drillHint(judgeDrill(run))?.text
  it.each([
    ['a pass', lossRun(), undefined],
    ['a fail', lossRun({firstWriteMs: null}), 'see what failed above'],
    ['an unknown', lossRun({verification: []}), 'unknown is not a pass'],
    ['a control that was not rejected', rewindRun({}, {}, control), 'had to be rejected'],
    [
      'a control that was',
      rewindRun({}, {ledgerIds: (rewindRun().record.final?.ledgerIds ?? []).slice(1)}, control),
      undefined,
    ],
    ['a refusal', refusalRun(), undefined],
    ['no refusal', refusalRun({refusal: null}), 'had to be refused'],
    [
      'much replay',
      lossRun({phases: [{name: 'replay', fromMs: 20_000, toMs: 29_000}]}),
      'replay is 75% of the recovery',
    ],
  ] as const)('after %s', (_what, run, text) =>
    text === undefined ? expect(hint(run)).toBeUndefined() : expect(hint(run)).toContain(text),
  )

  it('quotes what a shell would split', () =>
    expect(drillCommand({scenario: "it's", seed: 4})).toBe("hl drill --scenario 'it'\\''s' --seed 4"))
})

it('the load goes through the router, and a moment says when', () =>
  expect([drillSetUp(loss).through, markText({what: 'backup', atMs: 5_040, text: 'full backup'})]).toEqual([
    'router',
    'full backup at +5.0s',
  ]))
