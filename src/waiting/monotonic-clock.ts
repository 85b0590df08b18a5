// The one clock of a run: process.hrtime, which never goes back. Not here: virtual time (test/fakes).
import {setTimeout as after} from 'node:timers/promises'
import type {Clock} from '../model/ports.ts'

/** A clock that starts at 0 now. */
export function monotonicClock(): Clock {
  const origin = process.hrtime.bigint()
  return {
    nowMs: () => Number(process.hrtime.bigint() - origin) / 1e6,
    async wait(ms, signal) {
      try {
        await after(Math.max(0, ms), undefined, signal === undefined ? {} : {signal})
      } catch (error) {
        signal?.throwIfAborted()
        throw error
      }
    },
    wallTime: () => new Date().toISOString(),
  }
}
