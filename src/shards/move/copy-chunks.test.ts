import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {chunksOf, onPages} from './copy-chunks.ts'
import type {MovingTable} from './moving-tables.ts'

const table = (pages: readonly number[]): MovingTable => ({
  name: 'public.orders',
  key: 'user_id',
  keyType: 'int8',
  columns: ['user_id'],
  primaryKey: ['user_id'],
  leaves: pages.map((each, index) => ({name: `public.orders_${index}`, pages: each})),
})

describe('chunksOf', () => {
  it('has each page of each leaf once, and what is added later in the last piece', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), {minLength: 1, maxLength: 4}), fc.integer({min: 1, max: 50}), (pages, each) => {
        const chunks = chunksOf([table(pages)], each)
        for (const [index, count] of pages.entries()) {
          const own = chunks.filter(({leaf}) => leaf === `public.orders_${index}`)
          for (let page = 0; page < count + 20; page++)
            expect(own.filter(({from, to}) => page >= from && (to === null || page < to)).length).toBe(1)
        }
      }),
      {numRuns: 50},
    )
  })

  it('is a range of row addresses', () => {
    expect(onPages({from: 8, to: 16})).toBe(`ctid >= '(8,0)'::pg_catalog.tid AND ctid < '(16,0)'::pg_catalog.tid`)
    expect(onPages({from: 16, to: null})).toBe(`ctid >= '(16,0)'::pg_catalog.tid`)
  })
})
