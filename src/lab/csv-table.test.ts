import fc from 'fast-check'
import {expect, it} from 'vitest'
import {csvNull, csvTable} from './csv-table.ts'

it.each([
  ['', {columns: [], rows: []}],
  ['a,b\n', {columns: ['a', 'b'], rows: []}],
  [
    `a,b\n1,\n${csvNull},"x ""y"", z\nw"\n`,
    {
      columns: ['a', 'b'],
      rows: [
        {a: '1', b: ''},
        {a: null, b: 'x "y", z\nw'},
      ],
    },
  ],
  ['a\n\n', {columns: ['a'], rows: [{a: ''}]}],
  ['?column?,?column?\n1,2\n', {columns: ['?column?', '?column?_2'], rows: [{'?column?': '1', '?column?_2': '2'}]}],
  ['a\n1\nb,c\n1,2\n', null],
])('%j', (text, table) => expect(csvTable(text)).toEqual(table))

it('reads whatever is written by the rules', () => {
  const quote = (field: string): string => (/[",\n\r]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)
  fc.assert(
    fc.property(
      fc
        .integer({min: 1, max: 4})
        .chain(width => fc.array(fc.array(fc.string(), {minLength: width, maxLength: width}))),
      lines => {
        const names = lines[0]?.map((_, index) => `c${index}`) ?? []
        const text = [names, ...lines].map(line => `${line.map(quote).join(',')}\n`).join('')
        expect(csvTable(text)?.rows.map(row => Object.values(row))).toEqual(names.length === 0 ? [] : lines)
      },
    ),
  )
})
