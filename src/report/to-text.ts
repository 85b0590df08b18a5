// The report for a terminal, and for a pipe: one screen. Invariant: understandable without colour; every string from outside is made printable.
// Not here: which figures there are (metric-rows.ts), the lanes (text-lanes.ts), many trials (text-trials.ts).
import type {Report, Warning} from '../model/report.ts'
import {formatMs} from '../model/time.ts'
import type {Check, Verdict} from '../model/verdict.ts'
import {bar} from './bar.ts'
import {metricRows, ruleOfThree, type MetricRow} from './metric-rows.ts'
import {nextStep} from './next-step.ts'
import {displayWidth, padEnd, padStart, printable, wrap} from './printable.ts'
import {formatShare, plural} from './quantity.ts'
import {explainParts} from './rto-parts.ts'
import {failedSteps, stepText} from './failed-steps.ts'
import {setupLines} from './setup-facts.ts'
import {laneLines} from './text-lanes.ts'
import {trialLines} from './text-trials.ts'
import {verdictPaint, type Theme} from './theme.ts'

export interface TextOptions {
  /** Width of the terminal; lines are kept below it where they can be. */
  readonly columns: number
}

const verdictWords: Readonly<Record<Verdict, string>> = {pass: 'ok', fail: 'fail', unknown: 'unknown'}

/** The final report, ending in a newline. */
export function toText(report: Report, theme: Theme, options: TextOptions): string {
  const columns = Math.max(60, options.columns)
  const lines = [
    headline(report, theme, columns),
    ...summaryLines(report, theme, columns),
    ...metricLines(metricRows(report), theme, columns),
    ...checkLines(report.checks, theme, columns),
    ...failedSteps(report.events).flatMap(step => labelled('step', `failed: ${stepText(step)}`, columns)).map(theme.fail),
    ...(report.trials === null ? partLines(report, theme, columns) : trialLines(report.trials, theme, columns)),
    ...labelled('bound', ruleOfThree(report), columns),
    ...(report.trials === null ? laneLines(report, theme, columns) : []),
    ...setupLines(report).flatMap((line, index) => labelled(index === 0 ? 'setup' : '', line, columns)).map(theme.dim),
    ...report.warnings.flatMap(warning => warningLines(warning, theme, columns)),
    ...hintLines(report, theme, columns),
    ...fileLines(report),
  ]
  return `${lines.map(line => line.trimEnd()).join('\n')}\n`
}

function headline(report: Report, theme: Theme, columns: number): string {
  const word = report.verdict.toUpperCase()
  const scenario = printable(report.scenario)
  const right = `${report.trials === null ? '' : `${plural(report.trials.n, 'trial')}  `}seed ${report.seed}  run ${printable(report.run)}`
  const gap = Math.max(2, columns - displayWidth(`${word}  ${scenario}${right}`))
  return `${verdictPaint(theme, report.verdict)(word)}  ${theme.strong(scenario)}${' '.repeat(gap)}${theme.dim(right)}`
}

function summaryLines(report: Report, theme: Theme, columns: number): readonly string[] {
  const summary = wrap(printable(report.summary), columns - 2).map(line => theme.dim(`  ${line}`))
  if (report.nature !== 'control') return summary
  const held = report.controlHeld
  const said = held === null ? 'nobody judged whether it was' : held ? 'it was, by exactly the checks that must' : 'it was NOT, or not by the checks that must'
  return [...summary, ...wrap(`control: this run must be rejected, and ${said}`, columns - 2).map(line => (held === true ? theme.ok : theme.fail)(`  ${line}`))]
}

function metricLines(rows: readonly MetricRow[], theme: Theme, columns: number): readonly string[] {
  const nameWidth = Math.max(...rows.map(row => displayWidth(row.name)))
  const valueWidth = Math.max(...rows.map(row => displayWidth(row.value)))
  const limitWidth = Math.max(...rows.map(row => displayWidth(row.limit ?? '')))
  return rows.flatMap(row => {
    const verdict = row.verdict === null ? padEnd('', 7) : verdictPaint(theme, row.verdict)(padEnd(verdictWords[row.verdict], 7))
    const head = `  ${padEnd(row.name, nameWidth)}  ${theme.strong(padStart(row.value, valueWidth))}  ${padEnd(row.limit ?? '', limitWidth)}  ${verdict}  `
    const indent = nameWidth + valueWidth + limitWidth + 17
    const note = wrap(printable(row.note), Math.max(20, columns - indent))
    return note.map((line, index) => (index === 0 ? head : ' '.repeat(indent)) + line)
  })
}

/** Passed checks share a line; one that did not pass says why. */
function checkLines(checks: readonly Check[], theme: Theme, columns: number): readonly string[] {
  const passed = checks.filter(check => check.verdict === 'pass').map(check => printable(check.name))
  const rest = checks.filter(check => check.verdict !== 'pass')
  const lines = labelled('checks', passed.length === 0 ? `none of ${checks.length} passed` : `${passed.length} of ${checks.length} passed: ${passed.join(', ')}`, columns)
  return [...lines, ...rest.flatMap(check => {
    const name = printable(check.name)
    const head = `${verdictPaint(theme, check.verdict)(padEnd(verdictWords[check.verdict], 7))} ${theme.strong(name)}`
    const detail = wrap(printable(check.detail), columns - 14)
    return [`    ${head}`, ...detail.map(line => `            ${line}`)]
  })]
}

function partLines(report: Report, theme: Theme, columns: number): readonly string[] {
  const parts = explainParts(report)
  if (parts.length === 0 || report.rto === null) return []
  const ms = report.rto.ms
  const nameWidth = Math.max(...parts.map(part => displayWidth(part.name)))
  const barWidth = columns < 100 ? 16 : 24
  const title = ms === null ? 'where the time went' : `where the ${formatMs(ms)} went`
  return [
    `  ${title}${theme.dim(`  (probes every ${formatMs(report.rto.resolutionMs)})`)}`,
    ...parts.flatMap(part => {
      const head = `    ${padEnd(part.name, nameWidth)}  ${padStart(formatMs(part.ms), 8)}  `
      const tail = `  ${padStart(formatShare(part.share), 4)}  `
      const indent = nameWidth + barWidth + 24
      const [note, ...more] = wrap(printable(part.note), Math.max(20, columns - indent))
      return [head + theme.hint(padEnd(bar(part.share, barWidth), barWidth)) + tail + (note ?? ''), ...more.map(line => ' '.repeat(indent) + line)]
    }),
  ]
}

function labelled(label: string, text: string | null, columns: number): readonly string[] {
  if (text === null) return []
  return wrap(printable(text), columns - 12).map((line, index) => `  ${padEnd(index === 0 ? label : '', 10)}${line}`)
}

function warningLines(warning: Warning, theme: Theme, columns: number): readonly string[] {
  const detail = wrap(`${printable(warning.detail)} (${printable(warning.code)})`, columns - 9)
  const next = wrap(printable(warning.next), columns - 15)
  return [
    ...detail.map((line, index) => (index === 0 ? `${theme.warn('warning:')} ${line}` : `         ${line}`)),
    ...next.map((line, index) => (index === 0 ? `         ${theme.hint('next:')} ${line}` : `               ${line}`)),
  ]
}

function hintLines(report: Report, theme: Theme, columns: number): readonly string[] {
  const hint = nextStep(report)
  if (hint === null) return []
  const text = wrap(hint.text, columns - 6).map((line, index) => (index === 0 ? `${theme.hint('hint:')} ${line}` : `      ${line}`))
  return hint.command === null ? text : [...text, `        ${theme.strong(printable(hint.command))}`]
}

function fileLines(report: Report): readonly string[] {
  const names = Object.keys(report.files)
  if (names.length === 0) return []
  return [`files: ${printable(report.files['folder'] ?? Object.values(report.files).join('  '))}`, `       hl runs show ${printable(report.run)} --format html`]
}
