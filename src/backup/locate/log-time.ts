// PURE: the times that pg_waldump and the server log print, as ms since 1970 UTC.
// Invariant: only UTC is read; another zone's abbreviation (EST, CST) names several offsets, so it is null and never
// guessed. Not here: durations (model/time.ts).

/**
 * Days from 1970-01-01 to a date of the Gregorian calendar. Source: Howard Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms", days_from_civil.
 */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}

/**
 * Parses `2026-11-22 10:27:28.624 UTC` (or with microseconds, which are cut) into ms since 1970; null for another zone
 * and for anything that is no time.
 */
export function parseLogTime(text: string): number | null {
  const match = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))? (?:UTC|GMT)$/.exec(text)
  if (match === null) return null
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number)
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59) return null
  const days = daysSinceEpoch(year, month, day)
  const nextMonth = month === 12 ? daysSinceEpoch(year + 1, 1, 1) : daysSinceEpoch(year, month + 1, 1)
  if (day < 1 || days >= nextMonth) return null
  return (
    (days * 86_400 + hour * 3_600 + minute * 60 + second) * 1_000 + Number((match[7] ?? '').padEnd(3, '0').slice(0, 3))
  )
}
