// Numbers and words for people: counts, bytes, shares, ratios. Invariant: one way to print each kind everywhere;
// durations are time.ts.

/** 11436 -> `11,436`. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',')
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** Powers of 1,024 with PostgreSQL's unit names, as pg_size_pretty prints them: `0 B`, `96 kB`, `1.2 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (Math.abs(value) >= 1_024 && unit < byteUnits.length - 1) {
    value /= 1_024
    unit += 1
  }
  const digits = unit > 0 && Math.abs(value) < 10 && !Number.isInteger(value) ? 1 : 0
  return `${value.toFixed(digits)} ${byteUnits[unit] ?? 'TB'}`
}

/** 0.762 -> `76%`; what is more than nothing never prints as 0%, what is less than all never as 100%. */
export function formatShare(share: number): string {
  if (share > 0 && share < 0.01) return '<1%'
  if (share > 0.99 && share < 1) return '>99%'
  return `${(share * 100).toFixed(0)}%`
}

/** b over a as `0.62x`; `-` where a ratio says nothing. */
export function formatRatio(a: number, b: number): string {
  if (!Number.isFinite(a) || !Number.isFinite(b) || a === 0) return '-'
  const ratio = b / a
  return `${ratio.toFixed(Math.abs(ratio) < 10 ? 2 : 0)}x`
}

/** `1 write`, `2 writes`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

/** `1 write/s`, `98.3 writes/s`. */
export function formatRate(perSecond: number, one: string): string {
  return `${perSecond} ${perSecond === 1 ? one : `${one}s`}/s`
}

/** With a capital letter, as a title begins. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
