// Tokens: merging as an algebra, the text form as a round trip, and everything that is no token.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {formatLsn, formatToken, laterToken, parseLsn, parseToken, type Token} from './token.ts'

const positions = fc.oneof(fc.maxSafeNat(), fc.nat(5), fc.constantFrom(2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER))
const tokens: fc.Arbitrary<Token> = fc.record({
  timeline: fc.oneof(fc.integer({min: 1, max: 3}), fc.constantFrom(2 ** 31, 2 ** 32 - 1)),
  position: positions,
})
const demands = fc.option(tokens, {freq: 5})

describe('laterToken', () => {
  it.each<readonly [string, Token | null, Token | null, Token | null]>([
    ['two nothings', null, null, null],
    ['one and nothing', {timeline: 1, position: 5}, null, {timeline: 1, position: 5}],
    ['nothing and one', null, {timeline: 1, position: 5}, {timeline: 1, position: 5}],
    ['two positions', {timeline: 1, position: 5}, {timeline: 1, position: 6}, {timeline: 1, position: 6}],
    [
      'a newer timeline with a lower position',
      {timeline: 1, position: 500},
      {timeline: 2, position: 6},
      {timeline: 2, position: 6},
    ],
  ])('of %s', (_what, one, other, expected) => expect(laterToken(one, other)).toEqual(expected))

  it('is commutative, associative and idempotent, answers one of the two, and never goes back', () => {
    const rank = (token: Token | null): readonly number[] =>
      token === null ? [0, 0] : [token.timeline, token.position]
    const atLeast = (one: Token | null, other: Token | null): boolean => {
      const [[t1 = 0, p1 = 0], [t2 = 0, p2 = 0]] = [rank(one), rank(other)]
      return t1 > t2 || (t1 === t2 && p1 >= p2)
    }
    fc.assert(
      fc.property(demands, demands, demands, (a, b, c) => {
        const merged = laterToken(a, b)
        expect(merged).toEqual(laterToken(b, a))
        expect(laterToken(merged, c)).toEqual(laterToken(a, laterToken(b, c)))
        expect(laterToken(a, a)).toEqual(a)
        expect([a, b]).toContain(merged)
        expect(atLeast(merged, a) && atLeast(merged, b)).toBe(true)
      }),
    )
  })
})

describe('the text of a token', () => {
  it('is what people know from psql', () =>
    expect(formatToken({timeline: 3, position: 0x16b3748})).toBe('hl1.3.0-16B3748'))

  it('comes back as the same token, is short, and fits a cookie as it is', () => {
    fc.assert(
      fc.property(tokens, token => {
        const text = formatToken(token)
        expect(parseToken(text)).toEqual(token)
        expect(text).toMatch(/^[A-Za-z0-9.-]{1,30}$/)
      }),
    )
  })

  it('is the only one of its token: what is read is what was written', () => {
    const near = fc.stringMatching(/^hl[12]\.[0-9]{1,11}\.[0-9A-Fa-f]{0,9}[-/][0-9A-Fa-f]{0,9}$/)
    fc.assert(
      fc.property(fc.oneof(near, fc.string()), text => [null, text].includes(tokenText(text))),
      {numRuns: 1_000},
    )
  })

  it.each([
    [''],
    ['hl1'],
    ['hl1.3'],
    ['hl1.3.'],
    ['hl1.3.0'],
    ['hl1.3.0/16B3748'],
    ['hl1.3.0-'],
    ['hl1.3.-1'],
    ['hl2.3.0-16B3748'],
    ['HL1.3.0-16B3748'],
    ['hl1.0.0-1'],
    ['hl1.03.0-1'],
    ['hl1.-3.0-1'],
    ['hl1.3.0-16b3748'],
    ['hl1.3.00-1'],
    ['hl1.3.0-01'],
    ['hl1.3.0-123456789'],
    ['hl1.4294967296.0-1'],
    ['hl1.3.200000-0'],
    ['hl1.3.FFFFFFFF-FFFFFFFF'],
    [' hl1.3.0-1'],
    ['hl1.3.0-1 '],
    ['hl1.3.0-1\n'],
    ['hl1.٣.0-1'],
  ])('is not %j', text => expect(parseToken(text)).toBeNull())
  it('is not a megabyte', () => expect(parseToken(`hl1.${'3'.repeat(2 ** 20)}.0-1`)).toBeNull())

  function tokenText(text: string): string | null {
    const token = parseToken(text)
    return token === null ? null : formatToken(token)
  }
})

describe('an LSN', () => {
  it.each([
    ['0/16B3748', 0x16b3748],
    ['0/016B3748', 0x16b3748],
    ['16/B374D848', 0x16_b374_d848],
    ['16/b374d848', 0x16_b374_d848],
    ['00000000/00000000', 0],
    ['1FFFFF/FFFFFFFF', Number.MAX_SAFE_INTEGER],
    ['200000/0', null],
    ['FFFFFFFF/FFFFFFFF', null],
    ['', null],
    ['/', null],
    ['0/', null],
    ['/0', null],
    ['0/G', null],
    ['-1/0', null],
    [' 0/1', null],
    ['0/1\n', null],
    ['123456789/0', null],
    ['0/0/0', null],
  ])('in %j', (text, position) => expect(parseLsn(text)).toBe(position))

  it('comes back from its text', () =>
    fc.assert(fc.property(positions, position => parseLsn(formatLsn(position)) === position)))
  it('is printed as PostgreSQL before 19 does', () =>
    expect([0, 0x16_b374_d848].map(formatLsn)).toEqual(['0/0', '16/B374D848']))
})
