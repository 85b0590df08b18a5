// A horizontal bar of block characters. Invariant: at most `width` columns; something never looks like nothing.

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const

/** `share` (0..1) of `width` columns, in eighths of a column. */
export function bar(share: number, width: number): string {
  const clamped = Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0
  const units = Math.round(clamped * width * 8)
  if (units === 0) return clamped > 0 ? '▏' : ''
  return '█'.repeat(Math.floor(units / 8)) + (eighths[units % 8] ?? '')
}
