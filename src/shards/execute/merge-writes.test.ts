// The answers of one write on several shards as one.
import {describe, expect, it} from 'vitest'
import type {StatementResult} from '../../router/index.ts'
import {mergeWrites} from './merge-writes.ts'

const answer = (shard: string, rows: readonly object[]) => ({
  shard,
  result: {command: 'UPDATE', rowCount: rows.length, oid: 0, fields: [], rows} as unknown as StatementResult,
})

describe('copies of a reference table', () => {
  it.each([
    ['in another order', [{id: 1}, {id: 2}], [{id: 2}, {id: 1}]],
    ['of bigint', [{id: 1n}], [{id: 1n}]],
  ])('that returned the same rows %s agree', (_, rows, others) =>
    expect(mergeWrites({kind: 'same'}, [answer('a', rows), answer('b', others)]).rows).toEqual(rows),
  )

  it.each([
    ['another value', [{id: 1}], [{id: 2}]],
    ['null instead of NaN', [{v: Number.NaN}], [{v: null}]],
    ['a text instead of a number', [{v: 1}], [{v: '1'}]],
    ['a row more', [{id: 1}], [{id: 1}, {id: 1}]],
  ])('that returned %s differ', (_, rows, others) =>
    expect(() => mergeWrites({kind: 'same'}, [answer('a', rows), answer('b', others)])).toThrow(/copies differ/),
  )
})

describe('rows of VALUES', () => {
  const places = [[0, 2], [1]]

  it('come in their order', () => {
    const answers = [answer('a', [{id: 0}, {id: 2}]), answer('b', [{id: 1}])]
    expect(mergeWrites({kind: 'placed', places}, answers)).toMatchObject({
      rowCount: 3,
      rows: [{id: 0}, {id: 1}, {id: 2}],
    })
  })

  it('of which one is missing are refused', () =>
    expect(() => mergeWrites({kind: 'placed', places}, [answer('a', [{id: 0}]), answer('b', [])])).toThrow(
      /order cannot be told/,
    ))
})
