// Aligned columns for the terminal. PURE. Invariant: widths are counted before paint is put on, so colour never moves a
// column.
import {displayWidth, padEnd, padStart, printable, wrap} from '../../src/report/printable.ts'
import type {Paint} from '../../src/report/theme.ts'

export interface Column {
  readonly name: string
  readonly align?: 'left' | 'right'
}

/** A cell is a text, or a text with its paint. */
export type Cell = string | {readonly text: string; readonly paint: Paint}

/**
 * Header and rows as lines without trailing blanks; a missing cell is blank. `width`: of the terminal, in which the
 * last column is wrapped by words; absent: every row is one line, as programs read it.
 */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  headPaint: Paint,
  width = Infinity,
): readonly string[] {
  const text = (cell: Cell | undefined): string => printable(typeof cell === 'string' ? cell : (cell?.text ?? ''))
  const widths = columns.map((column, index) =>
    Math.max(displayWidth(column.name), ...rows.map(row => displayWidth(text(row[index])))),
  )
  const before = widths.slice(0, -1).reduce((sum, own) => sum + own + gap.length, 0)
  const lastWidth = Math.max(narrowest, width - before)
  const line = (cells: readonly Cell[]): string =>
    columns
      .map((column, index) => {
        const cell = cells[index]
        const padded = (column.align === 'right' ? padStart : padEnd)(text(cell), widths[index] ?? 0)
        const isLast = index === columns.length - 1 && column.align !== 'right'
        const [first = '', ...more] = isLast ? wrap(padded.trimEnd(), lastWidth) : [padded]
        const shown = [first, ...more.map(rest => ' '.repeat(before) + rest)].join('\n')
        return cell === undefined || typeof cell === 'string' ? shown : cell.paint(shown)
      })
      .join(gap)
      .trimEnd()
  return [headPaint(line(columns.map(column => column.name))), ...rows.map(line)]
}

const gap = '  '
/** A column of fewer columns says nothing. */
const narrowest = 20
