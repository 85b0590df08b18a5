// Recoveries in which the cluster goes on: a table that is brought back, a node that is rebuilt. Nothing of them goes
// back in time, and nothing that was acknowledged at any time may be gone.
import {describe, expect, it} from 'vitest'
import {goingOnRun, lossScenario, rebuildScenario, tableScenario, type RecoveryChanges} from '../../test/build-drill.ts'
import {finalOf, type Run} from '../../test/build-history.ts'
import {acknowledged} from '../model/history.ts'
import type {Report} from '../model/report.ts'
import {comesBackWhole, isPointInTime, isWayBack, type Scenario} from '../model/scenario.ts'
import {judge} from './judge.ts'

/** `gone`: when those that are missing in the end were acknowledged. */
function run(scenario: Scenario, gone: readonly number[], changes: RecoveryChanges = {}): Run {
  const {record, events, ops} = goingOnRun(changes, scenario)
  const missing = new Set(gone.map(atMs => ops.find(op => op.completedMs >= atMs)?.id))
  return {
    record: {
      ...record,
      final: finalOf(ops, {
        ledgerIds: ops.filter(op => op.kind === 'append' && acknowledged(op) && !missing.has(op.id)).map(op => op.id),
      }),
    },
    events,
    ops,
  }
}

const judged = ({record, events, ops}: Run): Report => judge(record, events, ops, {})
const failed = (report: Report): readonly string[] =>
  report.checks.filter(({verdict}) => verdict === 'fail').map(({name}) => name)

describe.each([
  ['a table that comes back', tableScenario],
  ['a node that is rebuilt', rebuildScenario],
] as const)('%s', (_, scenario) => {
  it('does not go back in time, and passes when nothing is gone', () => {
    expect([isPointInTime(scenario.steps), comesBackWhole(scenario.steps)]).toEqual([false, false])
    const report = judged(run(scenario, []))
    expect(failed(report)).toEqual([])
    expect(report).toMatchObject({verdict: 'pass', pointInTime: null, rpo: {transactions: 0, bytes: null}})
  })

  it.each([
    ['before', 10_000],
    ['after', 30_000],
  ])('fails when a write that was acknowledged %s the disaster is gone', (_when, atMs) => {
    const report = judged(run(scenario, [atMs]))
    expect(report.verdict).toBe('fail')
    expect(report.writes.lost).toBe(1)
  })

  it('has a way back that is marked', () =>
    expect(judged(run(scenario, [])).marks.map(({what}) => what)).toContain('restore'))
})

it('a backup is owed by what comes from one, and not by a rebuild', () => {
  const {restore = null} = goingOnRun().record.recovery ?? {}
  expect(failed(judged(run(tableScenario, [], {restore: restore === null ? null : {...restore, chain: []}})))).toEqual([
    'backup-used',
  ])
  expect(judged(run(rebuildScenario, [])).checks.map(({name}) => name)).not.toContain('backup-used')
})

it('a rebuild that fails when writes had come back is a fail and not unknown, unless the host failed it', () => {
  const broken = (code: string): Report => {
    const stored = run(rebuildScenario, [])
    return judged({
      ...stored,
      record: {
        ...stored.record,
        final: null,
        recovery: {restore: null, refusal: null, verification: [], finalAfter: null},
      },
      events: [
        ...stored.events.filter(event => event.kind !== 'cluster.healthy'),
        {kind: 'step.failed', atMs: 35_500, step: 3, label: 'rebuild', code, message: 'pg1 could not be rebuilt'},
      ],
    })
  }
  expect([broken('PATRONI_REFUSED').verdict, failed(broken('PATRONI_REFUSED'))]).toEqual(['fail', ['way-back-ended']])
  expect(broken('DOCKER_UNREACHABLE').verdict).toBe('unknown')
})

it('only a table that comes back owes that no client noticed', () => {
  const names = (scenario: Scenario): readonly string[] =>
    judged(run(scenario, []))
      .checks.map(({name}) => name)
      .filter(name => name.startsWith('no-fail'))
  expect([names(tableScenario), names(rebuildScenario)]).toEqual([['no-failed-writes', 'no-failover'], []])
})

it('every step that brings back is known as one', () => {
  expect(
    [...tableScenario.steps, ...rebuildScenario.steps, ...lossScenario.steps].filter(isWayBack).map(({kind}) => kind),
  ).toEqual(['recover-table', 'rebuild', 'restore'])
  expect(isWayBack(null)).toBe(false)
})
