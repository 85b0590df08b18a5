import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {formatPostgresTime, formatTime, lacksZone, parseTime} from './parse-time.ts'

const tenOClock = 1_795_514_400_000

describe('parseTime', () => {
  it.each<readonly [string, number]>([
    ['2026-11-24T10:00:00Z', tenOClock],
    ['2026-11-24t10:00:00z', tenOClock],
    ['2026-11-24 10:00:00Z', tenOClock],
    ['2026-11-24 10:00:00 Z', tenOClock],
    ['2026-11-24T10:00Z', tenOClock],
    ['2026-11-24T10:00:00+00:00', tenOClock],
    ['2026-11-24 10:00:00+00', tenOClock],
    ['2026-11-24T11:00:00+01', tenOClock],
    ['2026-11-24T15:45:00+0545', tenOClock],
    ['2026-11-24T00:00:00-10:00', tenOClock],
    ['2026-11-23T23:30:00-10:30', tenOClock],
    ['2026-11-24T10:00:00.5Z', tenOClock + 500],
    ['2026-11-24T10:00:00.625858+00', tenOClock + 625.858],
    ['1970-01-01T00:00:00Z', 0],
    ['1969-12-31T23:59:59.999Z', -1],
    ['2024-02-29T00:00:00Z', 1_709_164_800_000],
    ['2000-02-29T00:00:00Z', 951_782_400_000],
  ])('%s', (text, epochMs) => expect(parseTime(text)).toBe(epochMs))

  it.each([
    '',
    'latest',
    '2026-11-24',
    '2026-11-24T10:00:00',
    '2026-11-24 10:00',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-11-31T00:00:00Z',
    '2026-11-00T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2100-02-29T00:00:00Z',
    '2026-11-24T24:00:00Z',
    '2026-11-24T10:60:00Z',
    '2026-11-24T10:00:60Z',
    '2026-11-24T10:00:00+16',
    '2026-11-24T10:00:00+01:60',
    '2026-11-24T10:00:00.Z',
    '2026-11-24T10:00:00.1234567Z',
    '26-11-24T10:00:00Z',
    ' 2026-11-24T10:00:00Z',
    '2026-11-24T10:00:00Z\n',
    '2026-11-24T10:00:00 Europe/Berlin',
  ])('is not %j', text => expect(parseTime(text)).toBeNull())

  it('agrees with the engine, and with itself', () => {
    const times = fc.integer({min: -62_135_596_800_000, max: 253_402_300_799_999})
    fc.assert(
      fc.property(times, epochMs => {
        const iso = new Date(epochMs).toISOString()
        expect(parseTime(iso)).toBe(epochMs)
        expect(parseTime(formatTime(epochMs))).toBe(epochMs)
        expect(parseTime(formatPostgresTime(epochMs))).toBe(epochMs)
        expect(formatPostgresTime(epochMs).slice(0, 23)).toBe(iso.slice(0, 23).replace('T', ' '))
      }),
    )
  })
})

describe('a time without a zone', () => {
  it.each<readonly [string, boolean]>([
    ['2026-11-24T10:00:00', true],
    ['2026-11-24 10:00', true],
    ['2026-11-24 10:00:00.5', true],
    ['2026-11-24T10:00:00Z', false],
    ['2026-11-31T10:00:00', false],
    ['yesterday', false],
  ])('%s: %s', (text, expected) => expect(lacksZone(text)).toBe(expected))
})

describe('a time as text', () => {
  it.each<readonly [number, string, string]>([
    [tenOClock, '2026-11-24 10:00:00.000000+00', '2026-11-24T10:00:00Z'],
    [tenOClock + 7, '2026-11-24 10:00:00.007000+00', '2026-11-24T10:00:00.007Z'],
    [tenOClock + 625.858, '2026-11-24 10:00:00.625858+00', '2026-11-24T10:00:00.625858Z'],
    [tenOClock - 0.000_1, '2026-11-24 10:00:00.000000+00', '2026-11-24T10:00:00Z'],
    [-0.5, '1969-12-31 23:59:59.999500+00', '1969-12-31T23:59:59.999500Z'],
  ])('%d', (epochMs, postgres, iso) => {
    expect(formatPostgresTime(epochMs)).toBe(postgres)
    expect(formatTime(epochMs)).toBe(iso)
  })
})
