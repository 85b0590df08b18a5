// The bound, and what survives it.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {Generations} from './generations.ts'

describe('Generations', () => {
  it('holds the last entriesMax keys for sure, and never more than twice that', () => {
    const map = new Generations<number>(3, 1_000)
    for (let n = 0; n < 100; n += 1) {
      map.set(String(n), n)
      expect(map.size).toBeLessThanOrEqual(6)
      for (let back = 0; back < Math.min(3, n); back += 1) expect(map.get(String(n - back))).toBe(n - back)
    }
    expect(map.get('1')).toBeUndefined()
  })

  it('keeps what is asked for', () => {
    const map = new Generations<string>(2, 1_000)
    map.set('hot', 'yes')
    for (let n = 0; n < 50; n += 1) {
      map.set(`cold ${n}`, 'no')
      expect(map.get('hot')).toBe('yes')
    }
  })

  it('counts the memory of keys', () => {
    const map = new Generations<number>(1_000, 100)
    for (let n = 0; n < 20; n += 1) map.set(`${n}`.padStart(10), n)
    expect(map.size).toBeLessThanOrEqual(10)
    map.set('x'.repeat(1_000), 1)
    map.set('y', 2)
    expect([map.size, map.get('y')]).toEqual([2, 2])
  })

  it('replaces a value without another entry', () => {
    const map = new Generations<number>(2, 1_000)
    map.set('a', 1)
    map.set('a', 2)
    expect([map.size, map.get('a')]).toEqual([1, 2])
  })

  it('is empty after clear', () => {
    const map = new Generations<number>(2, 1_000)
    for (const key of ['a', 'b', 'c']) map.set(key, 1)
    map.clear()
    expect([map.size, map.get('a'), map.get('c')]).toEqual([0, undefined, undefined])
  })

  it('gives what was set last, or nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({maxLength: 2}), fc.nat())), writes => {
        const map = new Generations<number>(4, 1_000)
        const all = new Map<string, number>()
        for (const [key, value] of writes) {
          map.set(key, value)
          all.set(key, value)
          for (const [known, last] of all) expect([undefined, last]).toContain(map.get(known))
        }
      }),
    )
  })
})
