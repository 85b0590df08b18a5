// Drills in which the cluster goes on: a table that is brought back, a node that is made anew. Nothing of them is a
// rewind, and nothing that was acknowledged at any time may be gone.
import {describe, expect, it} from 'vitest'
import {drillEvents, goingOnRun, lossDrill, repairDrill, tableDrill} from '../../../test/build-drill.ts'
import {finalOf} from '../../../test/build-history.ts'
import type {Drill} from '../../model/drill.ts'
import {acknowledged} from '../../model/history.ts'
import {comesBackWhole, isRewind, isWayBack} from './drill-steps.ts'
import {judgeDrill, type StoredDrill} from './judge-drill.ts'

/** `gone`: when those that are missing in the end were acknowledged. */
function run(drill: Drill, gone: readonly number[], changes: Partial<StoredDrill['record']> = {}): StoredDrill {
  const {record, events, ops} = goingOnRun(changes, drill)
  const missing = new Set(gone.map(atMs => ops.find(op => op.completedMs >= atMs)?.id))
  return {
    record: {
      ...record,
      final: finalOf(ops, {ledgerIds: ops.filter(op => acknowledged(op) && !missing.has(op.id)).map(op => op.id)}),
    },
    events,
    ops,
  }
}

const failed = (report: ReturnType<typeof judgeDrill>): readonly string[] =>
  report.checks.filter(({verdict}) => verdict === 'fail').map(({name}) => name)

describe.each([
  ['a table that comes back', tableDrill],
  ['a node that is made anew', repairDrill],
] as const)('%s', (_, drill) => {
  it('is no rewind, and passes when nothing is gone', () => {
    expect([isRewind(drill.steps), comesBackWhole(drill.steps)]).toEqual([false, false])
    const report = judgeDrill(run(drill, []))
    expect(failed(report)).toEqual([])
    expect(report).toMatchObject({verdict: 'pass', rewind: null, rpo: {transactions: 0, bytes: null}})
  })

  it.each([
    ['before', 10_000],
    ['after', 30_000],
  ])('fails when a write that was acknowledged %s the disaster is gone', (_when, atMs) => {
    const report = judgeDrill(run(drill, [atMs]))
    expect(report.verdict).toBe('fail')
    expect(report.writes.lost).toBe(1)
  })

  it('has a way back that is marked', () =>
    expect(judgeDrill(run(drill, [])).marks.map(({what}) => what)).toContain('restore'))
})

it('a backup is owed by what comes from one, and not by a repair', () => {
  const {restore} = goingOnRun().record
  expect(failed(judgeDrill(run(tableDrill, [], {restore: restore === null ? null : {...restore, chain: []}})))).toEqual(
    ['backup-used'],
  )
  expect(judgeDrill(run(repairDrill, [])).checks.map(({name}) => name)).not.toContain('backup-used')
})

it('a repair that fails when writes had come back is a fail and not unknown, unless the host failed it', () => {
  const broken = (code: string): ReturnType<typeof judgeDrill> => {
    const stored = run(repairDrill, [])
    return judgeDrill({
      ...stored,
      record: {...stored.record, redundantMs: null, final: null, verification: []},
      events: [
        ...drillEvents,
        {kind: 'step.failed', atMs: 40_000, step: 3, label: 'repair', code, message: 'pg1 could not be built anew'},
      ],
    })
  }
  expect([broken('PATRONI_REFUSED').verdict, failed(broken('PATRONI_REFUSED'))]).toEqual(['fail', ['way-back-ended']])
  expect(broken('DOCKER_UNREACHABLE').verdict).toBe('unknown')
})

it('only a table that comes back owes that no client noticed', () => {
  const names = (drill: Drill): readonly string[] =>
    judgeDrill(run(drill, []))
      .checks.map(({name}) => name)
      .filter(name => name.startsWith('no-fail'))
  expect([names(tableDrill), names(repairDrill)]).toEqual([['no-failed-writes', 'no-failover'], []])
})

it('every step that brings back is known as one', () => {
  expect(
    [...tableDrill.steps, ...repairDrill.steps, ...lossDrill.steps].filter(isWayBack).map(({kind}) => kind),
  ).toEqual(['recover-table', 'repair', 'restore'])
  expect(isWayBack(null)).toBe(false)
})
