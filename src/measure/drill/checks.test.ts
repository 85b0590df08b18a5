// Every check has a drill that it accepts and one that it must reject: the table is complete by its type.
import {describe, expect, it} from 'vitest'
import {
  backup,
  drillEvents,
  goingOnRun,
  lossDrill,
  lossRun,
  refusalRun,
  rewindDrill,
  rewindRun,
  tableDrill,
  type BuiltDrill,
} from '../../../test/build-drill.ts'
import {history, observed} from '../../../test/build-history.ts'
import type {Drill, DrillObjectives} from '../../model/drill.ts'
import type {FinalState} from '../../model/history.ts'
import type {Verdict} from '../../model/verdict.ts'
import {drillCheckNames, drillCheckTable, type DrillCheckName} from './check-table.ts'
import {judgeDrill} from './judge-drill.ts'

const verdictOf = (run: BuiltDrill, name: DrillCheckName): Verdict | null =>
  judgeDrill(run).checks.find(check => check.name === name)?.verdict ?? null

const loss = lossRun()
const rewind = rewindRun()
const lossIds = loss.record.final?.ledgerIds ?? []
const rewindIds = rewind.record.final?.ledgerIds ?? []
const lossFinal = (final: Partial<FinalState>): BuiltDrill => lossRun({}, final)
const owing = (drill: Drill, objectives: DrillObjectives): Drill => ({...drill, objectives})
const agree = (...hashes: readonly string[]): BuiltDrill =>
  lossFinal({perNode: hashes.map((hash, index) => ({node: `pg${index + 1}`, rows: 1, hash}))})
const transfers = (accountsTotal: number | null): BuiltDrill => {
  const added = history()
    .transfers({fromMs: 0, toMs: 100})
    .ops.map(op => ({...op, id: op.id + 100_000}))
  return {...lossFinal({accountsTotal, transferIds: added.map(op => op.id)}), ops: [...loss.ops, ...added]}
}
const stepFailed = (step: number, code: string): BuiltDrill => ({
  ...loss,
  events: [...drillEvents, {kind: 'step.failed', atMs: 36_000, step, label: 'x', code, message: 'y'}],
})
const restored = lossRun().record.restore
const withFailover = {
  ...lossDrill,
  steps: [...lossDrill.steps, {kind: 'backup-during-failover'}],
} as const satisfies Drill
const backupsWhole = {name: 'backups-whole', verdict: 'pass', detail: ''} as const
const sound = lossRun().record.verification
/** `stretch`: how it is from 25 s on. */
const appending = (stretch: Partial<Parameters<ReturnType<typeof history>['appends']>[0]>) =>
  history()
    .appends({fromMs: 0, toMs: 25_000})
    .appends({fromMs: 25_000, toMs: 35_000, ...stretch})
const delayed = {
  ...tableDrill,
  steps: tableDrill.steps.map(step =>
    step.kind === 'recover-table' ? {...step, from: 'delayed-copy' as const} : step,
  ),
}

interface Case {
  readonly accepts: BuiltDrill
  readonly rejects: BuiltDrill
  readonly as: 'fail' | 'unknown'
}

const cases: Readonly<Record<DrillCheckName, Case>> = {
  'load-before-disaster': {
    accepts: loss,
    rejects: {...loss, ops: loss.ops.filter(op => op.invokedMs > 19_900)},
    as: 'unknown',
  },
  'enough-writes': {accepts: loss, rejects: {...loss, ops: loss.ops.slice(0, 49)}, as: 'unknown'},
  'disaster-happened': {accepts: loss, rejects: lossRun({disaster: null}), as: 'unknown'},
  'steps-ran': {accepts: stepFailed(3, 'RESTORE_FAILED'), rejects: stepFailed(0, 'TIMEOUT'), as: 'unknown'},
  'clock-monotonic': {accepts: loss, rejects: {...loss, events: [...drillEvents, observed(10_000)]}, as: 'unknown'},
  'ids-unique': {accepts: loss, rejects: {...loss, ops: [...loss.ops, ...loss.ops.slice(0, 1)]}, as: 'unknown'},
  'refused': {accepts: refusalRun(), rejects: refusalRun({refusal: null}), as: 'fail'},
  'nothing-restored': {accepts: refusalRun(), rejects: refusalRun({restore: restored}), as: 'fail'},
  'nothing-changed': {accepts: refusalRun(), rejects: refusalRun({verification: []}), as: 'unknown'},
  'final-readable': {accepts: loss, rejects: lossFinal({readable: false}), as: 'unknown'},
  'backups-whole': {
    accepts: lossRun({verification: [...sound, backupsWhole]}, {}, withFailover),
    rejects: lossRun({}, {}, withFailover),
    as: 'unknown',
  },
  'recovered': {accepts: loss, rejects: lossRun({firstWriteMs: 19_000}), as: 'fail'},
  'way-back-ended': {accepts: loss, rejects: stepFailed(3, 'RESTORE_FAILED'), as: 'fail'},
  'no-failed-writes': {
    accepts: goingOnRun(),
    rejects: goingOnRun({}, tableDrill, appending({outcome: 'unknown', timeline: null})),
    as: 'fail',
  },
  'no-failover': {accepts: goingOnRun(), rejects: goingOnRun({}, tableDrill, appending({timeline: 2})), as: 'fail'},
  'nothing-fetched': {
    accepts: goingOnRun({phases: [{name: 'replay', fromMs: 21_000, toMs: 31_000}]}, delayed),
    rejects: goingOnRun({}, delayed),
    as: 'fail',
  },
  'backup-used': {accepts: loss, rejects: lossRun({restore: null}), as: 'fail'},
  'restore-verified': {accepts: loss, rejects: lossRun({verification: []}), as: 'unknown'},
  'precision': {accepts: rewind, rejects: rewindRun({}, {ledgerIds: rewindIds.slice(1)}), as: 'fail'},
  'nothing-after': {accepts: rewind, rejects: rewindRun({}, {ledgerIds: [...rewindIds, 2_300]}), as: 'fail'},
  'lost-after-restore': {accepts: loss, rejects: lossFinal({ledgerIds: lossIds.slice(0, -1)}), as: 'fail'},
  'duplicated-writes': {accepts: loss, rejects: lossFinal({ledgerIds: [...lossIds, 5]}), as: 'fail'},
  'phantom-writes': {accepts: loss, rejects: lossFinal({ledgerIds: [...lossIds, 77_777]}), as: 'fail'},
  'resurrected-writes': {accepts: loss, rejects: lossFinal({ledgerIds: [...lossIds, 2_500]}), as: 'fail'},
  'transfers-total': {accepts: transfers(1_000), rejects: transfers(990), as: 'fail'},
  'nodes-agree': {accepts: agree('a', 'a', 'a'), rejects: agree('a', 'b', 'a'), as: 'fail'},
  'rto-within-limit': {
    accepts: lossRun({}, {}, owing(lossDrill, {rtoMsMax: 12_000})),
    rejects: lossRun({}, {}, owing(lossDrill, {rtoMsMax: 11_999})),
    as: 'fail',
  },
  'rpo-within-limit': {
    accepts: lossRun({}, {}, owing(lossDrill, {lostWritesMax: 5})),
    rejects: lossRun({}, {}, owing(lossDrill, {lostWritesMax: 4})),
    as: 'fail',
  },
  'collateral-within-limit': {
    accepts: rewindRun({}, {}, owing(rewindDrill, {collateralMax: 394})),
    rejects: rewindRun({}, {}, owing(rewindDrill, {collateralMax: 393})),
    as: 'fail',
  },
}

describe.each(drillCheckNames)('%s', name => {
  it('accepts', () => expect(verdictOf(cases[name].accepts, name)).toBe('pass'))
  it('rejects', () => expect(verdictOf(cases[name].rejects, name)).toBe(cases[name].as))
  it('is unknown at most where it is an assumption', () =>
    expect(cases[name].as === 'fail' && drillCheckTable[name].kind === 'assumption').toBe(false))
})

it('an assumption that does not hold makes the verdict unknown, whatever the claims say', () => {
  const report = judgeDrill({...lossRun({}, {ledgerIds: [...lossIds, 5]}), ops: [...loss.ops, ...loss.ops.slice(0, 1)]})
  expect([report.verdict, report.checks.find(check => check.name === 'duplicated-writes')?.verdict]).toEqual([
    'unknown',
    'fail',
  ])
})

it('a verification that says no fails the drill, one that crashed leaves it unknown', () => {
  const said = (verdict: Verdict): Verdict =>
    judgeDrill(lossRun({verification: [{name: 'amcheck', verdict, detail: ''}]})).verdict
  expect([said('pass'), said('fail'), said('unknown')]).toEqual(['pass', 'fail', 'unknown'])
})

describe('what cannot be judged is unknown, what is not owed is not judged', () => {
  const unread = {readable: false}
  it.each([
    ['precision', rewindRun({}, unread), 'unknown'],
    ['nothing-after', rewindRun({}, unread), 'unknown'],
    ['lost-after-restore', lossRun({}, unread), 'unknown'],
    ['collateral-within-limit', rewindRun({}, unread, owing(rewindDrill, {collateralMax: 1})), 'unknown'],
    ['rpo-within-limit', lossRun({}, unread, owing(lossDrill, {lostWritesMax: 1})), 'unknown'],
    ['rto-within-limit', lossRun({firstWriteMs: null}, {}, owing(lossDrill, {rtoMsMax: 1})), 'fail'],
    ['restore-verified', lossRun({verification: [backupsWhole]}, {}, withFailover), 'unknown'],
    ['way-back-ended', lossRun({firstWriteMs: null}), null],
    ['transfers-total', transfers(null), 'unknown'],
    ['transfers-total', loss, null],
    ['precision', loss, null],
    ['nothing-after', loss, null],
    ['rpo-within-limit', rewindRun({}, {}, owing(rewindDrill, {lostWritesMax: 0})), null],
    ['backup-used', lossRun({restore: null, firstWriteMs: null}), null],
    ['steps-ran', stepFailed(3, 'DOCKER_UNREACHABLE'), 'unknown'],
    ['steps-ran', {...loss, events: [{kind: 'run.interrupted', atMs: 1, signal: 'SIGINT'}]}, 'unknown'],
  ] satisfies readonly (readonly [DrillCheckName, BuiltDrill, Verdict | null])[])('%s', (name, run, verdict) =>
    expect(verdictOf(run, name)).toBe(verdict),
  )

  it('a chain that names nothing is no backup', () =>
    expect(verdictOf(lossRun({restore: restored === null ? null : {...restored, chain: []}}), 'backup-used')).toBe(
      'fail',
    ))
  it('the chain is named', () =>
    expect(judgeDrill(loss).checks.find(check => check.name === 'backup-used')?.detail).toBe(`full ${backup.id}`))
  it('members that were seen after the restore must have told their rows', () => {
    const seen = (atMs: number): BuiltDrill => ({
      ...agree('a', 'a'),
      events: [...drillEvents, observed(atMs)].toSorted((a, b) => a.atMs - b.atMs),
    })
    expect([verdictOf(seen(10_000), 'nodes-agree'), verdictOf(seen(33_000), 'nodes-agree')]).toEqual([
      'pass',
      'unknown',
    ])
  })
})
