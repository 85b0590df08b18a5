import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {differenceText, objectKinds, schemaDifference, type SchemaObject} from './schema-difference.ts'

const table: SchemaObject = {kind: 'table', name: 'public.orders', facts: {owner: 'hl'}}
const column: SchemaObject = {kind: 'column', name: 'public.orders.amount', facts: {type: 'bigint', default: '0'}}
const index: SchemaObject = {kind: 'index', name: 'public.orders_pkey', facts: {definition: 'CREATE UNIQUE INDEX …'}}
const schema = [table, column, index]

describe('the difference of two schemas', () => {
  it.each([
    ['the same in another order', [index, table, column], null],
    [
      'a missing table, before its columns and indexes',
      [],
      {kind: 'table', name: 'public.orders', fact: null, objects: 3},
    ],
    ['a missing index', [table, column], {kind: 'index', fact: null, left: 'there', right: null, objects: 1}],
    [
      'another type',
      [table, {...column, facts: {type: 'integer', default: '0'}}, index],
      {kind: 'column', fact: 'type', left: 'bigint', right: 'integer', objects: 1},
    ],
    [
      'a default that is gone',
      [table, {...column, facts: {type: 'bigint', default: null}}, index],
      {fact: 'default', left: '0', right: null},
    ],
  ] as const)('is found: %s', (_what, other, expected) => {
    const found = schemaDifference(schema, other)
    if (expected === null) expect(found).toBeNull()
    else expect(found).toMatchObject(expected)
  })

  it('is a sentence', () => {
    const moved = schemaDifference(schema, [table, {...column, facts: {...column.facts, default: null}}])
    expect(moved && differenceText(moved, 's1', 's2')).toBe(
      'column public.orders.amount differs in default: 0 on s1, nothing on s2; 1 more object differs',
    )
    const gone = schemaDifference([table, column], schema)
    expect(gone && differenceText(gone, 's1', 's2')).toBe('index public.orders_pkey is on s2 and not on s1')
  })

  const facts = fc.dictionary(fc.constantFrom('a', 'b'), fc.option(fc.constantFrom('x', 'y')))
  const objects = fc.uniqueArray(
    fc.record({kind: fc.constantFrom(...objectKinds.slice(6, 9)), name: fc.constantFrom('t', 'u'), facts}),
    {selector: ({kind, name}) => `${kind} ${name}`},
  )
  it('is none exactly when each object has an equal one on the other side, and the same seen from there', () =>
    fc.assert(
      fc.property(objects, objects, (a, b) => {
        const told = (list: typeof a) =>
          list
            .map(({kind, name, facts: all}) =>
              JSON.stringify([
                kind,
                name,
                Object.entries(all)
                  .filter(([, value]) => value !== null)
                  .sort(),
              ]),
            )
            .sort()
        const there = schemaDifference(a, b)
        const back = schemaDifference(b, a)
        expect(there === null).toBe(JSON.stringify(told(a)) === JSON.stringify(told(b)))
        expect(back && {...back, left: back.right, right: back.left}).toEqual(there)
      }),
    ))
})
