import {expect, it} from 'vitest'
import {readLimitsOf, routerOptionsOf} from './options.ts'

it('rowsMax is about answers that are kept, and no limit of what a gathering sorts', () => {
  expect(readLimitsOf({rowsMax: 10, batchRows: 5})).toEqual({answerRowsMax: 10, batchRows: 5})
  expect(readLimitsOf({})).toEqual({answerRowsMax: 1_000_000})
})

it('a max that leaves no connection beside the watch of the map is refused', () => {
  const shards = {s1: {hosts: ['h:5432']}}
  expect(() => routerOptionsOf({shards, max: 2})).toThrow(/max is 2/)
  expect(routerOptionsOf({shards, max: 3}).get('s1')).toMatchObject({max: 3})
})
