// What is kept in memory: the first rows of an order, and complete groups, against the same done with all rows.
import fc from 'fast-check'
import {expect, it} from 'vitest'
import {key} from '../../../test/integration/shards/gather-plans.ts'
import {rowComparator, type RawRow} from './compare-rows.ts'
import {FinalSort} from './final-sort.ts'
import {columnArrays, GroupBatches} from './group-batches.ts'
import {RowWindow} from './row-window.ts'

const limits = {rowsMax: 2_500, memoryBytesMax: 10_000_000}
const byValue = rowComparator([key(0, 'int')])
const rowsOf = (values: readonly number[]): RawRow[] => values.map(value => [String(value)])
const valuesOf = (rows: readonly RawRow[]): number[] => rows.map(([value]) => Number(value))
const ascending = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b)
const chunks = fc.array(fc.array(fc.integer({min: 0, max: 3_000}), {minLength: 100, maxLength: 500}), {maxLength: 8})

it('the first rows of an order are those of all rows sorted, however many pass by', () =>
  fc.assert(
    fc.property(chunks, fc.integer({min: 1, max: 1_500}), fc.boolean(), (lists, most, isDistinct) => {
      const sort = new FinalSort({compare: byValue, same: isDistinct ? byValue : null, most}, limits)
      for (const list of lists) sort.add(rowsOf(list))
      const all = ascending(lists.flat())
      expect(valuesOf(sort.rows())).toEqual((isDistinct ? [...new Set(all)] : all).slice(0, most))
    }),
    {numRuns: 10},
  ))

it('what is bigger than the limits is refused, and what only comes often is not', () => {
  const all = new FinalSort({compare: byValue, same: null, most: null}, limits)
  expect(() => all.add(rowsOf(Array.from({length: 2_501}, (_, index) => index)))).toThrow(
    'add a LIMIT, or raise rowsMax',
  )
  const distinct = new FinalSort({compare: byValue, same: byValue, most: null}, limits)
  for (let turn = 0; turn < 5; turn++) distinct.add(rowsOf(Array.from({length: 1_000}, (_, index) => index % 5)))
  expect(valuesOf(distinct.rows())).toEqual([0, 1, 2, 3, 4])
})

it('no group is in two batches, and no row is lost', () =>
  fc.assert(
    fc.property(
      fc.array(fc.integer({min: 1, max: 900}), {maxLength: 20}),
      fc.integer({min: 1, max: 700}),
      (sizes, chunk) => {
        const rows = rowsOf(sizes.flatMap((size, group) => Array.from({length: size}, () => group)))
        const batches = new GroupBatches([key(0, 'int')], {...limits, rowsMax: 10_000})
        const found: (readonly RawRow[])[] = []
        for (let at = 0; at < rows.length; at += chunk) found.push(...batches.add(rows.slice(at, at + chunk)))
        found.push(batches.rest())
        expect(valuesOf(found.flat())).toEqual(valuesOf(rows))
        const groups = found.flatMap(batch => [...new Set(valuesOf(batch))])
        expect(new Set(groups).size).toBe(groups.length)
      },
    ),
    {numRuns: 10},
  ))

it('small groups stay below small limits, and a large one does not', () => {
  const batches = new GroupBatches([key(0, 'int')], {rowsMax: 10, memoryBytesMax: 600})
  for (let group = 0; group < 100; group++) batches.add(rowsOf([group, group]))
  expect(() => batches.add(rowsOf(Array.from({length: 11}, () => 100)))).toThrow(
    'one group of an aggregate takes more than',
  )
})

it('an array is written as PostgreSQL reads it', () =>
  expect(
    columnArrays(
      [
        ['a"b', null],
        ['\\x00', ''],
      ],
      2,
    ),
  ).toEqual(['{"a\\"b","\\\\x00"}', '{NULL,""}']))

it('a window over chunks is one over all', () =>
  fc.assert(
    fc.property(chunks, fc.nat({max: 800}), fc.option(fc.nat({max: 800})), (lists, offset, limit) => {
      const window = new RowWindow({same: null, offset, limit})
      const passed = lists.flatMap(list => valuesOf(window.pass(rowsOf(list))))
      expect(passed).toEqual(lists.flat().slice(offset, limit === null ? undefined : offset + limit))
    }),
    {numRuns: 10},
  ))
