import {describe, expect, it} from 'vitest'
import type {Op} from '../../model/history.ts'
import type {RunEvent} from '../../model/run-event.ts'
import {defaultLoad} from '../../model/scenario.ts'
import {defaultSettings} from '../../model/topology.ts'
import {parseRecord} from './parse-record.ts'
import {upgradeRecord, upgradeRun} from './upgrade-run.ts'

const base = {
  schemaVersion: 1,
  run: '1122-101502-a3',
  seed: 7,
  startedAt: '2026-11-22T10:15:02.000Z',
  config: {settings: defaultSettings, load: defaultLoad, versions: {}, patroni: {}, dataChecksums: true, fsync: true},
  host: {cpus: 2, memoryMb: 1, os: 'x', docker: 'y'},
}
const final = {
  readable: true,
  primary: 'pg2',
  timeline: 3,
  ledgerIds: [4],
  transferIds: [],
  pinnedIds: [],
  accountsTotal: 1_000,
  accountsTotalExpected: 1_000,
  perNode: [],
  switchPoints: [],
}
const hold = {kind: 'hold', forMs: 1, as: 'baseline'}
const scenario = {
  name: 'mine',
  kind: 'failover',
  summary: 'it breaks',
  expectation: 'it mends',
  nature: 'fault',
  failover: 'required',
  cluster: {profile: 'patroni-3', settings: {ttlS: 30}},
  load: {},
  steps: [hold],
  objectives: {lostWritesMax: 0},
}
const failover = {...base, scenario, trial: 2, through: 'pgpool', final: null}
const restore = {kind: 'restore', target: 'before-disaster', into: 'new-lab'}
const drill = {
  ...base,
  drill: {
    name: 'dropped-table',
    kind: 'restore',
    summary: 'it is dropped',
    expectation: 'it comes back',
    nature: 'drill',
    archive: 'command',
    load: {deadlineMs: 40_000},
    steps: [hold, {kind: 'disaster', disaster: {kind: 'drop-table'}}, restore],
    objectives: {rtoMsMax: 300_000},
  },
  disaster: {describe: 'DROP TABLE', invokedMs: 1_000, completedMs: 1_050, atLsn: '0/3000000'},
  phases: [{name: 'fetch', fromMs: 1_100, toMs: 1_900}],
  firstWriteMs: 2_000,
  redundantMs: 3_000,
  restore: {
    target: 't',
    why: 'w',
    chain: [],
    copiedBytes: 1,
    replayedBytes: 1,
    endLsn: '0/1',
    timeline: 3,
    predictedMs: null,
  },
  refusal: null,
  verification: [{name: 'amcheck', verdict: 'pass', detail: 'nothing'}],
  final,
}
const withSteps = (...steps: readonly unknown[]): typeof drill => ({
  ...drill,
  drill: {...drill.drill, steps: [...steps] as never},
})
const op: Op = {
  kind: 'append',
  id: 4,
  session: 0,
  version: 1,
  dueMs: 5,
  invokedMs: 5,
  completedMs: 9,
  outcome: 'ok',
  node: 'pg1',
  timeline: 1,
  error: null,
}
const step: RunEvent = {kind: 'step.started', atMs: 900, step: 2, label: 'drop it', withinMs: 1}
const recordOf = (record: unknown): ReturnType<typeof parseRecord> => parseRecord(upgradeRecord(record))

describe('a failover run of the version before', () => {
  it('says what is expected instead of its nature, and has one cluster', () => {
    const upgraded = recordOf(failover)
    expect(upgraded).toMatchObject({trial: 2, through: 'pgpool', recovery: null, final: null})
    expect(upgraded.scenario).toEqual({
      name: 'mine',
      kind: 'failover',
      summary: 'it breaks',
      rationale: 'it mends',
      expect: {kind: 'recovery'},
      failover: 'required',
      clusters: [{name: 'main', settings: {ttlS: 30}, archive: 'none'}],
      load: {},
      steps: [hold],
      objectives: {lostWritesMax: 0},
    })
  })

  it('keeps what a control must fail', () => {
    const control = {...scenario, nature: 'control', mustFail: ['lost-writes']}
    expect(recordOf({...failover, scenario: control}).scenario.expect).toEqual({
      kind: 'failing-checks',
      checks: ['lost-writes'],
    })
  })

  it('keeps its events and operations as they are', () => {
    expect(upgradeRun({record: failover, events: [step], ops: [op]})).toMatchObject({events: [step], ops: [op]})
  })

  it('took `direct` for several hosts before it could name one', () => {
    expect(recordOf({...failover, through: 'direct'}).through).toBe('multi-host')
    expect(recordOf({...failover, through: 'direct', directTo: 'pg1'}).through).toBe('direct')
  })
})

describe('a drill of the version before', () => {
  it('is a recovery whose restored cluster is listed', () => {
    const {scenario: upgraded, recovery, ...record} = recordOf(drill)
    expect(record).toEqual({...base, trial: 1, through: 'router', final})
    expect(upgraded).toMatchObject({
      kind: 'recovery',
      rationale: 'it comes back',
      expect: {kind: 'recovery'},
      failover: 'allowed',
      clusters: [
        {name: 'main', settings: {}, archive: 'command'},
        {name: 'restored', settings: {}, archive: 'command'},
      ],
      load: {pinnedWritesPerSecond: 0, deadlineMs: 40_000},
    })
    expect(recovery).toEqual({
      restore: drill.restore,
      refusal: null,
      verification: drill.verification,
      finalAfter: null,
    })
  })

  it('tells its moments as events in order of time, with steps from 0', () => {
    expect(upgradeRun({record: drill, events: [step], ops: []}).events).toEqual([
      {...step, step: 1},
      {kind: 'disaster.commanded', atMs: 1_000, describe: 'DROP TABLE', targets: []},
      {kind: 'disaster.done', atMs: 1_050, atLsn: '0/3000000'},
      {kind: 'recovery.phase', atMs: 1_900, phase: 'fetch', fromMs: 1_100},
      {kind: 'cluster.healthy', atMs: 3_000, timeline: 3, cluster: 'restored'},
    ])
  })

  it('has its first write as an operation of the cluster that came back', () => {
    expect(upgradeRun({record: drill, events: [], ops: [op]}).ops).toEqual([
      op,
      expect.objectContaining({
        kind: 'append',
        cluster: 'restored',
        id: 1,
        completedMs: 2_000,
        outcome: 'ok',
        node: 'pg2',
      }),
    ])
  })

  it('has it as a write to the table that came back, with an id of its own', () => {
    const table = withSteps(...drill.drill.steps.slice(0, 2), {kind: 'recover-table', from: 'archive'})
    const {ops, events, record} = upgradeRun({record: table, events: [], ops: [op]})
    expect(ops.slice(1)).toEqual([
      expect.objectContaining({kind: 'table-write', id: 5, table: 'hl.victim', completedMs: 2_000}),
    ])
    expect(ops[1]).not.toHaveProperty('cluster')
    expect(events.at(-1)).not.toHaveProperty('cluster')
    expect(parseRecord(record).scenario.clusters).toHaveLength(1)
  })

  it.each([
    ['corrupt-page', ['append', 'table-write']],
    // The load's own writes tell it.
    ['lose-primary-volume', ['append']],
  ])('after %s and a rebuild ends with %j', (kind, kinds) => {
    const rebuilt = withSteps(hold, {kind: 'disaster', disaster: {kind}}, {kind: 'repair'})
    const run = upgradeRun({record: rebuilt, events: [], ops: [op]})
    expect(run.ops.map(one => one.kind)).toEqual(kinds)
    expect(parseRecord(run.record).scenario.steps.at(-1)).toEqual({kind: 'rebuild'})
  })

  it('keeps what must be refused and what was tampered with', () => {
    const tampering = {kind: 'byte-flipped'}
    const refused = {
      ...drill,
      drill: {
        ...drill.drill,
        nature: 'refusal',
        refusedWith: 'BACKUP_INVALID',
        refusedSaying: 'checksum',
        steps: [hold, {kind: 'tamper', tampering}, restore],
      },
      disaster: null,
      phases: [],
      firstWriteMs: null,
      redundantMs: null,
      final: null,
      refusal: {code: 'BACKUP_INVALID', message: 'm', next: []},
    }
    const run = upgradeRun({record: refused, events: [], ops: []})
    expect([run.events, run.ops]).toEqual([[], []])
    expect(parseRecord(run.record).scenario).toMatchObject({
      expect: {kind: 'refusal', code: 'BACKUP_INVALID', saying: 'checksum'},
      steps: [hold, {kind: 'sabotage', sabotage: tampering}, restore],
    })
  })

  it('is refused by the field that is wrong', () => {
    const upgraded = (changes: object): unknown => upgradeRun({record: {...drill, ...changes}, events: [], ops: []})
    expect(() => upgraded({phases: [{name: 'fetch'}]})).toThrow('phases is wrong or missing')
    expect(() => upgraded({disaster: {}})).toThrow('disaster is wrong or missing')
    expect(() => upgraded({firstWriteMs: 'soon'})).toThrow('firstWriteMs is wrong or missing')
    expect(() => recordOf({...drill, verification: undefined})).toThrow('recovery.verification is wrong or missing')
  })
})

it('leaves a run of today as it is', () => {
  const today = upgradeRun({record: drill, events: [step], ops: [op]})
  expect(upgradeRun(today)).toEqual(today)
})
