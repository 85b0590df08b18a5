import {expect, it} from 'vitest'
import {sumOfTables} from './measure-groups.ts'

it('gives each group its share of each table, and all groups, those without rows too', () => {
  const sizes = sumOfTables([
    {
      rows: new Map([
        [0, 30],
        [5, 10],
      ] as const),
      rowsInAll: 40,
      bytes: 4_000,
    },
    // Rows of a group that is on its way are not counted, and have their part of the bytes.
    {rows: new Map([[5, 10]] as const), rowsInAll: 20, bytes: 1_000},
    {rows: new Map(), rowsInAll: 0, bytes: 8_192},
  ])
  expect(sizes.length).toBe(64)
  expect(sizes[0]).toEqual({group: 0, rows: 30, bytes: 3_000, load: 0})
  expect(sizes[5]).toEqual({group: 5, rows: 20, bytes: 1_500, load: 0})
  expect(sizes[63]).toEqual({group: 63, rows: 0, bytes: 0, load: 0})
})
