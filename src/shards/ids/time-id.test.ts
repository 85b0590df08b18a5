// Ids as numbers: order, uniqueness, exact decoding, whatever the clock does.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {timeIdEpochMs, timeIdParts, timeIds} from './time-id.ts'

const at = (text: string): number => Date.parse(text)
/** A clock that says one time after the other, and the last one for ever. */
const clock = (times: readonly number[]): (() => number) => {
  let next = 0
  return () => times[Math.min(next++, times.length - 1)] ?? 0
}

describe('timeIds', () => {
  it('only grows, is safe as a number and decodes exactly, whatever the clock does', () => {
    const now = at('2026-11-29T00:00:00Z')
    fc.assert(
      fc.property(
        fc.array(fc.integer({min: 0, max: 4_000}), {minLength: 2, maxLength: 300}),
        fc.integer({min: 0, max: 12}),
        fc.double({min: 0, max: 1, maxExcluded: true, noNaN: true}),
        (offsets, nodeBits, part) => {
          const node = Math.floor(part * 2 ** nodeBits)
          const times = offsets.map(offset => now + offset)
          const next = timeIds({node, nodeBits, nowMs: clock(times)})
          const ids = times.map(() => next())
          for (const [index, id] of ids.entries()) {
            expect(Number.isSafeInteger(id) && id > (ids[index - 1] ?? -1)).toBe(true)
            const parts = timeIdParts(id, nodeBits)
            expect(parts.node).toBe(node)
            expect(parts.atMs).toBeGreaterThanOrEqual(times[index] ?? Infinity)
            expect(timeIdParts(String(id), nodeBits)).toEqual(parts)
            expect(timeIdParts(BigInt(id), nodeBits)).toEqual(parts)
            const {atMs, counter} = parts
            expect(((atMs - timeIdEpochMs) * 2 ** nodeBits + node) * 2 ** (12 - nodeBits) + counter).toBe(id)
          }
        },
      ),
    )
  })

  it('of different nodes are never the same', () => {
    const nowMs = (): number => at('2030-01-01T00:00:00Z')
    const sources = Array.from({length: 64}, (_, node) => timeIds({node, nowMs}))
    const ids = sources.flatMap(next => Array.from({length: 200}, next))
    expect(new Set(ids).size).toBe(64 * 200)
  })

  it('goes on in the next millisecond when one is full', () => {
    const now = at('2026-01-01T00:00:00Z')
    const next = timeIds({node: 63, nowMs: () => now})
    const parts = Array.from({length: 65}, () => timeIdParts(next()))
    expect(parts.slice(62).map(({atMs, counter}) => [atMs - now, counter])).toEqual([
      [0, 62],
      [0, 63],
      [1, 0],
    ])
  })

  it('reaches the year 2090, and node 1023 where there are bits for it', () => {
    const nowMs = (): number => at('2090-12-31T23:59:59.999Z')
    const id = timeIds({node: 1023, nodeBits: 10, nowMs})()
    expect(Number.isSafeInteger(id)).toBe(true)
    expect(timeIdParts(id, 10)).toEqual({atMs: nowMs(), node: 1023, counter: 0})
  })

  it('refuses what it cannot hold', () => {
    const nowMs = (): number => at('2026-01-01T00:00:00Z')
    for (const node of [64, -1, 0.5, NaN]) expect(() => timeIds({node, nowMs})).toThrow('is no node of 6 bits')
    for (const nodeBits of [-1, 13, 0.5]) expect(() => timeIds({node: 0, nodeBits, nowMs})).toThrow('nodeBits')
    for (const time of ['2024-12-31T23:59:59Z', '2095-01-01T00:00:00Z'])
      expect(() => timeIds({node: 0, nowMs: () => at(time)})()).toThrow('2025 to 2094')
    expect(() => timeIds({node: 0, nowMs: () => NaN})()).toThrow('2025 to 2094')
  })

  it('refuses rather than run far ahead of a clock that was set back', () => {
    const now = at('2026-01-01T00:00:00Z')
    const next = timeIds({node: 0, nowMs: clock([now, now - 10_000, now - 10_001, now])})
    const first = next()
    expect(next()).toBe(first + 1)
    expect(() => next()).toThrow('ahead of the clock')
    expect(next()).toBe(first + 2)
  })
})

describe('timeIdParts', () => {
  it.each([2 ** 53, 2n ** 63n, '9007199254740993', '9223372036854775807', -1, -0, 1.5, NaN, '', '1e3', ' 1', '-1'])(
    'refuses %o',
    id => expect(() => timeIdParts(id)).toThrow(expect.objectContaining({code: 'KEY_INVALID'})),
  )
})
