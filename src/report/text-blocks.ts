// The blocks of lines that a report for a terminal is made of. Invariant: understandable without colour; every string
// from outside is made printable. Not here: which figures there are (metric-rows.ts), the order of the blocks
// (to-text.ts).
import type {Report, Warning} from '../model/report.ts'
import {formatMs} from '../model/time.ts'
import type {Check, Verdict} from '../model/verdict.ts'
import {bar} from './bar.ts'
import type {MetricRow} from './metric-rows.ts'
import type {Hint} from './next-step.ts'
import {displayWidth, padEnd, padStart, printable, wrap} from './printable.ts'
import {formatShare} from '../model/quantity.ts'
import {verdictPaint, type Theme} from './theme.ts'

const verdictWords: Readonly<Record<Verdict, string>> = {pass: 'ok', fail: 'fail', unknown: 'unknown'}

/** The verdict and the scenario, the seed and the run at the right; `before` stands before the seed. */
export function headline(
  report: Pick<Report, 'verdict' | 'scenario' | 'seed' | 'run'>,
  before: string,
  theme: Theme,
  columns: number,
): string {
  const word = report.verdict.toUpperCase()
  const scenario = printable(report.scenario)
  const right = `${before}seed ${report.seed}  run ${printable(report.run)}`
  const gap = Math.max(2, columns - displayWidth(`${word}  ${scenario}${right}`))
  return `${verdictPaint(theme, report.verdict)(word)}  ${theme.strong(scenario)}${' '.repeat(gap)}${theme.dim(right)}`
}

export function summary(text: string, theme: Theme, columns: number): readonly string[] {
  return wrap(printable(text), columns - 2).map(line => theme.dim(`  ${line}`))
}

/** That the run must be rejected, and whether it was; null: nobody judged it. */
export function controlLines(held: boolean | null, theme: Theme, columns: number): readonly string[] {
  const said =
    held === null
      ? 'nobody judged whether it was'
      : held
        ? 'it was, by exactly the checks that must'
        : 'it was NOT, or not by the checks that must'
  return wrap(`control: this run must be rejected, and ${said}`, columns - 2).map(line =>
    (held === true ? theme.ok : theme.fail)(`  ${line}`),
  )
}

/** Rows whose columns line up. */
export function metricLines(rows: readonly MetricRow[], theme: Theme, columns: number): readonly string[] {
  const nameWidth = Math.max(...rows.map(row => displayWidth(row.name)))
  const valueWidth = Math.max(...rows.map(row => displayWidth(row.value)))
  const limitWidth = Math.max(...rows.map(row => displayWidth(row.limit ?? '')))
  return rows.flatMap(row => {
    const verdict =
      row.verdict === null ? padEnd('', 7) : verdictPaint(theme, row.verdict)(padEnd(verdictWords[row.verdict], 7))
    const head =
      `  ${padEnd(row.name, nameWidth)}  ${theme.strong(padStart(row.value, valueWidth))}  ` +
      `${padEnd(row.limit ?? '', limitWidth)}  ${verdict}  `
    const indent = nameWidth + valueWidth + limitWidth + 17
    const note = wrap(printable(row.note), Math.max(20, columns - indent))
    return note.map((line, index) => (index === 0 ? head : ' '.repeat(indent)) + line)
  })
}

/** Passed checks share a line; one that did not pass says why. */
export function checkLines(checks: readonly Check[], theme: Theme, columns: number): readonly string[] {
  const passed = checks.filter(check => check.verdict === 'pass').map(check => printable(check.name))
  const rest = checks.filter(check => check.verdict !== 'pass')
  const lines = labelled(
    'checks',
    passed.length === 0
      ? `none of ${checks.length} passed`
      : `${passed.length} of ${checks.length} passed: ${passed.join(', ')}`,
    columns,
  )
  return [
    ...lines,
    ...rest.flatMap(check => {
      const name = printable(check.name)
      const head = `${verdictPaint(theme, check.verdict)(padEnd(verdictWords[check.verdict], 7))} ${theme.strong(name)}`
      const detail = wrap(printable(check.detail), columns - 14)
      return [`    ${head}`, ...detail.map(line => `            ${line}`)]
    }),
  ]
}

/** A bar for each part, with what was waited for. */
export function partBars(
  parts: readonly {readonly name: string; readonly ms: number; readonly share: number; readonly note: string}[],
  theme: Theme,
  columns: number,
): readonly string[] {
  const nameWidth = Math.max(...parts.map(part => displayWidth(part.name)))
  const barWidth = columns < 100 ? 16 : 24
  return parts.flatMap(part => {
    const head = `    ${padEnd(part.name, nameWidth)}  ${padStart(formatMs(part.ms), 8)}  `
    const tail = `  ${padStart(formatShare(part.share), 4)}  `
    const indent = nameWidth + barWidth + 24
    const [note, ...more] = wrap(printable(part.note), Math.max(20, columns - indent))
    return [
      head + theme.hint(padEnd(bar(part.share, barWidth), barWidth)) + tail + (note ?? ''),
      ...more.map(line => ' '.repeat(indent) + line),
    ]
  })
}

/** Text behind a label, its further lines below it; nothing for null. */
export function labelled(label: string, text: string | null, columns: number): readonly string[] {
  if (text === null) return []
  const width = Math.max(10, label.length + 1)
  return wrap(printable(text), columns - 2 - width).map(
    (line, index) => `  ${padEnd(index === 0 ? label : '', width)}${line}`,
  )
}

export function warningLines(warning: Warning, theme: Theme, columns: number): readonly string[] {
  const detail = wrap(`${printable(warning.detail)} (${printable(warning.code)})`, columns - 9)
  const next = wrap(printable(warning.next), columns - 15)
  return [
    ...detail.map((line, index) => (index === 0 ? `${theme.warn('warning:')} ${line}` : `         ${line}`)),
    ...next.map((line, index) => (index === 0 ? `         ${theme.hint('next:')} ${line}` : `               ${line}`)),
  ]
}

export function hintLines(hint: Hint | null, theme: Theme, columns: number): readonly string[] {
  if (hint === null) return []
  const text = wrap(printable(hint.text), columns - 6).map((line, index) =>
    index === 0 ? `${theme.hint('hint:')} ${line}` : `      ${line}`,
  )
  return hint.command === null ? text : [...text, `        ${theme.strong(printable(hint.command))}`]
}

/** What hl refused, why, and what to do: of a run that owes a refusal the main thing. */
export function refusalLines(
  {refusal, nature}: Pick<Report, 'refusal' | 'nature'>,
  theme: Theme,
  columns: number,
): readonly string[] {
  if (refusal === null)
    return nature === 'refusal' ? labelled('refused', 'no: the restore was not refused', columns).map(theme.fail) : []
  const [head, ...more] = labelled('refused', `${refusal.code}: ${refusal.message}`, columns)
  const paint = nature === 'refusal' ? theme.strong : theme.fail
  return [
    paint(head ?? ''),
    ...more,
    ...refusal.next.flatMap((step, index) => labelled(index === 0 ? 'next' : '', step, columns)).map(theme.hint),
  ]
}

/** Where the run lies, and how to see more of it. */
export function fileLines(report: Pick<Report, 'files' | 'run'>): readonly string[] {
  const names = Object.keys(report.files)
  if (names.length === 0) return []
  return [
    `files: ${printable(report.files['folder'] ?? Object.values(report.files).join('  '))}`,
    `       hl runs show ${printable(report.run)} --format html`,
  ]
}
