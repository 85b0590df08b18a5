import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {bar} from './bar.ts'
import {escapeMarkdown, fencedBlock} from './escape-markdown.ts'
import {displayWidth, fit, padEnd, printable, wrap} from './printable.ts'
import {formatBytes, formatCount, formatRatio, formatShare} from '../model/quantity.ts'
import {condense, sparkline} from './sparkline.ts'
import {placeInRows, tickStep} from './svg-scale.ts'

describe('printable text', () => {
  it('holds no control character and no line break', () => {
    expect(printable('a\r\nb\u001b[31mred\u202e')).toBe('a b\ufffd[31mred\ufffd')
    fc.assert(
      fc.property(fc.string({unit: 'binary'}), text => {
        expect(printable(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
      }),
    )
  })

  it('is cut and wrapped by columns', () => {
    expect(displayWidth('日本')).toBe(4)
    expect(fit('abcdef', 4)).toBe('abc…')
    expect(padEnd('日', 4)).toBe('日  ')
    expect(wrap('one two three', 7)).toEqual(['one two', 'three'])
    fc.assert(
      fc.property(fc.string({unit: 'grapheme'}), fc.nat(30), (text, width) => {
        expect(displayWidth(fit(text, width))).toBeLessThanOrEqual(width)
      }),
    )
  })
})

describe('bars and sparklines', () => {
  it.each([
    [0, ''],
    [0.0001, '▏'],
    [0.5, '██'],
    [0.53, '██▏'],
    [1, '████'],
    [7, '████'],
    [NaN, ''],
  ])('a bar of %f', (share, drawn) => expect(bar(share, 4)).toBe(drawn))

  it('marks only zero as lowest', () => {
    expect(sparkline([0, 0.01, 50, 100, null], 100)).toBe('▁▂▄▇ ')
    expect(sparkline([0, 0], 0)).toBe('▁▁')
  })

  it('condenses to no more columns than there are', () => {
    expect(condense([1, 3, 5, 7, 9], 3)).toEqual({values: [2, 6, 9], perColumn: 2})
    fc.assert(
      fc.property(fc.array(fc.nat(), {minLength: 1}), fc.integer({min: 1, max: 50}), (values, columns) => {
        expect(condense(values, columns).values.length).toBeLessThanOrEqual(columns)
      }),
    )
  })
})

describe('quantities', () => {
  it('prints counts, bytes, shares and ratios', () => {
    expect([formatCount(0), formatCount(999), formatCount(11_436), formatCount(1_234_567)]).toEqual([
      '0',
      '999',
      '11,436',
      '1,234,567',
    ])
    expect([formatBytes(0), formatBytes(98_304), formatBytes(1_258_291)]).toEqual(['0 B', '96 kB', '1.2 MB'])
    expect([formatShare(0), formatShare(0.001), formatShare(0.762), formatShare(0.999), formatShare(1)]).toEqual([
      '0%',
      '<1%',
      '76%',
      '>99%',
      '100%',
    ])
    expect([formatRatio(2, 1), formatRatio(0, 1), formatRatio(1, Infinity)]).toEqual(['0.50x', '-', '-'])
  })
})

describe('Markdown', () => {
  it('shows what it was given', () => {
    expect(escapeMarkdown('a|b `c` <d> [e](f) @g http://h\ni')).toBe(
      'a\\|b \\`c\\` &lt;d&gt; \\[e\\]\\(f\\) &#64;g http:&#47;&#47;h i',
    )
  })

  it('leaves no bare special character and no line break', () => {
    fc.assert(
      fc.property(fc.string({unit: 'binary'}), text => {
        expect(escapeMarkdown(text)).not.toMatch(/(?<!\\)(?:\\\\)*(?<!\\)[|`*_[\]]|[<>\n\r]/)
      }),
    )
  })

  it('fences longer than what is inside', () => {
    expect(fencedBlock('a ```` b').split('\n')[0]).toBe('`````text')
  })
})

describe('chart geometry', () => {
  it('takes round steps', () =>
    expect([tickStep(100, 4), tickStep(61_000, 12), tickStep(7, 2)]).toEqual([50, 10_000, 5]))

  it('puts no two labels of a row on each other', () => {
    const extent = fc
      .record({left: fc.nat(500), width: fc.integer({min: 1, max: 200})})
      .map(({left, width}) => ({left, right: left + width}))
    fc.assert(
      fc.property(fc.array(extent, {maxLength: 12}), extents => {
        const placed = placeInRows(extents)
        for (const [index, a] of placed.entries()) {
          for (const b of placed.slice(index + 1))
            expect(a.row !== b.row || a.item.right <= b.item.left || b.item.right <= a.item.left).toBe(true)
        }
      }),
    )
  })
})
