import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {cpuShares, parseAvailableMb, parseCpuTimes, parsePressure, parseProcessStart} from './parse-proc.ts'

describe('/proc', () => {
  it('gives shares between two readings', () => {
    const from = parseCpuTimes('cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 1 1 1 1\n')
    const to = parseCpuTimes('cpu  150 0 120 810 0 0 10 10 0 0\n')
    expect(from !== null && to !== null && cpuShares(from, to)).toEqual({busyPct: 80, stealPct: 10})
  })
  it('gives no share when no time went by', () =>
    expect(cpuShares({busy: 1, steal: 0, total: 2}, {busy: 1, steal: 0, total: 2})).toBeNull())
  it('gives the pressure of ten seconds', () =>
    expect(parsePressure('some avg10=3.37 avg60=6.52 avg300=4.99 total=39546635\nfull avg10=0.00\n')).toBe(3.37))
  it('gives available memory', () =>
    expect(parseAvailableMb('MemTotal: 24105000 kB\nMemAvailable:   23961600 kB\n')).toBe(23_400))
  it('gives the start of a process, whatever its name', () =>
    expect(parseProcessStart(`42 (a) b (c) S ${Array.from({length: 18}, (_, i) => i).join(' ')} 777 0`)).toBe('777'))
  it('is null or empty where it says nothing, and never throws', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        parseProcessStart(text)
        if (!text.includes('cpu')) expect(parseCpuTimes(text)).toBeNull()
        if (!text.includes('avg10')) expect(parsePressure(text)).toBeNull()
      }),
    )
  })
})
