// Dates and timestamps by the texts that PostgreSQL writes in ISO style, in PostgreSQL's order: years of any length,
// BC, infinity, offsets down to the second, microseconds. Pure. Invariant: nothing goes through a JS Date, which has
// neither microseconds nor these years. Not here: time of day, whose texts are in order as they are.

/** -infinity and infinity as days beyond all that PostgreSQL has. */
const foreverDays = 1e12
const secondsOfDay = 86_400

interface Instant {
  /** Since 1 March of the year 0 of the Gregorian calendar, in UTC where there is an offset. */
  readonly seconds: number
  readonly micros: number
}

/** timestamp and date: two of four-digit years are in order as texts. */
export function compareTimestamps(a: string, b: string): number {
  if (a === b) return 0
  if (isPlain(a) && isPlain(b)) return a < b ? -1 : 1
  return compareInstants(instantOf(a), instantOf(b))
}

/** timestamptz: two of the same offset are in order as texts. */
export function compareTimestamptzs(a: string, b: string): number {
  if (a === b) return 0
  if (isPlain(a) && isPlain(b) && offsetTextOf(a) === offsetTextOf(b)) return a < b ? -1 : 1
  return compareInstants(instantOf(a), instantOf(b))
}

/** Four digits of a year, and not before Christ; infinity has no minus there. */
function isPlain(text: string): boolean {
  return text[4] === '-' && !text.endsWith('BC')
}

/** The first sign behind the date; an offset is always there. */
function offsetTextOf(text: string): string {
  const at = offsetAt(text)
  return at === -1 ? '' : text.slice(at)
}

function offsetAt(text: string): number {
  for (let at = text.length - 1; at > 10; at--) if (text[at] === '+' || text[at] === '-') return at
  return -1
}

function compareInstants(a: Instant, b: Instant): number {
  return a.seconds - b.seconds || a.micros - b.micros
}

const form =
  /^(\d+)-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d+))?)?(?:([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?)?( BC)?$/

function instantOf(text: string): Instant {
  if (text === 'infinity') return {seconds: foreverDays * secondsOfDay, micros: 0}
  if (text === '-infinity') return {seconds: -foreverDays * secondsOfDay, micros: 0}
  const parts = form.exec(text)
  if (parts === null) throw new Error(`${text} is no date or timestamp in ISO style`)
  const at = (index: number): number => Number(parts[index] ?? 0)
  // 1 BC is the year 0.
  const year = parts[12] === undefined ? at(1) : 1 - at(1)
  const offset = (parts[8] === '-' ? -1 : 1) * (at(9) * 3_600 + at(10) * 60 + at(11))
  return {
    seconds: daysOf(year, at(2), at(3)) * secondsOfDay + at(4) * 3_600 + at(5) * 60 + at(6) - offset,
    micros: Number((parts[7] ?? '').padEnd(6, '0')),
  }
}

/** Days since 1 March of the year 0, of the Gregorian calendar without a beginning, which is PostgreSQL's. */
function daysOf(year: number, month: number, day: number): number {
  // A year that begins in March has its leap day at its end.
  const marchYear = month > 2 ? year : year - 1
  const marchMonth = (month + 9) % 12
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400)
  return marchYear * 365 + leapDays + Math.floor((marchMonth * 153 + 2) / 5) + day - 1
}
