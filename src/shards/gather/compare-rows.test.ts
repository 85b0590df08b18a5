// The order of texts against what is true of the values that they were made from, and what is easy to get wrong. That
// PostgreSQL agrees is shown in test/integration/shards/gather-order.test.ts.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import type {Order, SortKey} from '../routing/gather-plan.ts'
import {compareBytewise, rowComparator} from './compare-rows.ts'

const key = (order: Order, more: Partial<SortKey> = {}): SortKey => ({
  column: 0,
  descending: false,
  nullsFirst: false,
  order,
  ...more,
})

function compare(order: Order, a: string | null, b: string | null, more: Partial<SortKey> = {}): number {
  return Math.sign(rowComparator([key(order, more)])([a], [b]))
}

/** In strictly ascending order, as PostgreSQL has them. */
const ascending: readonly (readonly [Order, readonly string[]])[] = [
  [
    'int',
    ['-9223372036854775808', '-10', '-9', '-1', '0', '1', '9', '10', '99', '9007199254740993', '9223372036854775807'],
  ],
  [
    'numeric',
    [
      '-Infinity',
      '-100.5',
      '-100',
      '-10.01',
      '-10.001',
      '-0.1',
      '-0.05',
      '0',
      '0.0001',
      '0.05',
      '0.1',
      '1',
      '9.99',
      '10',
      '123456789012345678901234567890.1',
      'Infinity',
      'NaN',
    ],
  ],
  ['float', ['-Infinity', '-1e+300', '-1', '-1e-300', '0', '5e-324', '0.1', '1', '1e+21', 'Infinity', 'NaN']],
  ['bool', ['f', 't']],
  ['text-c', ['', 'A', 'B', 'a', 'a b', 'a-b', 'aa', 'ab', 'é', '￿', '😀', '😁']],
  ['bytea', ['\\x', '\\x00', '\\x0000', '\\x01', '\\x7f', '\\x80', '\\xff', '\\xff00']],
  [
    'uuid',
    [
      '00000000-0000-0000-0000-000000000000',
      '0a000000-0000-0000-0000-000000000000',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
    ],
  ],
  [
    'timestamp',
    [
      '-infinity',
      '4713-01-01 00:00:00 BC',
      '0044-03-15 12:00:00 BC',
      '0001-12-31 23:59:59.999999 BC',
      '0001-01-01 00:00:00',
      '2024-03-10 02:30:00',
      '2024-03-10 02:30:00.000001',
      '2024-03-10 02:30:00.000012',
      '2024-03-10 02:30:00.5',
      '9999-12-31 00:00:00',
      '10000-01-01 00:00:00',
      '294276-12-31 23:59:59.999999',
      'infinity',
    ],
  ],
  [
    'timestamptz',
    [
      '-infinity',
      '0044-03-15 12:00:00+00 BC',
      '0044-03-15 12:00:00-04:56:02 BC',
      '2024-11-03 01:59:59-04',
      '2024-11-03 01:00:00-05',
      '2024-11-03 01:30:00.000001-05',
      '2024-11-03 01:30:00.000002-05',
      '2024-11-03 23:00:00+05:30',
      '2024-11-04 23:00:00+05:30',
      '12024-01-01 00:00:00+00',
      'infinity',
    ],
  ],
  [
    'date',
    [
      '-infinity',
      '4713-01-01 BC',
      '0002-01-01 BC',
      '0001-12-31 BC',
      '0001-01-01',
      '2023-12-31',
      '2024-01-01',
      '2024-02-29',
      '9999-12-31',
      '10000-01-01',
      '5874897-12-31',
      'infinity',
    ],
  ],
  ['time', ['00:00:00', '00:00:00.000001', '00:00:00.1', '12:00:00', '23:59:59.999999', '24:00:00']],
]

describe('the order of', () => {
  it.each(ascending)('%s is that of the values', (order, texts) => {
    for (const [left, a] of texts.entries())
      for (const [right, b] of texts.entries())
        expect([a, b, compare(order, a, b)]).toEqual([a, b, Math.sign(left - right)])
  })

  it.each<readonly [Order, string, string]>([
    ['numeric', '1.0', '1.00'],
    ['numeric', '-1', '-1.000'],
    ['numeric', '0', '0.000'],
    ['numeric', 'NaN', 'NaN'],
    ['float', '0', '-0'],
    ['float', 'NaN', 'NaN'],
    ['timestamptz', '2024-11-03 01:00:00-05', '2024-11-03 07:00:00+01'],
    ['timestamptz', '0001-01-01 00:30:00+01', '0001-12-31 23:30:00+00 BC'],
  ])('%s takes %s and %s as equal', (order, a, b) => {
    expect(compare(order, a, b)).toBe(0)
    expect(compare(order, b, a)).toBe(0)
  })

  it('what is no timestamp is refused, and not put somewhere', () =>
    expect(() => compare('timestamp', 'infinity', '15/03/2024')).toThrow('no date or timestamp in ISO style'))
})

describe('random values', () => {
  const ints = fc.bigInt({min: -(2n ** 63n), max: 2n ** 63n - 1n})
  const digits = fc
    .tuple(ints, fc.nat({max: 20}))
    .map(([value, scale]) => ({value, scale, text: decimal(value, scale)}))

  it('int', () =>
    fc.assert(fc.property(ints, ints, (a, b) => compare('int', String(a), String(b)) === (a < b ? -1 : a > b ? 1 : 0))))
  it('numeric', () =>
    fc.assert(
      fc.property(digits, digits, (a, b) => {
        const left = a.value * 10n ** BigInt(b.scale)
        const right = b.value * 10n ** BigInt(a.scale)
        return compare('numeric', a.text, b.text) === (left < right ? -1 : left > right ? 1 : 0)
      }),
    ))
  const letters = fc.constantFrom('', 'a', 'b', 'é', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10ffff}')
  const texts = fc.array(letters, {maxLength: 5}).map(chosen => chosen.join(''))
  it('text under C', () =>
    fc.assert(
      fc.property(
        texts,
        texts,
        (a, b) => Math.sign(compareBytewise(a, b)) === Buffer.compare(Buffer.from(a), Buffer.from(b)),
      ),
    ))
  it('timestamptz, in whatever zone each is told', () => {
    const instants = fc.tuple(
      fc.integer({min: -62_000_000_000, max: 250_000_000_000}),
      fc.nat({max: 999_999}),
      fc.integer({min: -50_400, max: 50_400}),
    )
    fc.assert(
      fc.property(instants, instants, (a, b) => {
        const expected = Math.sign(a[0] - b[0] || a[1] - b[1])
        return compare('timestamptz', stamp(...a), stamp(...b)) === expected
      }),
    )
  })
})

/** As PostgreSQL writes a numeric with that scale. */
function decimal(value: bigint, scale: number): string {
  const unsigned = (value < 0n ? -value : value).toString().padStart(scale + 1, '0')
  const whole = unsigned.slice(0, unsigned.length - scale)
  return (value < 0n ? '-' : '') + (scale === 0 ? whole : `${whole}.${unsigned.slice(-scale)}`)
}

/** As PostgreSQL writes it for a session at that offset. */
function stamp(seconds: number, micros: number, offset: number): string {
  const local = new Date((seconds + offset) * 1_000)
  const year = String(local.getUTCFullYear()).padStart(4, '0')
  const rest = local
    .toISOString()
    .replace(/^[+-]?\d+/, '')
    .slice(0, 15)
    .replace('T', ' ')
  const fraction = micros === 0 ? '' : `.${String(micros).padStart(6, '0').replace(/0+$/, '')}`
  const size = Math.abs(offset)
  const parts = [Math.floor(size / 3_600), Math.floor(size / 60) % 60, size % 60].map(part =>
    String(part).padStart(2, '0'),
  )
  while (parts.length > 1 && parts.at(-1) === '00') parts.pop()
  return `${year}${rest}${fraction}${offset < 0 ? '-' : '+'}${parts.join(':')}`
}

describe('NULLs and directions', () => {
  const rows = [['2'], [null], ['10'], [null], ['1']]
  it.each<readonly [string, boolean, boolean, readonly (string | null)[]]>([
    ['ASC NULLS LAST', false, false, ['1', '2', '10', null, null]],
    ['ASC NULLS FIRST', false, true, [null, null, '1', '2', '10']],
    ['DESC NULLS FIRST', true, true, [null, null, '10', '2', '1']],
    ['DESC NULLS LAST', true, false, ['10', '2', '1', null, null]],
  ])('%s', (_form, descending, nullsFirst, expected) => {
    const sorted = rows.toSorted(rowComparator([key('int', {descending, nullsFirst})])).map(([value]) => value)
    expect(sorted).toEqual(expected)
  })

  it('of several keys: the next decides where one is equal, and columns go by position', () => {
    const compareRows = rowComparator([key('text-c', {column: 1, descending: true}), key('int', {column: 0})])
    const sorted = [
      ['2', 'a'],
      ['1', 'b'],
      ['1', 'a'],
      ['2', 'b'],
    ].toSorted(compareRows)
    expect(sorted.map(row => row.join(''))).toEqual(['1b', '2b', '1a', '2a'])
  })

  it('without keys all rows are equal', () => expect(rowComparator([])(['1'], [null])).toBe(0))
})
