// Uuids of version 7 and 8: order, uniqueness, the slot that one carries.
import {webcrypto} from 'node:crypto'
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {slotOfUuid, timeOfUuid, uuidSource} from './uuid.ts'

const fillRandom = (bytes: Uint8Array<ArrayBuffer>): unknown => webcrypto.getRandomValues(bytes)

describe('uuidSource', () => {
  const form = /^[0-9a-f]{8}-[0-9a-f]{4}-[78][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

  it('only grows and keeps the slot, whatever the clock does', () => {
    const now = Date.parse('2090-06-01T00:00:00Z')
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({min: -5_000, max: 5_000}), fc.integer({min: 0, max: 4095})), {minLength: 2}),
        steps => {
          let offset = 0
          const source = uuidSource({nowMs: () => now + offset, fillRandom})
          let last = ''
          for (const [step, slot] of steps) {
            offset = step
            const id = source.v8(slot)
            expect(id).toMatch(form)
            expect(id > last).toBe(true)
            expect(slotOfUuid(id)).toBe(slot)
            expect(slotOfUuid(id.toUpperCase())).toBe(slot)
            expect(slotOfUuid(id.replaceAll('-', ''))).toBe(slot)
            expect(timeOfUuid(id)).toBeGreaterThanOrEqual(now + step)
            last = id
          }
        },
      ),
    )
  })

  it('gives as many in one millisecond as are asked for', () => {
    const source = uuidSource({nowMs: () => 1_800_000_000_000, fillRandom})
    const ids = Array.from({length: 10_000}, () => source.v7())
    expect(new Set(ids).size).toBe(10_000)
    expect([...ids].sort()).toEqual(ids)
    expect(timeOfUuid(ids[0] ?? '')).toBe(1_800_000_000_000)
    expect(timeOfUuid(ids.at(-1) ?? '')).toBeGreaterThan(1_800_000_000_000)
  })

  it('says its version, and that of its variant', () => {
    const source = uuidSource({nowMs: () => 0x0123_4567_89ab, fillRandom: bytes => bytes.fill(255)})
    expect(source.v7()).toBe('01234567-89ab-77ff-bfff-ffffffffffff')
    expect(source.v8(0x123)).toBe('01234567-89ab-8800-bfff-fffffffff123')
    const zeros = uuidSource({nowMs: () => 0, fillRandom: bytes => bytes.fill(0)})
    expect(zeros.v7()).toBe('00000000-0000-7000-8000-000000000000')
  })

  it('refuses what is no slot, and a clock that is none', () => {
    const source = uuidSource({nowMs: () => 0, fillRandom})
    for (const slot of [-1, 4096, 0.5, NaN]) expect(() => source.v8(slot)).toThrow('is no slot')
    for (const time of [-1, 2 ** 48, NaN])
      expect(() => uuidSource({nowMs: () => time, fillRandom}).v7()).toThrow('clock')
  })
})

describe('slotOfUuid', () => {
  it.each([
    '',
    '01234567-89ab-77ff-bfff-ffffffffffff',
    '01234567-89ab-8800-ffff-fffffffff123',
    '01234567-89ab-8800-bfff-fffffffff12',
    '01234567-89ab-8800-bfff-fffffffff1234',
    'x1234567-89ab-8800-bfff-fffffffff123',
  ])('refuses %j', id => expect(() => slotOfUuid(id)).toThrow(expect.objectContaining({code: 'KEY_INVALID'})))

  it('tells no time of another version', () => {
    expect(timeOfUuid('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11')).toBeNull()
  })
})
