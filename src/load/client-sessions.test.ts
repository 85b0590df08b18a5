import fc from 'fast-check'
import {expect, test} from 'vitest'
import {createClientSessions, draw} from './client-sessions.ts'

function seeded(seed: number): {next(): number} {
  let state = seed >>> 0
  return {next: () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32}
}

test('versions of a session are 1, 2, 3 … without a gap', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({min: 1, max: 400}), (seed, appends) => {
      const sessions = createClientSessions(seeded(seed), 4)
      const seen = new Map<number, number[]>()
      for (let i = 0; i < appends; i += 1) {
        const {session, version} = sessions.nextAppend()
        seen.set(session, [...(seen.get(session) ?? []), version])
      }
      for (const versions of seen.values()) expect(versions).toEqual(versions.map((_, index) => index + 1))
    }),
    {numRuns: 50},
  )
})

test('about half of the reads are a session reading its own register, the others never are by accident', () => {
  const sessions = createClientSessions(seeded(7), 16)
  const reads = Array.from({length: 4_000}, () => sessions.nextRead())
  const own = reads.filter(read => read.reader === read.of).length
  expect(own / reads.length).toBeGreaterThan(0.45)
  expect(own / reads.length).toBeLessThan(0.55)
  expect(new Set(reads.map(read => read.of)).size).toBe(16)
  expect(reads.every(read => read.of >= 0 && read.of < 16)).toBe(true)
})

test('one session alone reads only itself', () => {
  expect(createClientSessions(seeded(1), 1).nextRead()).toEqual({reader: 0, of: 0})
})

test('draw covers its range and stays below the bound', () => {
  expect(draw({next: () => 0}, 5)).toBe(0)
  expect(draw({next: () => 0.999_999}, 5)).toBe(4)
})
