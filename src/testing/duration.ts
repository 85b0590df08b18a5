// PURE: how long something may take, as tests say it.
import {HlError} from '../model/errors.ts'
import {parseDurationMs} from '../model/time.ts'

/** `'30s'`, `'500ms'`, `'2m'`, or a number of milliseconds. */
export type Duration = string | number

/** In ms. CONFIG_INVALID for what is no duration. */
export function durationMs(value: Duration, what: string): number {
  const ms = typeof value === 'number' ? value : parseDurationMs(value)
  if (ms !== null && Number.isFinite(ms) && ms >= 0) return ms
  throw new HlError('CONFIG_INVALID', `${what}: ${JSON.stringify(value)} is no duration`, {
    next: ["a text as '30s', '500ms' or '2m', or a number of milliseconds"],
  })
}
