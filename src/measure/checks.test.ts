// Every check has a run that it accepts and one that it must reject: the table is complete by its type.
import {describe, expect, it} from 'vitest'
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
  stepStarted,
  type Run,
} from '../../test/build-history.ts'
import {defaultLoad} from '../model/scenario.ts'
import type {Verdict} from '../model/verdict.ts'
import {checkNames, checkTable, type CheckName} from './check-table.ts'
import {judge} from './judge.ts'
import {runChecks} from './run-checks.ts'

const verdictOf = ({record, events, ops}: Run, name: CheckName): Verdict | null =>
  judge(record, events, ops, {}).checks.find(check => check.name === name)?.verdict ?? null

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
const neverBack: Run = {...crash, ops: crashHistory().ops.filter(op => op.invokedMs < 22_500)}
const transfers = (accountsTotal: number | null): Run =>
  quietRun(built => built.transfers({fromMs: 0, toMs: 1_000}), {accountsTotal})
const pinned = (fromMs: number): Run =>
  quietRun(built =>
    built.pinned('pg1', {fromMs: 0, toMs: 5_000, timeline: 1}).pinned('pg2', {fromMs, toMs: 9_000, timeline: 2}),
  )
const reads = (kind: 'read-primary' | 'read-standby', ...seen: readonly number[]): Run =>
  quietRun(built => seen.forEach((version, index) => built.read(kind, 11_000 + index * 10, version, {reader: 1})))
const failedStep = (step: number, code = 'TIMEOUT'): Run =>
  withEvents(crash, [
    ...crashEvents,
    {kind: 'step.failed', atMs: 31_000, step, label: 'x', code, message: 'not in time'},
  ])
const noFailover: Run = quietRun(undefined, {}, {...quietScenario, failover: 'forbidden'})
const agree = (...hashes: readonly string[]): Run =>
  quietFinal({perNode: hashes.map((hash, index) => ({node: `pg${index + 1}`, rows: 1, hash}))})
const lateLoad: Run = {...quiet, ops: quiet.ops.map(op => ({...op, dueMs: op.dueMs - 500}))}

interface Case {
  readonly accepts: Run
  readonly rejects: Run
  readonly as: 'fail' | 'unknown'
}

const cases: Readonly<Record<CheckName, Case>> = {
  'load-before-fault': {
    accepts: crash,
    rejects: {...crash, ops: crash.ops.filter(op => op.invokedMs > 4_900)},
    as: 'unknown',
  },
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
  'start-empty': {accepts: quiet, rejects: quietRun(built => built.read('read-primary', -5, 3)), as: 'unknown'},
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
  it('steps may be numbered from one', () => {
    const events = crashEvents.map(event =>
      event.kind === 'step.started' ? stepStarted(event.atMs, event.step + 1) : event,
    )
    expect(verdictOf(withEvents(crash, events), 'steps-ran')).toBe('pass')
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
