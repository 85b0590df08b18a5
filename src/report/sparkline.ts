// A row of numbers as a row of characters. Invariant: zero is the lowest mark and nothing but zero is.

const levels = ['▁', '▂', '▃', '▄', '▅', '▆', '▇'] as const

/** One character per value, `max` being the highest; null (not measured) is a blank. */
export function sparkline(values: readonly (number | null)[], max: number): string {
  return values.map(value => (value === null ? ' ' : mark(value, max))).join('')
}

function mark(value: number, max: number): string {
  if (value <= 0 || max <= 0) return levels[0]
  const step = Math.ceil((Math.min(value, max) / max) * (levels.length - 1))
  return levels[step] ?? levels[0]
}

export interface Condensed {
  readonly values: readonly number[]
  /** How many of the given values one column stands for. */
  readonly perColumn: number
}

/** Averages neighbours until at most `columns` are left. */
export function condense(values: readonly number[], columns: number): Condensed {
  const perColumn = Math.max(1, Math.ceil(values.length / Math.max(1, columns)))
  const condensed: number[] = []
  for (let at = 0; at < values.length; at += perColumn) {
    const group = values.slice(at, at + perColumn)
    condensed.push(group.reduce((sum, value) => sum + value, 0) / group.length)
  }
  return {values: condensed, perColumn}
}
