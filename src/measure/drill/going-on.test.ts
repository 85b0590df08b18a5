// Drills in which the cluster goes on: a table that is brought back, a node that is made anew. Nothing of them is a rewind, and nothing that was acknowledged at any time may be gone.
import {describe, expect, it} from 'vitest'
import {backup, lossDrill, lossRun, rewindDrill} from '../../../test/build-drill.ts'
import {finalOf, history} from '../../../test/build-history.ts'
import type {Drill, DrillRecord, DrillStep} from '../../model/drill.ts'
import {acknowledged} from '../../model/history.ts'
import {comesBackWhole, isRewind, isWayBack} from './drill-steps.ts'
import {judgeDrill} from './judge-drill.ts'

const replaceRestore = (drill: Drill, step: DrillStep): Drill => ({...drill, steps: drill.steps.map(each => (each.kind === 'restore' ? step : each)), objectives: {lostWritesMax: 0}})
const table = replaceRestore(rewindDrill, {kind: 'recover-table', from: 'archive'})
const repair = replaceRestore({...lossDrill, steps: lossDrill.steps.map(step => (step.kind === 'disaster' ? {kind: 'disaster', disaster: {kind: 'corrupt-page'}} : step))}, {kind: 'repair'})

/** The load goes on throughout; `gone`: when those that are missing in the end were acknowledged. */
function run(drill: Drill, restore: DrillRecord['restore'], gone: readonly number[]): ReturnType<typeof judgeDrill> {
  const {ops} = history().appends({fromMs: 0, toMs: 35_000})
  const missing = new Set(gone.map(atMs => ops.find(op => op.completedMs >= atMs)?.id))
  const {record, events} = lossRun({restore, verification: [{name: 'amcheck', verdict: 'pass', detail: 'sound'}]}, {}, drill)
  return judgeDrill({record: {...record, final: finalOf(ops, {ledgerIds: ops.filter(op => acknowledged(op) && !missing.has(op.id)).map(op => op.id)})}, events, ops})
}

const facts: DrillRecord['restore'] = {target: 'just before it', why: 'the newest', chain: [backup], copiedBytes: 1, replayedBytes: 1, endLsn: '0/4000000', timeline: 1, predictedMs: null}
const failed = (report: ReturnType<typeof judgeDrill>): readonly string[] => report.checks.filter(({verdict}) => verdict === 'fail').map(({name}) => name)

describe.each([['a table that comes back', table, facts], ['a node that is made anew', repair, null]] as const)('%s', (_, drill, restore) => {
  it('is no rewind, and passes when nothing is gone', () => {
    expect([isRewind(drill.steps), comesBackWhole(drill.steps)]).toEqual([false, false])
    const report = run(drill, restore, [])
    expect(failed(report)).toEqual([])
    expect(report).toMatchObject({verdict: 'pass', rewind: null, rpo: {transactions: 0, bytes: null}})
  })

  it.each([['before', 10_000], ['after', 30_000]])('fails when a write that was acknowledged %s the disaster is gone', (_when, atMs) => {
    const report = run(drill, restore, [atMs])
    expect(report.verdict).toBe('fail')
    expect(report.writes.lost).toBe(1)
  })

  it('has a way back that is marked', () => expect(run(drill, restore, []).marks.map(({what}) => what)).toContain('restore'))
})

it('a backup is owed by what comes from one, and not by a repair', () => {
  expect(failed(run(table, {...facts, chain: []}, []))).toEqual(['backup-used'])
  expect(run(repair, null, []).checks.map(({name}) => name)).not.toContain('backup-used')
})

it('every step that brings back is known as one', () => {
  expect([...table.steps, ...repair.steps, ...lossDrill.steps].filter(isWayBack).map(({kind}) => kind)).toEqual(['recover-table', 'repair', 'restore'])
  expect(isWayBack(null)).toBe(false)
})
