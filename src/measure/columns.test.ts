import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {anyOp} from '../../test/arbitrary-op.ts'
import {acknowledged, type Op} from '../model/history.ts'
import {
  column,
  countAbove,
  countWhere,
  firsts,
  greatestOf,
  groupByNumber,
  leastOf,
  sortedByNumber,
  viewed,
  where,
  whose,
  within,
} from './columns.ts'
import {OpTable} from './op-table.ts'
import {attemptsOf} from './outages.ts'
import {isAnswered} from './reads.ts'
import {countOf, type Sequence} from './sequence.ts'

const fields = ['id', 'dueMs', 'invokedMs', 'completedMs'] as const
const named = (ops: Sequence<Pick<Op, 'id' | 'completedMs'>>): unknown => [...ops.map(op => [op.id, op.completedMs])]
const grouped = (groups: ReadonlyMap<number, Sequence<Op>>): unknown =>
  [...groups].map(([key, ops]) => [key, named(ops)])
const isRead = ({kind}: Pick<Op, 'kind'>): boolean => kind === 'read-primary' || kind === 'scatter-read'

function answers(ops: Sequence<Op>): unknown {
  const acks = where(ops, acknowledged)
  const at = ops.at(3)?.completedMs ?? 0
  const seen = where(where(ops, isRead), op => isAnswered(op))
  const attempts = attemptsOf(ops, acknowledged)
  const late = whose(ops, 'completedMs', atMs => atMs > 50_000_000)
  const odd = whose(acks, 'id', id => id % 2 === 1)
  return [
    [acks, late, odd, where(late, acknowledged), where(odd, isRead), seen].map(each => [each.length, named(each)]),
    [ops, acks, odd].map(each => countWhere(each, op => op.node === null)),
    // What is gone through for the second time is told as it was the first time.
    [acks, acks, odd].map(each => fields.map(field => [...column(each, field)])),
    [ops, acks, odd, late].map(each => fields.map(field => [leastOf(each, field), greatestOf(each, field)])),
    [ops, acks].map(each => [countAbove(each, ['dueMs', 'invokedMs']), countAbove(each, ['id', 'dueMs'], 5_000)]),
    [{above: at}, {from: at}, {upTo: at}, {below: at}, {from: at, below: 2 * at}].map(bounds =>
      [ops, acks].map(each => named(within(each, 'completedMs', bounds))),
    ),
    fields.map(field => named(sortedByNumber(acks, field))),
    grouped(groupByNumber(ops, 'completedMs', atMs => Math.floor(atMs / 1e7))),
    grouped(groupByNumber(acks, 'id')),
    [attempts, where(attempts, ({good}) => !good)].map(each => [[...each], [...column(each, 'invokedMs')]]),
    named(
      viewed(
        acks,
        ({id, completedMs}) => ({id, completedMs}),
        () => ({}),
      ),
    ),
  ]
}

describe('rows of a table', () => {
  it('answer as an array of them does', () => {
    const isOdd = ({id}: Op): boolean => id % 2 === 1
    const plain = (ops: Sequence<Op>): unknown => [
      named(ops),
      [0, 3, -1, -60, 60].map(index => ops.at(index)?.id),
      named(ops.filter(isOdd)),
      [ops.find(isOdd), ops.findLast(isOdd)].map(op => op?.id),
      ops.some(isOdd),
      ops.reduce((text, {id}) => `${text} ${id}`, ''),
      countOf(ops, isOdd),
    ]
    fc.assert(
      fc.property(fc.array(anyOp, {maxLength: 40}), ops => {
        const rows = OpTable.of(ops).byCompletion()
        for (const each of [rows, where(rows, acknowledged)]) expect(plain(each)).toEqual(plain([...each]))
      }),
    )
  })
})

describe('what columns say of many operations', () => {
  it('is what looking at each says', () => {
    fc.assert(
      fc.property(fc.array(anyOp, {maxLength: 40}), ops => {
        const rows = OpTable.of(ops).byCompletion()
        expect(answers(rows)).toEqual(answers([...rows]))
      }),
    )
  })

  it('has one operation for each that says something else beside its numbers', () => {
    fc.assert(
      fc.property(fc.array(anyOp, {maxLength: 40}), ops => {
        const rows = OpTable.of(ops).byCompletion()
        const said = ({kind, cluster, outcome, node, timeline}: Op): string =>
          JSON.stringify([kind, cluster, outcome, node, timeline])
        const first = [...rows].filter((op, at) => [...rows].findIndex(one => said(one) === said(op)) === at)
        const ids = [...firsts(rows)].map(op => op.id)
        expect(first.map(op => op.id).filter(id => !ids.includes(id))).toEqual([])
      }),
    )
  })
})
