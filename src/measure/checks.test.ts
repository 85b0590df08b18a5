// Every check has a run that it accepts and one that it must reject, of a failover or of a recovery: the table is
// complete by its type. On nothing at all no check passes.
import {describe, expect, it} from 'vitest'
import {
  backup,
  barrierScenario,
  goingOnRun,
  lossRun,
  lossScenario,
  lostPrimaryScenario,
  pointInTimeRun,
  pointInTimeScenario,
  rebuildScenario,
  refusalRun,
  refusalScenario,
  tableScenario,
} from '../../test/build-drill.ts'
import {
  crashEvents,
  crashHistory,
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
import {
  scattered,
  shardCrashScenario,
  shardLostRun,
  shardLostScenario,
  shardedRun,
  shardedScenario,
  shardOps,
} from '../../test/build-shards.ts'
import {acknowledged, type FinalState} from '../model/history.ts'
import type {Report} from '../model/report.ts'
import {defaultLoad, type Scenario} from '../model/scenario.ts'
import type {Verdict} from '../model/verdict.ts'
import {checkNames, checkTable, type CheckName} from './check-table.ts'
import {judge} from './judge.ts'
import {runChecks} from './run-checks.ts'

const judged = ({record, events, ops}: Run): Report => judge(record, events, ops, {})
const verdictOf = (run: Run, name: string): Verdict | null =>
  judged(run).checks.find(check => check.name === name)?.verdict ?? null

const quiet = quietRun()
const crash = crashRun()
const ids = quiet.record.final?.ledgerIds ?? []
const withEvents = (run: Run, events: Run['events']): Run => ({...run, events})
const without = (kind: string): Run =>
  withEvents(
    crash,
    crashEvents.filter(event => event.kind !== kind),
  )
const quietFinal = (final: Parameters<typeof quietRun>[1]): Run => quietRun(undefined, final)
const limits = (objectives: Run['record']['scenario']['objectives']): Run =>
  crashRun({}, {...crashScenario, objectives})
const refused = {outcome: 'failed', node: null, timeline: null, error: {code: null, message: 'refused'}} as const
/** Writes that were sent in this stretch were refused. */
const refusing = (fromMs: number, toMs: number): Run => ({
  ...crash,
  ops: crashHistory().ops.map(op => (op.invokedMs < fromMs || op.invokedMs >= toMs ? op : {...op, ...refused})),
})
const neverBack = refusing(22_500, Infinity)
const transfers = (accountsTotal: number | null): Run =>
  quietRun(built => built.transfers({fromMs: 0, toMs: 1_000}), {accountsTotal})
const pinned = (fromMs: number): Run => {
  const {ops} = history()
    .appends({fromMs: 0, toMs: 4_000})
    .appends({fromMs: 6_000, toMs: 10_000, node: 'pg2', timeline: 2})
    .pinned('pg1', {fromMs: 0, toMs: 5_000, timeline: 1})
    .pinned('pg2', {fromMs, toMs: 9_000, timeline: 2})
    .pinned('pg3', {fromMs: 0, toMs: 9_000, outcome: 'failed', timeline: null})
  return {record: recordOf(finalOf(ops)), events: [observed(0)], ops}
}
const reads = (kind: 'read-primary' | 'read-standby', ...seen: readonly number[]): Run =>
  quietRun(built => {
    const all = [...Array.from({length: 9}, () => seen[0] ?? 0), ...seen]
    all.forEach((version, index) => built.read(kind, 11_000 + index * 10, version, {reader: 1}))
  })
const failedStep = (step: number, code = 'TIMEOUT'): Run =>
  withEvents(crash, [
    ...crashEvents,
    {kind: 'step.failed', atMs: 31_000, step, label: 'x', code, message: 'not in time'},
  ])
/** Nobody says which members there were. */
const unwatched = (run: Run): Run =>
  withEvents(
    run,
    run.events.filter(({kind}) => kind !== 'cluster.observed'),
  )
const noFailover: Run = quietRun(undefined, {}, {...quietScenario, failover: 'forbidden'})
const agree = (...hashes: readonly string[]): Run =>
  quietFinal({perNode: hashes.map((hash, index) => ({node: `pg${index + 1}`, rows: 1, hash}))})
/** A run on s2, while s1 went from s1-pg1 on timeline 1 to that. */
const besides = (primary: string, timeline: number): Run => ({
  ...crash,
  record: {
    ...crash.record,
    shard: 's2',
    otherShards: [{name: 's1', before: {primary: 's1-pg1', timeline: 1}, after: {primary, timeline}}],
  },
})
const lateLoad: Run = {...quiet, ops: quiet.ops.map(op => ({...op, dueMs: op.dueMs - 500}))}

const loss = lossRun()
const pointInTime = pointInTimeRun()
const lossIds = loss.record.final?.ledgerIds ?? []
const ownIds = loss.record.recovery?.finalAfter?.ledgerIds ?? []
const pitIds = pointInTime.record.final?.ledgerIds ?? []
const lossFinal = (final: Partial<FinalState>): Run => lossRun({}, final)
const owing = (scenario: Scenario, objectives: Scenario['objectives']): Scenario => ({...scenario, objectives})
const restoredAgree = (...hashes: readonly string[]): Run =>
  lossFinal({perNode: hashes.map((hash, index) => ({node: `pg${index + 1}`, rows: 1, hash}))})
const restoredTransfers = (accountsTotal: number | null): Run => {
  const added = history()
    .transfers({fromMs: 0, toMs: 100})
    .ops.map(op => ({...op, id: op.id + 100_000}))
  return {...lossFinal({accountsTotal, transferIds: added.map(op => op.id)}), ops: [...loss.ops, ...added]}
}
const lossStepFailed = (step: number, code: string): Run => ({
  ...loss,
  events: [...loss.events, {kind: 'step.failed', atMs: 36_000, step, label: 'x', code, message: 'y'}],
})
const restored = loss.record.recovery?.restore ?? null
/** Restored to a barrier between 5 and 12 s; `kept`: until when what was acknowledged is there. */
const atBarrier = (keptMs: number): Run => {
  const kept = loss.ops.filter(op => op.cluster === undefined && acknowledged(op) && op.completedMs <= keptMs)
  const {events, ...run} = lossRun({}, {ledgerIds: kept.map(({id}) => id)}, barrierScenario)
  const taken = (event: Run['events'][number]): boolean => event.kind === 'step.done' && event.step === 1
  return {...run, events: events.map(event => (taken(event) ? {...event, atMs: 12_000} : event))}
}
const withFailover = {
  ...lossScenario,
  steps: [...lossScenario.steps, {kind: 'backup-during-failover'}],
} as const satisfies Scenario
const backupsWhole = {name: 'backups-whole', verdict: 'pass', detail: ''} as const
const sound = loss.record.recovery?.verification ?? []
/** `stretch`: how it is from 25 s on. */
const appending = (stretch: Partial<Parameters<ReturnType<typeof history>['appends']>[0]>) =>
  history()
    .appends({fromMs: 0, toMs: 25_000})
    .appends({fromMs: 25_000, toMs: 35_000, ...stretch})
const delayed = {
  ...tableScenario,
  steps: tableScenario.steps.map(step =>
    step.kind === 'recover-table' ? {...step, from: 'delayed-copy' as const} : step,
  ),
}

/** While s2 was down, writes to these shards were refused. */
const shardCrash = (down: readonly string[]): Run =>
  shardedRun({
    scenario: shardCrashScenario,
    ops: shardOps((shards, atMs) =>
      atMs > 10_000 && atMs < 15_000 && shards.some(name => down.includes(name)) ? 'failed' : 'ok',
    ),
  })
/** Half of the orders of user 0, whose group is 0, are of that group. */
const hotOps = (group: number) => shardOps().map(op => (op.kind === 'transfer' ? {...op, groups: [group, 1]} : op))

interface Case {
  readonly accepts: Run
  readonly rejects: Run
  readonly as: 'fail' | 'unknown'
}

/** Checks that ask for something that came back, a moment that came, other shards, or a part of a load. */
const needsSomething: ReadonlySet<string> = new Set<CheckName>([
  'load-before-disaster',
  'way-back-ended',
  'backup-used',
  'halves-told',
  'restore-verified',
  'other-shards-untouched',
  'baseline-clean',
  'timelines-rise',
  'reads-explained',
  'scatter-reads-whole',
  'hot-group-named',
])

const cases: Readonly<Record<CheckName, Case>> = {
  'load-before-disaster': {
    accepts: loss,
    rejects: {...loss, ops: loss.ops.filter(op => op.invokedMs > 19_900)},
    as: 'unknown',
  },
  'disaster-happened': {accepts: loss, rejects: lossRun({disaster: null}), as: 'unknown'},
  'refused': {accepts: refusalRun(), rejects: refusalRun({refusal: null}), as: 'fail'},
  'nothing-restored': {accepts: refusalRun(), rejects: refusalRun({restore: restored}), as: 'fail'},
  'nothing-changed': {accepts: refusalRun(), rejects: refusalRun({verification: []}), as: 'unknown'},
  'backups-whole': {
    accepts: lossRun({verification: [...sound, backupsWhole]}, {}, withFailover),
    rejects: lossRun({}, {}, withFailover),
    as: 'unknown',
  },
  'way-back-ended': {accepts: loss, rejects: lossStepFailed(3, 'RESTORE_FAILED'), as: 'fail'},
  'no-failed-writes': {
    accepts: goingOnRun(),
    rejects: goingOnRun({}, tableScenario, appending({outcome: 'unknown', timeline: null})),
    as: 'fail',
  },
  'nothing-fetched': {
    accepts: goingOnRun({phases: [{name: 'replay', fromMs: 21_000, toMs: 31_000}]}, delayed),
    rejects: goingOnRun({}, delayed),
    as: 'fail',
  },
  'backup-used': {accepts: loss, rejects: lossRun({restore: null}), as: 'fail'},
  'restore-verified': {accepts: loss, rejects: lossRun({verification: []}), as: 'unknown'},
  'precision': {accepts: pointInTime, rejects: pointInTimeRun({}, {ledgerIds: pitIds.slice(1)}), as: 'fail'},
  'nothing-after': {accepts: pointInTime, rejects: pointInTimeRun({}, {ledgerIds: [...pitIds, 2_300]}), as: 'fail'},
  'at-barrier': {accepts: atBarrier(8_000), rejects: atBarrier(4_000), as: 'fail'},
  'halves-told': {accepts: shardLostRun(), rejects: shardLostRun({told: 1}), as: 'fail'},
  'lost-after-restore': {accepts: loss, rejects: lossRun({finalAfter: {ledgerIds: ownIds.slice(0, -1)}}), as: 'fail'},
  'rpo-within-limit': {
    accepts: lossRun({}, {}, owing(lossScenario, {lostWritesMax: 5})),
    rejects: lossRun({}, {}, owing(lossScenario, {lostWritesMax: 4})),
    as: 'fail',
  },
  'collateral-within-limit': {
    accepts: pointInTimeRun({}, {}, owing(pointInTimeScenario, {collateralMax: 394})),
    rejects: pointInTimeRun({}, {}, owing(pointInTimeScenario, {collateralMax: 393})),
    as: 'fail',
  },
  'load-before-fault': {
    accepts: crash,
    rejects: {...crash, ops: crash.ops.filter(op => op.invokedMs > 4_900)},
    as: 'unknown',
  },
  'baseline-clean': {accepts: crash, rejects: refusing(1_000, 2_000), as: 'unknown'},
  'load-ran-through': {
    accepts: crash,
    rejects: {...crash, ops: crash.ops.filter(op => op.invokedMs < 10_000 || op.invokedMs > 13_000)},
    as: 'unknown',
  },
  'history-complete': {accepts: quiet, rejects: {...quiet, ops: quiet.ops.toSpliced(500, 1)}, as: 'unknown'},
  'timelines-rise': {
    accepts: crash,
    rejects: {...crash, ops: crash.ops.map(op => (op.invokedMs < 1_000 ? {...op, timeline: 7} : op))},
    as: 'unknown',
  },
  'reads-explained': {accepts: reads('read-primary', 1_000), rejects: reads('read-primary', 1_001), as: 'unknown'},
  'enough-writes': {accepts: quiet, rejects: {...quiet, ops: quiet.ops.slice(0, 49)}, as: 'unknown'},
  'load-on-time': {accepts: quiet, rejects: lateLoad, as: 'unknown'},
  'fault-seen': {accepts: crash, rejects: without('fault.verified'), as: 'unknown'},
  'heal-seen': {accepts: crash, rejects: without('heal.verified'), as: 'unknown'},
  'steps-ran': {
    accepts: crash,
    rejects: withEvents(crash, [...crashEvents, {kind: 'run.interrupted', atMs: 31_000, signal: 'SIGINT'}]),
    as: 'unknown',
  },
  'clock-monotonic': {accepts: crash, rejects: withEvents(crash, [...crashEvents, observed(10_000)]), as: 'unknown'},
  'ids-unique': {accepts: quiet, rejects: {...quiet, ops: [...quiet.ops, ...quiet.ops.slice(0, 1)]}, as: 'unknown'},
  'start-empty': {
    accepts: quietRun(built => built.read('read-primary', 11_000, 3)),
    rejects: quietRun(built => built.read('read-primary', -5, 3)),
    as: 'unknown',
  },
  'events-present': {accepts: quiet, rejects: withEvents(quiet, []), as: 'unknown'},
  'final-readable': {accepts: quiet, rejects: quietFinal({readable: false}), as: 'unknown'},
  'recovered': {accepts: crash, rejects: neverBack, as: 'fail'},
  'conditions-met': {accepts: crash, rejects: failedStep(2), as: 'fail'},
  'failover-happened': {
    accepts: crash,
    rejects: {
      ...withEvents(
        crash,
        crashEvents.filter(event => event.kind !== 'lease.changed'),
      ),
      record: recordOf(finalOf(crash.ops, {timeline: 1}), crashScenario),
      ops: crash.ops.map(op => ({...op, timeline: 1})),
    },
    as: 'fail',
  },
  'no-failover': {
    accepts: noFailover,
    rejects: withEvents(noFailover, [observed(0), {kind: 'lease.changed', atMs: 5_000, from: 'pg1', to: 'pg2'}]),
    as: 'fail',
  },
  'lost-writes': {accepts: quiet, rejects: quietFinal({ledgerIds: ids.slice(1)}), as: 'fail'},
  'duplicated-writes': {accepts: quiet, rejects: quietFinal({ledgerIds: [...ids, 5]}), as: 'fail'},
  'phantom-writes': {accepts: quiet, rejects: quietFinal({ledgerIds: [...ids, 77_777]}), as: 'fail'},
  'resurrected-writes': {
    accepts: crash,
    rejects: crashRun({ledgerIds: crash.ops.filter(op => op.outcome !== 'unknown').map(op => op.id)}),
    as: 'fail',
  },
  'transfers-total': {accepts: transfers(1_000), rejects: transfers(990), as: 'fail'},
  'split-brain': {accepts: pinned(6_000), rejects: pinned(4_000), as: 'fail'},
  'reads-primary-fresh': {accepts: reads('read-primary', 1_000), rejects: reads('read-primary', 999), as: 'fail'},
  'reads-primary-monotonic': {
    accepts: reads('read-primary', 1_000, 1_000),
    rejects: reads('read-primary', 1_000, 999),
    as: 'fail',
  },
  'read-your-writes': {accepts: reads('read-primary', 1_000), rejects: reads('read-primary', 999), as: 'fail'},
  // Standbys promise no freshness, so only silence is held against them.
  'reads-standby': {
    accepts: reads('read-standby', 3),
    rejects: quietRun(built => built.read('read-standby', 11_000, null)),
    as: 'unknown',
  },
  'nodes-agree': {accepts: agree('a', 'a', 'a'), rejects: agree('a', 'a', 'b'), as: 'fail'},
  'other-shards-untouched': {accepts: besides('s1-pg1', 1), rejects: besides('s1-pg1', 2), as: 'fail'},
  'rows-on-owner': {
    accepts: shardedRun(),
    rejects: shardedRun({s2: {tables: [{table: 'orders', rows: 900, misplaced: 1}]}}),
    as: 'fail',
  },
  'transactions-whole': {accepts: shardedRun(), rejects: shardedRun({s2: {takenIds: []}}), as: 'fail'},
  'nothing-prepared': {accepts: shardedRun(), rejects: shardedRun({s2: {prepared: ['hl:x']}}), as: 'fail'},
  'others-kept-serving': {
    accepts: shardCrash(['s2']),
    rejects: shardCrash(['s1', 's2']),
    as: 'fail',
  },
  'scatter-reads-whole': {
    accepts: shardedRun(),
    rejects: shardedRun({ops: scattered(({seen}) => ({seen: seen === null ? null : seen - 1}))}),
    as: 'fail',
  },
  'hot-group-named': {
    accepts: shardedRun({ops: hotOps(0), hotUserShare: 0.8}),
    rejects: shardedRun({ops: hotOps(40), hotUserShare: 0.8}),
    as: 'fail',
  },
  'rto-within-limit': {accepts: limits({rtoMsMax: 17_510}), rejects: limits({rtoMsMax: 17_509}), as: 'fail'},
  'write-errors-within-limit': {
    accepts: limits({writeErrorsMax: 1_750}),
    rejects: limits({writeErrorsMax: 1_749}),
    as: 'fail',
  },
  'stall-within-limit': {
    accepts: limits({longestStallMsMax: 17_510}),
    rejects: limits({longestStallMsMax: 17_509}),
    as: 'fail',
  },
}

/** What recoveries are held to by the checks that failovers have too. */
const ofRecoveries: Readonly<Partial<Record<CheckName, Case>>> = {
  'enough-writes': {accepts: loss, rejects: {...loss, ops: loss.ops.slice(0, 49)}, as: 'unknown'},
  'steps-ran': {accepts: lossStepFailed(3, 'RESTORE_FAILED'), rejects: lossStepFailed(0, 'TIMEOUT'), as: 'unknown'},
  'clock-monotonic': {accepts: loss, rejects: {...loss, events: [...loss.events, observed(10_000)]}, as: 'unknown'},
  'ids-unique': {accepts: loss, rejects: {...loss, ops: [...loss.ops, ...loss.ops.slice(0, 1)]}, as: 'unknown'},
  'final-readable': {accepts: loss, rejects: lossFinal({readable: false}), as: 'unknown'},
  'recovered': {accepts: loss, rejects: lossRun({firstWriteMs: null}), as: 'fail'},
  'no-failover': {accepts: goingOnRun(), rejects: goingOnRun({}, tableScenario, appending({timeline: 2})), as: 'fail'},
  'duplicated-writes': {accepts: loss, rejects: lossFinal({ledgerIds: [...lossIds, 5]}), as: 'fail'},
  'phantom-writes': {accepts: loss, rejects: lossFinal({ledgerIds: [...lossIds, 77_777]}), as: 'fail'},
  'resurrected-writes': {accepts: loss, rejects: lossFinal({ledgerIds: [...lossIds, 2_500]}), as: 'fail'},
  'transfers-total': {accepts: restoredTransfers(1_000), rejects: restoredTransfers(990), as: 'fail'},
  'nodes-agree': {accepts: restoredAgree('a', 'a', 'a'), rejects: restoredAgree('a', 'b', 'a'), as: 'fail'},
  'rto-within-limit': {
    accepts: lossRun({}, {}, owing(lossScenario, {rtoMsMax: 12_000})),
    rejects: lossRun({}, {}, owing(lossScenario, {rtoMsMax: 11_999})),
    as: 'fail',
  },
}

describe.each(Object.entries(ofRecoveries))('%s of a recovery', (name, {accepts, rejects, as}) => {
  it('accepts', () => expect(verdictOf(accepts, name)).toBe('pass'))
  it('rejects', () => expect(verdictOf(rejects, name)).toBe(as))
})

describe.each(checkNames)('%s', name => {
  it('accepts', () => expect(verdictOf(cases[name].accepts, name)).toBe('pass'))
  it('rejects', () => expect(verdictOf(cases[name].rejects, name)).toBe(cases[name].as))
  it('is unknown at most where it is an assumption', () =>
    expect(cases[name].as === 'fail' && checkTable[name].kind === 'assumption').toBe(false))
})

describe('what cannot be judged is unknown, what was not loaded is not judged', () => {
  it.each([
    ['transfers-total', transfers(null)],
    ['nodes-agree', agree('a', 'a')],
    ['nodes-agree', agree()],
    ['nodes-agree', unwatched(agree('a', 'a', 'a'))],
    ['split-brain', unwatched(pinned(6_000))],
    ['lost-writes', quietFinal({readable: false})],
    [
      'failover-happened',
      {
        ...withEvents(crash, []),
        ops: crash.ops.map(op => ({...op, timeline: null})),
        record: recordOf(null, crashScenario),
      },
    ],
    ['split-brain', quietRun(built => built.pinned('pg1', {fromMs: 0, toMs: 1_000, timeline: null}))],
    ['reads-primary-fresh', {...quiet, record: recordOf(quiet.record.final, quietScenario, {load: defaultLoad})}],
    ['steps-ran', failedStep(1)],
    ['steps-ran', failedStep(2, 'DOCKER_UNREACHABLE')],
    ['conditions-met', failedStep(2, 'DOCKER_UNREACHABLE')],
    [
      'steps-ran',
      withEvents(
        crash,
        crashEvents.filter(event => event.kind !== 'step.started' || event.step < 2),
      ),
    ],
    [
      'fault-seen',
      withEvents(
        crash,
        crashEvents.filter(event => event.kind !== 'fault.commanded' && event.kind !== 'fault.verified'),
      ),
    ],
  ] satisfies readonly (readonly [CheckName, Run])[])('%s', (name, run) => expect(verdictOf(run, name)).toBe('unknown'))

  it.each([
    'transfers-total',
    'split-brain',
    'reads-primary-fresh',
    'reads-standby',
    'failover-happened',
    'rto-within-limit',
    'conditions-met',
  ] satisfies readonly CheckName[])('%s', name => expect(verdictOf(quiet, name)).toBeNull())
  it('a lost transfer is a lost write', () =>
    expect(
      verdictOf(
        quietRun(built => built.transfers({fromMs: 0, toMs: 1_000}), {transferIds: []}),
        'lost-writes',
      ),
    ).toBe('fail'))
  it('a lost pinned write is a lost write, also where no client lost one', () =>
    expect(
      verdictOf(
        quietRun(built => built.pinned('pg1', {fromMs: 0, toMs: 1_000}), {pinnedIds: []}),
        'lost-writes',
      ),
    ).toBe('fail'))
  it('what one side of a split brain loses is the finding of split-brain', () => {
    const built = history()
      .appends({fromMs: 0, toMs: 10_000})
      .pinned('pg1', {fromMs: 0, toMs: 5_000, timeline: 1})
      .pinned('pg2', {fromMs: 4_000, toMs: 9_000, timeline: 2})
    const run = {record: recordOf(finalOf(built.ops, {pinnedIds: []})), events: [observed(0)], ops: built.ops}
    expect([verdictOf(run, 'lost-writes'), verdictOf(run, 'split-brain')]).toEqual(['pass', 'fail'])
  })
  it('losses that the objectives allow pass', () =>
    expect(
      verdictOf(
        quietRun(undefined, {ledgerIds: ids.slice(2)}, {...quietScenario, objectives: {lostWritesMax: 2}}),
        'lost-writes',
      ),
    ).toBe('pass'))
  it('a failed wait is the answer of the cluster: the steps after it may be missing', () => {
    const events = crashEvents.filter(event => event.kind !== 'step.started' || event.step < 3)
    expect(
      verdictOf(
        withEvents(crash, [
          ...events,
          {kind: 'step.failed', atMs: 31_000, step: 2, label: 'x', code: 'TIMEOUT', message: 'y'},
        ]),
        'steps-ran',
      ),
    ).toBe('pass')
  })
})

it('a verification that says no fails the drill, one that crashed leaves it unknown', () => {
  const said = (verdict: Verdict): Verdict =>
    judged(lossRun({verification: [{name: 'amcheck', verdict, detail: ''}]})).verdict
  expect([said('pass'), said('fail'), said('unknown')]).toEqual(['pass', 'fail', 'unknown'])
})

describe('of a recovery what cannot be judged is unknown, what is not owed is not judged', () => {
  const unread = {readable: false}
  it.each([
    ['precision', pointInTimeRun({}, unread), 'unknown'],
    ['nothing-after', pointInTimeRun({}, unread), 'unknown'],
    ['lost-after-restore', lossRun({}, unread), 'unknown'],
    ['at-barrier', atBarrier(15_000), 'fail'],
    ['at-barrier', lossRun({}, unread, barrierScenario), 'unknown'],
    ['at-barrier', loss, null],
    ['collateral-within-limit', pointInTimeRun({}, unread, owing(pointInTimeScenario, {collateralMax: 1})), 'unknown'],
    ['rpo-within-limit', lossRun({}, unread, owing(lossScenario, {lostWritesMax: 1})), 'unknown'],
    ['rto-within-limit', lossRun({firstWriteMs: null}, {}, owing(lossScenario, {rtoMsMax: 1})), 'fail'],
    ['restore-verified', lossRun({verification: [backupsWhole]}, {}, withFailover), 'unknown'],
    ['way-back-ended', lossRun({firstWriteMs: null}), null],
    ['transfers-total', restoredTransfers(null), 'unknown'],
    ['transfers-total', loss, null],
    ['precision', loss, null],
    ['nothing-after', loss, null],
    ['rpo-within-limit', pointInTimeRun({}, {}, owing(pointInTimeScenario, {lostWritesMax: 0})), null],
    ['backup-used', lossRun({restore: null, firstWriteMs: null}), null],
    ['steps-ran', lossStepFailed(3, 'DOCKER_UNREACHABLE'), 'unknown'],
    ['steps-ran', {...loss, events: [{kind: 'run.interrupted', atMs: 1, signal: 'SIGINT'}]}, 'unknown'],
  ] satisfies readonly (readonly [CheckName, Run, Verdict | null])[])('%s', (name, run, verdict) =>
    expect(verdictOf(run, name)).toBe(verdict),
  )

  it('a chain that names nothing is no backup', () =>
    expect(verdictOf(lossRun({restore: restored === null ? null : {...restored, chain: []}}), 'backup-used')).toBe(
      'fail',
    ))
  it('the chain is named', () =>
    expect(judged(loss).checks.find(check => check.name === 'backup-used')?.detail).toBe(`full ${backup.id}`))
  it('members that were seen after the restore must have told their rows', () => {
    const seen = (atMs: number): Run => ({
      ...restoredAgree('a', 'a'),
      events: [...loss.events, observed(atMs)].toSorted((a, b) => a.atMs - b.atMs),
    })
    expect([verdictOf(seen(10_000), 'nodes-agree'), verdictOf(seen(33_000), 'nodes-agree')]).toEqual([
      'pass',
      'unknown',
    ])
  })
})

describe('a check that looked at nothing never passes', () => {
  const owed = {rtoMsMax: 1, lostWritesMax: 1, collateralMax: 1, writeErrorsMax: 1, longestStallMsMax: 1}
  const scenarios = [
    {...quietScenario, failover: 'forbidden'},
    crashScenario,
    {...quietScenario, steps: [{kind: 'switchover'}]},
    lossScenario,
    barrierScenario,
    pointInTimeScenario,
    tableScenario,
    delayed,
    rebuildScenario,
    lostPrimaryScenario,
    refusalScenario,
    withFailover,
    shardedScenario,
    shardCrashScenario,
    shardLostScenario,
  ] as const satisfies readonly Scenario[]
  const recovery = {restore: null, refusal: null, verification: []}
  const noRows = finalOf([], {perNode: []})

  it.each(checkNames)('%s', name => {
    const verdicts = scenarios.flatMap(scenario =>
      [null, noRows].map(final =>
        verdictOf(
          {
            record: {
              ...recordOf(final, owing(scenario, owed), {load: defaultLoad}),
              recovery: {...recovery, finalAfter: final},
            },
            events: [],
            ops: [],
          },
          name,
        ),
      ),
    )
    const asksTheFinalState = name === 'final-readable' || name === 'transfers-total'
    expect(verdicts.filter(verdict => verdict === 'pass' && !asksTheFinalState)).toEqual([])
    if (name === 'refused') expect(verdicts).not.toContain('fail')
    expect(verdicts.some(verdict => verdict !== null) || needsSomething.has(name)).toBe(true)
  })
})

it('a crashed checker is unknown and stops nothing', () => {
  const crashing = (): never => {
    throw new Error('planted')
  }
  expect(
    runChecks(
      [
        ['recovered', crashing],
        ['lost-writes', () => ({verdict: 'pass', detail: ''})],
        ['nodes-agree', () => null],
      ],
      null,
    ),
  ).toEqual([
    {name: 'recovered', verdict: 'unknown', detail: 'the checker crashed: planted'},
    {name: 'lost-writes', verdict: 'pass', detail: ''},
  ])
})
