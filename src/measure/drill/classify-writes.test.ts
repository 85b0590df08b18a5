import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {lossRun, rewindRun} from '../../../test/build-drill.ts'
import {acknowledged, type AppendOp, type Outcome} from '../../model/history.ts'
import {classifyWrite, countAcknowledged, writeClasses, type ClassRecord} from './classify-writes.ts'

/** The bad statement takes 20,000 .. 20,050 ms, the promotion ends at 31,500 on timeline 2. */
const rewind: ClassRecord = rewindRun().record
const loss: ClassRecord = lossRun().record
const write = (invokedMs: number, completedMs: number, timeline: number | null = 1): AppendOp => ({
  kind: 'append',
  id: 1,
  dueMs: invokedMs,
  invokedMs,
  completedMs,
  outcome: 'ok',
  node: 'pg1',
  timeline,
  error: null,
  session: 1,
  version: 1,
})

describe('a write beside a rewind', () => {
  it.each([
    ['acknowledged before', write(19_990, 19_999), 'kept', 'missing'],
    ['acknowledged in the moment in which the statement was sent', write(19_990, 20_000), 'beside', 'beside'],
    ['sent in the moment of its reply', write(20_050, 20_060), 'beside', 'beside'],
    ['around all of it', write(19_000, 21_000), 'beside', 'beside'],
    ['sent after its reply', write(20_051, 20_060), 'kept-after', 'collateral'],
    ['of the old cluster, which goes on', write(40_000, 40_002, 1), 'kept-after', 'collateral'],
    ['that waited for the restored cluster', write(21_000, 31_600, 2), 'own', 'own-lost'],
    ['of the restored cluster', write(33_000, 33_002, 2), 'own', 'own-lost'],
    ['of the restored cluster after a failover', write(33_000, 33_002, 3), 'own', 'own-lost'],
    ['without a timeline, sent after the promotion', write(31_500, 31_502, null), 'own', 'own-lost'],
    ['without a timeline, sent before it', write(31_499, 31_502, null), 'kept-after', 'collateral'],
  ] as const)('%s', (_what, op, there, gone) =>
    expect([classifyWrite(op, true, rewind), classifyWrite(op, false, rewind)]).toEqual([there, gone]),
  )
})

describe('a write before a loss', () => {
  it.each([
    ['long before', write(10_000, 10_002), 'kept', 'lost'],
    ['acknowledged while it happened', write(19_999, 20_100), 'kept', 'lost'],
    ['acknowledged after it, by what was left', write(20_300, 20_400), 'kept', 'lost'],
    ['of the restored cluster', write(33_000, 33_002, 2), 'own', 'own-lost'],
  ] as const)('%s', (_what, op, there, gone) =>
    expect([classifyWrite(op, true, loss), classifyWrite(op, false, loss)]).toEqual([there, gone]),
  )

  it('belongs to the old cluster where nothing was restored or promoted', () => {
    expect(classifyWrite(write(33_000, 33_002, null), false, {...loss, restore: null, phases: []})).toBe('lost')
    expect(classifyWrite(write(33_000, 33_002), true, {...rewind, disaster: null, restore: null, phases: []})).toBe(
      'kept',
    )
  })
})

it('every acknowledged write is in exactly one class, and no other is in any', () => {
  const time = fc.integer({min: 0, max: 50_000})
  const op = fc.record({
    a: time,
    b: time,
    timeline: fc.option(fc.integer({min: 1, max: 3})),
    outcome: fc.constantFrom<Outcome>('ok', 'ok-local', 'failed', 'unknown'),
    there: fc.boolean(),
  })
  fc.assert(
    fc.property(
      fc.array(op, {maxLength: 60}),
      fc.boolean(),
      fc.option(fc.tuple(time, fc.nat(5_000))),
      fc.boolean(),
      (made, rewinds, disaster, restored) => {
        const ops = made
          .map(({a, b, timeline, outcome}, index) => ({
            ...write(Math.min(a, b), Math.max(a, b), timeline),
            id: index,
            outcome,
          }))
          .toSorted((x, y) => x.completedMs - y.completedMs)
        const of = rewinds ? rewind : loss
        const record: ClassRecord = {
          ...of,
          disaster:
            disaster === null
              ? null
              : {describe: '', invokedMs: disaster[0], completedMs: disaster[0] + disaster[1], atLsn: null},
          restore: restored ? of.restore : null,
        }
        const counts = countAcknowledged(ops, id => made[id]?.there === true, record)
        expect(writeClasses.reduce((sum, name) => sum + counts[name], 0)).toBe(ops.filter(acknowledged).length)
        expect(counts.behindMs).toBeGreaterThanOrEqual(0)
        const gone = ops.filter(candidate => acknowledged(candidate) && made[candidate.id]?.there !== true).length
        expect(counts.lost + counts.missing + counts.collateral + counts['own-lost']).toBeLessThanOrEqual(gone)
        if (!rewinds) expect(counts.lost + counts['own-lost']).toBe(gone)
      },
    ),
    {numRuns: 300},
  )
})
