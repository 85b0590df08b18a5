import {describe, expect, it} from 'vitest'
import {durationText, slowestLines} from './slowest-tests.ts'

describe('the slowest tests', () => {
  const slow = (project: string, name: string, ms: number) => ({project, file: `${name}.test.ts`, name, ms})

  it('are told per project, slowest first, with what the files took together', () => {
    expect(
      slowestLines(
        [slow('e2e', 'short', 900), slow('unit', 'other', 3), slow('e2e', 'long', 125_000)],
        [
          {project: 'unit', ms: 20},
          {project: 'e2e', ms: 130_000},
          {project: 'e2e', ms: 50_000},
        ],
      ),
    ).toEqual([
      'e2e: 2 files took 3m 00s together; slowest of 2 tests:',
      '   2m 05s  long.test.ts > long',
      '    0.9 s  short.test.ts > short',
      'unit: 1 files took 0.0 s together; slowest of 1 tests:',
      '    0.0 s  other.test.ts > other',
    ])
  })

  it('are ten at most', () => {
    const tests = Array.from({length: 30}, (_, index) => slow('unit', `n${index}`, index))
    const lines = slowestLines(tests, [{project: 'unit', ms: 1}])
    expect(lines).toHaveLength(11)
    expect(lines[1]).toContain('n29')
    expect(lines[10]).toContain('n20')
  })
})

it.each([
  [0, '0.0 s'],
  [4_240, '4.2 s'],
  [59_949, '59.9 s'],
  [59_950, '1m 00s'],
  [187_400, '3m 07s'],
  [3_599_600, '60m 00s'],
])('%d ms are %s', (ms, text) => {
  expect(durationText(ms)).toBe(text)
})
