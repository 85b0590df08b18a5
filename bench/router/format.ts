// How figures and tables are written. PURE. Not here: what is measured.
import type {Spread} from './figures.ts'
import type {Table} from './part.ts'

/** `0.97 (0.93..1.02)`. */
export function spreadText({median, min, max}: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}..${max.toFixed(digits)})`
}

export function percentText(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)} %`
}

/** `null`: it did not happen. */
export function secondsText(ms: number | null): string {
  return ms === null ? 'never' : (ms / 1_000).toFixed(1)
}

export function markdownTable({title, head, rows, note}: Table): string {
  const lines = [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`)
  return `### ${title}\n\n${lines.join('\n')}\n\n${note}\n`
}
