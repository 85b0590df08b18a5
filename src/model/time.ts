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

const unitMs: Readonly<Record<string, number>> = {ms: 1, s: 1_000, m: 60_000, h: 3_600_000}

/** Parses `500ms`, `20s`, `1.5m` or a bare number of seconds into milliseconds; null when it is none of these. */
export function parseDurationMs(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim())
  if (match === null) return null
  const factor = unitMs[match[2] ?? 's']
  return factor === undefined ? null : Number(match[1]) * factor
}
