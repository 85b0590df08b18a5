// PURE: the times that pg_waldump and the server log print, as ms since 1970 UTC.
// Invariant: only UTC is read; another zone's abbreviation (EST, CST) names several offsets, so it is null and never
// guessed. Not here: durations (model/time.ts), times that people give (../restore/parse-time.ts).
import {parseTime} from '../restore/parse-time.ts'

const printed = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?) (?:UTC|GMT)$/

/**
 * Parses `2026-11-22 10:27:28.624 UTC` (or with microseconds, which are cut) into ms since 1970; null for another zone
 * and for anything that is no time.
 */
export function parseLogTime(text: string): number | null {
  const [, time] = printed.exec(text) ?? []
  const epochMs = time === undefined ? null : parseTime(`${time}Z`)
  return epochMs === null ? null : Math.floor(epochMs)
}
