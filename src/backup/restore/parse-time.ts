// PURE: times as text and as ms since 1970 UTC. Invariants: a text without a zone is no time; microseconds survive, as
// a fraction of a ms.
// Not here: what a restore does with them (parse-target.ts). The class Date is a clock, which pure code has none of,
// and it drops microseconds.

const dayMs = 86_400_000
const date = String.raw`(\d{4})-(\d\d)-(\d\d)`
const time = String.raw`(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?`
const zoned = new RegExp(`^${date}[T ]${time} ?(?:Z|([+-])(\\d\\d)(?::?(\\d\\d))?)$`, 'i')
const zoneless = new RegExp(`^${date}[T ]${time}$`, 'i')

/**
 * ISO 8601 or PostgreSQL's form, with a zone (`Z`, `+01`, `+01:00`, `+0100`) and up to six digits behind the second;
 * null for anything else.
 */
export function parseTime(text: string): number | null {
  const match = zoned.exec(text)
  if (match === null) return null
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(part => Number(part))
  if (year === undefined || month === undefined || day === undefined || hour === undefined || minute === undefined)
    return null
  const [zoneHours, zoneMinutes] = [Number(match[9] ?? 0), Number(match[10] ?? 0)]
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null
  if (hour > 23 || minute > 59 || zoneHours > 15 || zoneMinutes > 59) return null
  const seconds = match[6] === undefined ? 0 : second
  if (seconds === undefined || seconds > 59) return null
  const offsetMinutes = (match[8] === '-' ? -1 : 1) * (zoneHours * 60 + zoneMinutes)
  const wholeMs =
    daysFromCivil(year, month, day) * dayMs + (hour * 60 + minute - offsetMinutes) * 60_000 + seconds * 1_000
  return wholeMs + Number((match[7] ?? '').padEnd(6, '0')) / 1_000
}

/** Would this be a time if it had a zone? */
export function lacksZone(text: string): boolean {
  return zoneless.test(text) && parseTime(`${text}Z`) !== null
}

/** As PostgreSQL takes it: recovery_target_time refuses a trailing `Z`. */
export function formatPostgresTime(epochMs: number): string {
  const {day, clock, micros} = partsOf(epochMs)
  return `${day} ${clock}.${String(micros).padStart(6, '0')}+00`
}

/** For people and for flags: ISO 8601 in UTC, with no more digits than it needs. */
export function formatTime(epochMs: number): string {
  const {day, clock, micros} = partsOf(epochMs)
  const fraction = micros === 0 ? '' : `.${String(micros).padStart(6, '0').replace(/000$/, '')}`
  return `${day}T${clock}${fraction}Z`
}

function partsOf(epochMs: number): {readonly day: string; readonly clock: string; readonly micros: number} {
  // Far from 1970 the whole number would not fit in microseconds; and .9999996 ms must not print as 1000 of them.
  const floorMs = Math.floor(epochMs)
  const carried = Math.round((epochMs - floorMs) * 1_000)
  const wholeMs = carried === 1_000 ? floorMs + 1 : floorMs
  const seconds = Math.floor(wholeMs / 1_000)
  const days = Math.floor(seconds / 86_400)
  const ofDay = seconds - days * 86_400
  const clock = [Math.floor(ofDay / 3_600), Math.floor(ofDay / 60) % 60, ofDay % 60]
    .map(part => String(part).padStart(2, '0'))
    .join(':')
  return {day: civilFromDays(days), clock, micros: (wholeMs - seconds * 1_000) * 1_000 + (carried % 1_000)}
}

function daysInMonth(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31
}

/**
 * Days since 1970-01-01. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years begin in March,
 * so the leap day is the last of its year.
 */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}

/** The way back. Same source. */
function civilFromDays(days: number): string {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1_460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}
