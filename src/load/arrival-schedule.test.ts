import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {lateAfterMs} from '../model/history.ts'
import {dueAtMs, takeDue} from './arrival-schedule.ts'
import type {ArrivalSchedule} from './arrival-schedule.ts'

const rates = fc.oneof(fc.integer({min: 1, max: 5_000}), fc.double({min: 0.1, max: 300, noNaN: true}))
const steps = fc.array(fc.oneof(fc.integer({min: 0, max: 12}), fc.integer({min: 0, max: 4_000})), {
  minLength: 1,
  maxLength: 40,
})

function walk(
  schedule: ArrivalSchedule,
  nows: readonly number[],
): {readonly dueMs: number[]; readonly late: number; readonly schedule: ArrivalSchedule} {
  let current = schedule
  let late = 0
  const dueMs: number[] = []
  for (const now of nows) {
    const due = takeDue(current, now)
    dueMs.push(...due.dueMs)
    late += due.late
    current = due.next
  }
  return {dueMs, late, schedule: current}
}

describe('takeDue', () => {
  test('hands out each arrival once, in order, however unevenly it is asked', () => {
    fc.assert(
      fc.property(rates, fc.integer({min: 0, max: 100_000}), steps, (ratePerSecond, startMs, gaps) => {
        const schedule: ArrivalSchedule = {ratePerSecond, startMs, issued: 0}
        let now = startMs
        const nows = gaps.map(gap => (now += gap))
        const uneven = walk(schedule, nows)
        const atOnce = takeDue(schedule, now)
        expect(uneven.dueMs).toEqual(atOnce.dueMs)
        expect(uneven.schedule).toEqual(atOnce.next)
        expect(uneven.dueMs).toEqual(uneven.dueMs.map((_, index) => dueAtMs(schedule, index)))
      }),
      {numRuns: 60},
    )
  })

  test('never hands out the future and never keeps back the past', () => {
    fc.assert(
      fc.property(rates, fc.integer({min: 0, max: 10_000}), (ratePerSecond, elapsedMs) => {
        const due = takeDue({ratePerSecond, startMs: 500, issued: 0}, 500 + elapsedMs)
        expect(due.dueMs.every(at => at <= 500 + elapsedMs)).toBe(true)
        expect(dueAtMs(due.next, due.next.issued)).toBeGreaterThan(500 + elapsedMs)
        expect(due.dueMs.length).toBe(due.next.issued)
      }),
      {numRuns: 60},
    )
  })

  test('does not drift: a minute at 100 per second is 6,000 arrivals 10 ms apart', () => {
    const nows = Array.from({length: 9_000}, (_, tick) => tick * 6.7)
    const walked = walk({ratePerSecond: 100, startMs: 0, issued: 0}, nows)
    expect(walked.dueMs.filter(at => at < 60_000).length).toBe(6_000)
    expect(walked.dueMs[5_999]).toBe(59_990)
    expect(walked.late).toBe(0)
  })

  test('counts what a stall made late, and loses nothing', () => {
    const due = takeDue({ratePerSecond: 100, startMs: 0, issued: 0}, 1_000)
    expect(due.dueMs.length).toBe(101)
    expect(due.late).toBe(due.dueMs.filter(at => 1_000 - at > lateAfterMs).length)
    expect(due.late).toBe(90)
  })

  test('is silent before the start and at rate 0', () => {
    const early: ArrivalSchedule = {ratePerSecond: 100, startMs: 50, issued: 0}
    expect(takeDue(early, 49)).toEqual({dueMs: [], late: 0, next: early})
    expect(takeDue(early, 50).dueMs).toEqual([50])
    expect(takeDue({ratePerSecond: 0, startMs: 0, issued: 0}, 1e9).dueMs).toEqual([])
  })
})
