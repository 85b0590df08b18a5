// PURE: rules and configurations of monitoring/ with shorter durations, so that a test need not wait for hours. For
// tests only. Invariant: nothing but durations changes, and each of them in the same way: names, thresholds, labels and
// operators stay.

const unitMs: Readonly<Record<string, number>> = {ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000}

/** Of `for`, and of what Alertmanager waits for: a sixth, 20 s at most. */
const waitMaxMs = 20_000
/** Of windows that are looked back over: a sixth, a minute at most. */
const windowMaxMs = 60_000
const shorterBy = 6

const msOf = (text: string): number => {
  const [, count = '', unit = ''] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? []
  return Number(count) * (unitMs[unit] ?? Number.NaN)
}
const shorter = (text: string, maxMs: number): string => `${Math.round(Math.min(msOf(text) / shorterBy, maxMs))}ms`

/** A file of rules. A subquery keeps its number of steps. */
export function shortenRules(text: string): string {
  return text
    .replaceAll(/^( +for: )(\d+[a-z]+)$/gm, (_line, key: string, value: string) => key + shorter(value, waitMaxMs))
    .replaceAll(/\[(\d+[a-z]+)(?::(\d+[a-z]+))?\]/g, (_range, window: string, step: string | undefined) => {
      const short = shorter(window, windowMaxMs)
      if (step === undefined) return `[${short}]`
      return `[${short}:${Math.round((msOf(short) * msOf(step)) / msOf(window))}ms]`
    })
}

/** Alertmanager's configuration. */
export const shortenWaits = (text: string): string =>
  text.replaceAll(
    /^( +(?:group_wait|group_interval|repeat_interval): )(\d+[a-z]+)$/gm,
    (_line, key: string, value: string) => key + shorter(value, waitMaxMs),
  )

/** Prometheus' configuration. A scrape ends after 5 s, however silent a lab is, and must be taken then. */
export function shortenScrapes(text: string): string {
  return text
    .replace(/scrape_interval: \w+/, 'scrape_interval: 7s')
    .replace(/scrape_timeout: \w+/, 'scrape_timeout: 7s')
    .replace(/evaluation_interval: \w+/, 'evaluation_interval: 1s')
}
