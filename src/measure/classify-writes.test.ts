import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {lossScenario, pointInTimeScenario} from '../../test/build-drill.ts'
import {acknowledged, type AppendOp, type Outcome} from '../model/history.ts'
import {restoredCluster} from '../model/recovery-record.ts'
import {classifyAcknowledged, classifyWrite, writeClasses, type ClassInput} from './classify-writes.ts'

/** The bad statement takes 20,000 .. 20,050 ms. */
const disaster = {describe: '', commandedMs: 20_000, doneMs: 20_050, atLsn: null}
const pointInTime: ClassInput = {steps: pointInTimeScenario.steps, disaster}
const loss: ClassInput = {steps: lossScenario.steps, disaster}
const write = (invokedMs: number, completedMs: number, cluster?: string): AppendOp => ({
  ...(cluster === undefined ? {} : {cluster}),
  kind: 'append',
  id: 1,
  dueMs: invokedMs,
  invokedMs,
  completedMs,
  outcome: 'ok',
  node: 'pg1',
  timeline: 1,
  error: null,
  session: 1,
  version: 1,
})

describe('a write beside a point-in-time restore', () => {
  it.each([
    ['acknowledged before', write(19_990, 19_999), 'kept', 'missing'],
    ['acknowledged in the moment in which the statement was sent', write(19_990, 20_000), 'beside', 'beside'],
    ['sent in the moment of its reply', write(20_050, 20_060), 'beside', 'beside'],
    ['around all of it', write(19_000, 21_000), 'beside', 'beside'],
    ['sent after its reply', write(20_051, 20_060), 'kept-after', 'collateral'],
    ['of the old cluster, which goes on', write(40_000, 40_002), 'kept-after', 'collateral'],
    ['that waited for the restored cluster', write(21_000, 31_600, restoredCluster), 'own', 'own-lost'],
    ['of the restored cluster', write(33_000, 33_002, restoredCluster), 'own', 'own-lost'],
  ] as const)('%s', (_what, op, there, gone) =>
    expect([classifyWrite(op, true, pointInTime), classifyWrite(op, false, pointInTime)]).toEqual([there, gone]),
  )
})

describe('a write before a loss', () => {
  it.each([
    ['long before', write(10_000, 10_002), 'kept', 'lost'],
    ['acknowledged while it happened', write(19_999, 20_100), 'kept', 'lost'],
    ['acknowledged after it, by what was left', write(20_300, 20_400), 'kept', 'lost'],
    ['of the restored cluster', write(33_000, 33_002, restoredCluster), 'own', 'own-lost'],
  ] as const)('%s', (_what, op, there, gone) =>
    expect([classifyWrite(op, true, loss), classifyWrite(op, false, loss)]).toEqual([there, gone]),
  )

  it('is lost or kept where the disaster never came', () =>
    expect([true, false].map(there => classifyWrite(write(1, 2), there, {...pointInTime, disaster: null}))).toEqual([
      'kept',
      'lost',
    ]))
})

it('every acknowledged write is in exactly one class, and no other is in any', () => {
  const time = fc.integer({min: 0, max: 50_000})
  const op = fc.record({
    a: time,
    b: time,
    own: fc.boolean(),
    outcome: fc.constantFrom<Outcome>('ok', 'ok-local', 'failed', 'unknown'),
    there: fc.boolean(),
  })
  fc.assert(
    fc.property(
      fc.array(op, {maxLength: 60}),
      fc.boolean(),
      fc.option(fc.tuple(time, fc.nat(5_000))),
      (made, back, hit) => {
        const ops = made
          .map(({a, b, own, outcome}, index) => ({
            ...write(Math.min(a, b), Math.max(a, b), own ? restoredCluster : undefined),
            id: index,
            outcome,
          }))
          .toSorted((x, y) => x.completedMs - y.completedMs)
        const found = classifyAcknowledged(ops, ({id}) => made[id]?.there === true, {
          ...(back ? pointInTime : loss),
          disaster: hit === null ? null : {...disaster, commandedMs: hit[0], doneMs: hit[0] + hit[1]},
        })
        const {counts} = found
        expect(writeClasses.reduce((sum, name) => sum + counts[name], 0)).toBe(ops.filter(acknowledged).length)
        expect(found.behindMs).toBeGreaterThanOrEqual(0)
        const gone = ops.filter(candidate => acknowledged(candidate) && made[candidate.id]?.there !== true).length
        expect(counts.lost + counts.missing + counts.collateral + counts['own-lost']).toBeLessThanOrEqual(gone)
        expect(found.lost.length).toBe(counts.lost + counts.missing + counts['own-lost'])
        if (!back) expect(counts.lost + counts['own-lost']).toBe(gone)
      },
    ),
    {numRuns: 300},
  )
})
