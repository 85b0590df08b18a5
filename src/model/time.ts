// Durations for people: one way to print milliseconds everywhere. Not here: clocks (ports.ts) and arithmetic on server
// times (there is none).

/** Milliseconds as a short text: `240 ms`, `11.84 s`, `1m 12s`; infinity prints as `never`. */
export function formatMs(ms: number): string {
  if (!Number.isFinite(ms)) return 'never'
  const rounded = Math.round(ms)
  if (Math.abs(rounded) < 1_000) return `${rounded} ms`
  if (Math.abs(rounded) < 59_995) return `${(rounded / 1_000).toFixed(2)} s`
  const seconds = Math.round(rounded / 1_000)
  return `${Math.floor(seconds / 60)}m ${seconds % 60}s`
}

/** Hours, minutes, seconds and their parts of an ISO time in UTC, as the clocks of runs print it. */
const utcTime = /T(\d\d):(\d\d):(\d\d(?:\.\d+)?)Z$/
const dayMs = 86_400_000

/**
 * The time of day, UTC, of a moment of a run that began at `startedAt`: `18:16:42.3`, with `digits` behind the second;
 * null where the beginning is not known.
 */
export function timeOfDay(startedAt: string, atMs: number, digits: 0 | 1): string | null {
  const [, hours, minutes, seconds] = utcTime.exec(startedAt) ?? []
  if (hours === undefined) return null
  const beganMs = (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000
  const unit = 1_000 / 10 ** digits
  const ms = (((Math.floor((beganMs + atMs) / unit) * unit) % dayMs) + dayMs) % dayMs
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0')
  const second = ((ms % 60_000) / 1_000).toFixed(digits).padStart(digits === 0 ? 2 : 3 + digits, '0')
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${second}`
}

const unitMs: Readonly<Record<string, number>> = {ms: 1, s: 1_000, m: 60_000, h: 3_600_000}

/** Parses `500ms`, `20s`, `1.5m` or a bare number of seconds into milliseconds; null when it is none of these. */
export function parseDurationMs(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim())
  if (match === null) return null
  const factor = unitMs[match[2] ?? 's']
  return factor === undefined ? null : Number(match[1]) * factor
}
