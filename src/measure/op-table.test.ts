import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {anyOp} from '../../test/arbitrary-op.ts'
import {history} from '../../test/build-history.ts'
import type {Op} from '../model/history.ts'
import {OpTable} from './op-table.ts'

const inOrder = (ops: readonly Op[]): readonly Op[] =>
  ops.toSorted(
    (a, b) => a.completedMs - b.completedMs || a.id - b.id || (a.cluster ?? '').localeCompare(b.cluster ?? ''),
  )
/** A row has every field; those that its kind does not have are undefined or null. */
const asSaid = (row: Op, op: Op): object =>
  Object.fromEntries(Object.keys(op).map(field => [field, (row as unknown as Record<string, unknown>)[field]]))

describe('a table of operations', () => {
  it('gives back what was put in, and rows that read the same', () => {
    fc.assert(
      fc.property(fc.array(anyOp, {maxLength: 30}), ops => {
        const table = OpTable.of(ops)
        expect(table.length).toBe(ops.length)
        expect([...table]).toEqual(ops)
        const sorted = inOrder(ops)
        expect([...table.byCompletion()].map((row, index) => asSaid(row, sorted[index] as Op))).toEqual(sorted)
      }),
    )
  })

  it('has as many rows as a history has lines', () => {
    const {ops} = history()
      .appends({fromMs: 0, toMs: 300_000})
      .pinned('pg1', {fromMs: 0, toMs: 300_000}, atMs => `1/${atMs.toString(16).toUpperCase()}`)
    expect(ops.length).toBeGreaterThan(32_768)
    expect([...OpTable.of(ops)]).toEqual(ops)
    expect([
      ...OpTable.of(ops)
        .byCompletion()
        .map(op => op.id),
    ]).toEqual(inOrder(ops).map(op => op.id))
  })

  it('with more behind it is another one', () => {
    const [first, second] = history().appends({fromMs: 0, toMs: 20}).ops
    const table = OpTable.of([first as Op])
    expect([...table.concat([second as Op])]).toEqual([first, second])
    expect([...table]).toEqual([first])
  })
})
