import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {parseLogTime} from './log-time.ts'

describe('parseLogTime', () => {
  it.each([
    ['2026-11-22 10:27:28.624 UTC', Date.UTC(2026, 10, 22, 10, 27, 28, 624)],
    ['2026-11-24 18:31:58.913264 UTC', Date.UTC(2026, 10, 24, 18, 31, 58, 913)],
    ['2024-02-29 23:59:59 GMT', Date.UTC(2024, 1, 29, 23, 59, 59)],
    ['1970-01-01 00:00:00.000 UTC', 0],
    ['1969-12-31 23:59:59.999 UTC', -1],
  ])('reads %s', (text, ms) => expect(parseLogTime(text)).toBe(ms))

  it.each([
    '2026-11-24 13:32:00.761457 EST',
    '2026-11-24 13:32:00.761 +00',
    '2026-11-24 13:32:00.761',
    '2026-11-24T13:32:00.761Z',
    '2023-02-29 00:00:00 UTC',
    '2026-13-01 00:00:00 UTC',
    '2026-12-32 00:00:00 UTC',
    '2026-12-00 00:00:00 UTC',
    '2026-11-24 24:00:00 UTC',
    '',
  ])('does not guess at "%s"', text => expect(parseLogTime(text)).toBeNull())

  it('agrees with the calendar on every day', () => {
    fc.assert(
      fc.property(
        fc.date({min: new Date('1900-01-01T00:00:00Z'), max: new Date('2400-01-01T00:00:00Z'), noInvalidDate: true}),
        date => {
          expect(parseLogTime(date.toISOString().replace('T', ' ').replace('Z', ' UTC'))).toBe(date.getTime())
        },
      ),
    )
  })
})
