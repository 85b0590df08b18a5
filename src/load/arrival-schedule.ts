// The open-loop schedule of one stream of operations: arrival i is due at start + i / rate, whether or not earlier ones
// came back.
// Invariant: no drift and no gap; after a stall every missed arrival is handed out, at once and with the time at which
// it was due.
// Not here: timers (load-engine.ts ticks) and what an arrival does.
import {lateAfterMs} from '../model/history.ts'

export interface ArrivalSchedule {
  readonly ratePerSecond: number
  readonly startMs: number
  /** Arrivals handed out so far. */
  readonly issued: number
}

export interface Due {
  /** When each arrival that is due now was due, oldest first. */
  readonly dueMs: readonly number[]
  /** How many of them are later than `lateAfterMs`. */
  readonly late: number
  readonly next: ArrivalSchedule
}

/** When arrival `index` (from 0) is due. */
export function dueAtMs(schedule: ArrivalSchedule, index: number): number {
  return schedule.startMs + (index * 1_000) / schedule.ratePerSecond
}

/** The arrivals that are due at `nowMs` and the schedule without them. A rate of 0 has no arrivals. */
export function takeDue(schedule: ArrivalSchedule, nowMs: number): Due {
  if (schedule.ratePerSecond <= 0) return {dueMs: [], late: 0, next: schedule}
  const dueMs: number[] = []
  let late = 0
  for (
    let at = dueAtMs(schedule, schedule.issued);
    at <= nowMs;
    at = dueAtMs(schedule, schedule.issued + dueMs.length)
  ) {
    dueMs.push(at)
    if (nowMs - at > lateAfterMs) late += 1
  }
  return {dueMs, late, next: dueMs.length === 0 ? schedule : {...schedule, issued: schedule.issued + dueMs.length}}
}
