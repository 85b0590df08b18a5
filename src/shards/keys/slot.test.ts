// The slot of a key: equal to PostgreSQL's, equal for all forms of one value, and refused for what is no key.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {ShardError} from '../shard-error.ts'
import {canonicalInteger, canonicalText, readUuid} from './canonical-key.ts'
import {goldenVectors} from './golden-vectors.ts'
import {keyTypeOf, type KeyType} from './key-type.ts'
import {uuidBytes} from './parse-uuid.ts'
import {groupOf, slotOf} from './slot.ts'

/** The key as PostgreSQL prints it. */
function canonicalKey(type: KeyType, value: unknown): string {
  if (type === 'text') return canonicalText(value)
  if (type !== 'uuid') return String(canonicalInteger(type, value))
  const bytes = new Uint8Array(uuidBytes)
  readUuid(value, bytes)
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

const codeOf = (action: () => unknown): string => {
  try {
    action()
  } catch (error) {
    return error instanceof ShardError ? error.code : String(error)
  }
  return 'none'
}

describe('slotOf', () => {
  it.each(goldenVectors)('puts the $type key $key where PostgreSQL puts it', ({type, key, slot, hash}) => {
    expect(slotOf(type, key)).toBe(slot)
    // What PostgreSQL's hash_combine64 adds to the hash of one column.
    expect(Number((BigInt(`0x${hash}`) + 0x49a0f4dd15e5a8e3n) & 4095n)).toBe(slot)
  })

  it('is the same for all forms of one integer', () => {
    const forms = [5, 5n, 5.0, 5, '5', '05', ' 5', '+5', '5\n', '0x5', '0b101', '0o5', '0x_5', '0X05']
    expect(new Set(forms.map(form => slotOf('int8', form)))).toEqual(new Set([slotOf('int2', 5)]))
    expect(slotOf('int4', -1)).toBe(slotOf('int8', -1n))
    expect(slotOf('int8', -0)).toBe(slotOf('int8', '-0'))
    expect(slotOf('int8', -0)).toBe(slotOf('int8', 0))
    expect(slotOf('int8', '1_000')).toBe(slotOf('int8', 1000))
    expect(slotOf('int8', 2 ** 53 - 1)).toBe(slotOf('int8', '9007199254740991'))
    expect(slotOf('int8', '-0x8000000000000000')).toBe(slotOf('int8', -(2n ** 63n)))
  })

  it('is the same for all forms of one uuid', () => {
    const forms = [
      'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11',
      '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}',
      'a0eebc999c0b4ef8bb6d6bb9bd380a11',
      'a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11',
      '{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}',
    ]
    expect(new Set(forms.map(form => slotOf('uuid', form))).size).toBe(1)
    expect(new Set(forms.map(form => canonicalKey('uuid', form)))).toEqual(new Set([forms[0]]))
  })

  it('takes texts as they are: case, accents and blanks count', () => {
    const texts = ['Ann', 'ann', 'ann ', 'caf\u00e9', 'cafe\u0301']
    expect(new Set(texts.map(text => slotOf('text', text))).size).toBe(texts.length)
  })

  it.each<[KeyType, unknown]>([
    ...(['int2', 'int4', 'int8'] as const).flatMap(type =>
      [
        null,
        undefined,
        NaN,
        Infinity,
        -Infinity,
        0.5,
        2 ** 53,
        -(2 ** 53),
        2 ** 63,
        true,
        new Date(0),
        [5],
        {},
        Symbol('5'),
        Buffer.from('5'),
        '',
        ' ',
        '5.0',
        '5e0',
        '5 5',
        '+-5',
        '- 5',
        '_5',
        '5_',
        '5__5',
        '0x',
        '0b2',
        '0o8',
        '\u00a05',
        '\u0665',
        '9223372036854775808',
        '-9223372036854775809',
        2n ** 63n,
        -(2n ** 63n) - 1n,
        10n ** 400n,
      ].map((value): [KeyType, unknown] => [type, value]),
    ),
    ['int2', 32768],
    ['int2', '-32769'],
    ['int4', 2 ** 31],
    ['int4', -(2 ** 31) - 1],
    ['int4', 2n ** 31n],
    ['int4', '2147483648'],
    ['uuid', null],
    ['uuid', 5],
    ['uuid', ''],
    ['uuid', '{}'],
    ['uuid', '{'],
    ['uuid', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1'],
    ['uuid', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111'],
    ['uuid', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11-'],
    ['uuid', '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
    ['uuid', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'],
    ['uuid', ' a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
    ['uuid', 'a0e-ebc999c0b4ef8bb6d6bb9bd380a11'],
    ['uuid', 'a0eebc99--9c0b4ef8bb6d6bb9bd380a11'],
    ['uuid', 'g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
    ['uuid', '\u0660\u0660eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
    ['text', null],
    ['text', 5],
    ['text', 5n],
    ['text', 'a\0b'],
    ['text', '\ud800'],
    ['text', new String('a')],
  ])('refuses the %s key %o', (type, value) => {
    expect(codeOf(() => slotOf(type, value))).toBe('KEY_INVALID')
    expect(codeOf(() => canonicalKey(type, value))).toBe('KEY_INVALID')
  })

  it('says what is wrong with a key and what to do', () => {
    expect(() => slotOf('int8', 2 ** 53)).toThrow(
      '9007199254740992 is no key of type int8: above 2^53 a number is not exact any more: give a bigint or a string',
    )
    expect(() => slotOf('int8', 'x'.repeat(100))).toThrow('a text of 100 characters is no key')
  })

  it('is one slot of all, whatever the key', () => {
    fc.assert(
      fc.property(fc.bigInt({min: -(2n ** 63n), max: 2n ** 63n - 1n}), value => {
        const slot = slotOf('int8', value)
        expect(slot).toBe(slotOf('int8', String(value)))
        expect(canonicalKey('int8', value)).toBe(String(value))
        expect(Number.isInteger(slot) && slot >= 0 && slot < 4096).toBe(true)
        expect(groupOf(slot)).toBe(Math.floor(slot / 64))
      }),
    )
    fc.assert(
      fc.property(fc.maxSafeInteger(), value => {
        expect(slotOf('int8', value)).toBe(slotOf('int8', BigInt(value)))
      }),
    )
  })

  it('is told for texts longer than all before', () => {
    const sizes = [3, 300, 30_000, 300_000, 5]
    expect(sizes.map(size => slotOf('text', 'é'.repeat(size)))).toEqual(
      sizes.map(size => slotOf('text', 'é'.repeat(size))),
    )
  })
})

describe('keyTypeOf', () => {
  it.each([
    ['int8', 'int8'],
    ['varchar', 'text'],
    ['bpchar', null],
    ['numeric', null],
    ['citext', null],
    ['toString', null],
  ])('of %s is %s', (name, type) => expect(keyTypeOf(name)).toBe(type))
})
