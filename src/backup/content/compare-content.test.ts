import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import type {TableContent} from '../../model/backup.ts'
import {worst} from '../../model/verdict.ts'
import {compareContent} from './compare-content.ts'

const table = (name: string, rows: number, hash = '1'): TableContent => ({name, rows, hash})
const content = (...tables: readonly TableContent[]) => ({
  tables,
  sequences: ['s 1'],
  roles: ['r LOGIN'],
  extensions: ['plpgsql 1.0'],
})
const recorded = content(table('a', 2), table('b', 0, '0'))

describe('content', () => {
  it.each([
    ['a table that is gone', content(table('a', 2)), 'b is missing'],
    ['a row too few', content(table('a', 1), table('b', 0, '0')), 'a has 1 rows, recorded were 2'],
    ['another row', content(table('a', 2, '2'), table('b', 0, '0')), 'a has 2 rows as recorded, and not the same ones'],
    ['a table too many', content(table('a', 2), table('b', 0, '0'), table('c', 1)), 'c was not recorded'],
  ])('with %s is not the same', (_what, found, detail) =>
    expect(compareContent(recorded, found)).toContainEqual({name: 'content', verdict: 'fail', detail}),
  )

  it.each([
    ['recorded-sequences', {sequences: ['s 34']}, 'missing: s 1; not recorded: s 34'],
    ['recorded-roles', {roles: ['r LOGIN', 'intruder SUPERUSER']}, 'not recorded: intruder SUPERUSER'],
    ['recorded-extensions', {extensions: []}, 'missing: plpgsql 1.0'],
  ])('differs in %s', (name, change, detail) =>
    expect(compareContent(recorded, {...recorded, ...change})).toContainEqual({name, verdict: 'fail', detail}),
  )

  it('names five of many', () => {
    const many = Array.from({length: 8}, (_, number) => table(`t${number}`, 1))
    expect(compareContent(content(...many), content())[0]?.detail).toMatch(
      /^t0 is missing; .*t4 is missing; and 3 more$/,
    )
  })

  const tables = fc.uniqueArray(fc.record({name: fc.string(), rows: fc.nat(), hash: fc.bigInt().map(String)}), {
    selector: ({name}) => name,
    maxLength: 8,
  })
  const texts = fc.uniqueArray(fc.string(), {maxLength: 4})
  const any = fc.record({tables, sequences: texts, roles: texts, extensions: texts})

  it('is the same as itself in any order', () => {
    fc.assert(
      fc.property(any, one => {
        const reversed = {
          tables: one.tables.toReversed(),
          sequences: one.sequences.toReversed(),
          roles: one.roles.toReversed(),
          extensions: one.extensions.toReversed(),
        }
        expect(worst(compareContent(one, reversed).map(({verdict}) => verdict))).toBe('pass')
      }),
    )
  })

  it('with any one table changed, taken away or added is not the same, and the table is named', () => {
    fc.assert(
      fc.property(
        any.filter(one => one.tables.length > 0),
        fc.nat(),
        fc.constantFrom('rows', 'hash', 'gone', 'more'),
        (one, pick, change) => {
          const at = pick % one.tables.length
          const name = one.tables[at]?.name ?? ''
          const changed = one.tables.flatMap((each, index) =>
            index !== at
              ? [each]
              : change === 'gone'
                ? []
                : change === 'rows'
                  ? [{...each, rows: each.rows + 1}]
                  : change === 'hash'
                    ? [{...each, hash: `${each.hash}0`}]
                    : [each, {...each, name: `${each.name}+`}].filter(
                        other => other === each || one.tables.every(({name: taken}) => taken !== other.name),
                      ),
          )
          fc.pre(changed.length !== one.tables.length || change === 'rows' || change === 'hash')
          const [check] = compareContent(one, {...one, tables: changed})
          expect(check?.verdict).toBe('fail')
          expect(check?.detail).toContain(name)
        },
      ),
    )
  })
})
