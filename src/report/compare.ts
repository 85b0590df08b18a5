// Two reports side by side, as ratios. Invariant: what differs in the setup is listed beside the figures, and a
// comparison of single runs says that it is one.
// Not here: statistics (src/measure); no claim is made about significance.
import {recoveryPhaseNames} from '../model/recovery-record.ts'
import {type Distribution, type Report} from '../model/report.ts'
import {failoverPartNames, type RtoPartName} from '../model/rto.ts'
import {formatMs} from '../model/time.ts'
import {escapeMarkdown} from './escape-markdown.ts'
import {padEnd, padStart, printable, displayWidth} from './printable.ts'
import {objectiveTitle, objectiveTitles} from './metric-rows.ts'
import {formatBytes, formatCount, formatRatio, plural} from '../model/quantity.ts'
import {hostFacts, loadFacts, settingFacts, versionFacts} from './setup-facts.ts'
import {verdictPaint, type Theme} from './theme.ts'
import {isFigure, trialsForAFigure} from './trial-spread.ts'
import {markdownTable} from './to-markdown.ts'

export interface ComparedRow {
  readonly name: string
  readonly a: string
  readonly b: string
  /** b over a. */
  readonly ratio: string
}

export interface Comparison {
  readonly a: Report
  readonly b: Report
  readonly rows: readonly ComparedRow[]
  /** Settings, load, versions and host facts that are not the same. */
  readonly differences: readonly {readonly name: string; readonly a: string; readonly b: string}[]
  /** Why the ratios may say less than they seem to. */
  readonly cautions: readonly string[]
}

type Measured = number | null

/** Ratios of b to a, what else differs, and what to be careful about. */
export function compare(a: Report, b: Report): Comparison {
  return {
    a,
    b,
    rows: [...durationRows(a, b), ...countRows(a, b)],
    differences: differences(a, b),
    cautions: cautions(a, b),
  }
}

/** null in a distribution stands for infinity; null instead of one for not measured. */
function endless(spread: Distribution | null, rank: 'p50' | 'p95'): Measured {
  return spread === null ? null : (spread[rank] ?? Infinity)
}

function rtoMs(report: Report): Measured {
  if (report.trials !== null) return endless(report.trials.rtoMs, 'p50')
  if (report.rto === null || report.rto.bounds !== undefined) return null
  return report.rto.recovered && report.rto.ms !== null ? report.rto.ms : Infinity
}

function partMs(report: Report, name: RtoPartName): Measured {
  if (report.trials !== null) return endless(report.trials.parts[name] ?? null, 'p50')
  return report.rto?.parts.find(part => part.name === name)?.ms ?? null
}

const partNames: Readonly<Record<Report['command'], readonly RtoPartName[]>> = {
  failover: failoverPartNames,
  drill: [...recoveryPhaseNames, 'unattributed'],
}

/** Of few trials there is none. */
function p95Of({trials}: Report): Measured {
  return trials === null || !isFigure(trials) ? null : endless(trials.rtoMs, 'p95')
}

function redundancyMs(report: Report): Measured {
  return report.trials === null
    ? (report.rto?.timeToRedundancyMs ?? null)
    : endless(report.trials.timeToRedundancyMs, 'p50')
}

function durationRows(a: Report, b: Report): readonly ComparedRow[] {
  const rows: readonly (readonly [string, Measured, Measured])[] = [
    [objectiveTitle(a, 'rtoMsMax'), rtoMs(a), rtoMs(b)],
    ...[...new Set([...partNames[a.command], ...partNames[b.command]])].map((name): [string, Measured, Measured] => [
      `  ${name}`,
      partMs(a, name),
      partMs(b, name),
    ]),
    ['RTO p95', p95Of(a), p95Of(b)],
    ['redundancy', redundancyMs(a), redundancyMs(b)],
    ['longest stall', a.longestStallMs, b.longestStallMs],
  ]
  return rows
    .filter(([, left, right]) => (left ?? 0) > 0 || (right ?? 0) > 0)
    .map(([name, left, right]) => row(name, left, right, formatMs))
}

function countRows(a: Report, b: Report): readonly ComparedRow[] {
  const lost = (report: Report): number => (report.trials ?? report.writes).lost
  const acknowledged = (report: Report): number => (report.trials ?? report.writes).acknowledged
  const unknown = ({writes}: Report): number => writes.unknown.found + writes.unknown.absent + writes.unknown.unknowable
  return [
    row('lost writes', lost(a), lost(b), formatCount),
    row('acknowledged writes', acknowledged(a), acknowledged(b), formatCount),
    row('failed writes', a.writes.failed, b.writes.failed, formatCount),
    row('unknown writes', unknown(a), unknown(b), formatCount),
    ...recoveryRows(a, b),
  ]
}

/** What a point-in-time restore missed and took, and how much was copied and replayed; where both have it. */
function recoveryRows(a: Report, b: Report): readonly ComparedRow[] {
  const [left, right] = [a.pointInTime, b.pointInTime]
  const [from, to] = [a.restore, b.restore]
  return [
    ...(left === null || right === null
      ? []
      : [
          row('precision', left.missing, right.missing, formatCount),
          row(objectiveTitles.collateralMax, left.collateral, right.collateral, formatCount),
        ]),
    ...(from === null || to === null
      ? []
      : [
          row('copied', from.copiedBytes, to.copiedBytes, formatBytes),
          row('WAL replayed', from.replayedBytes, to.replayedBytes, formatBytes),
        ]),
  ]
}

function row(name: string, a: Measured, b: Measured, format: (value: number) => string): ComparedRow {
  const text = (value: Measured): string => (value === null ? '-' : format(value))
  return {name, a: text(a), b: text(b), ratio: a === null || b === null ? '-' : formatRatio(a, b)}
}

function differences(a: Report, b: Report): Comparison['differences'] {
  const facts = (report: Report): ReadonlyMap<string, string> =>
    new Map([
      ['scenario', report.scenario],
      ...settingFacts(report),
      ...loadFacts(report),
      ...versionFacts(report),
      ...hostFacts(report).slice(0, 2),
    ])
  const [left, right] = [facts(a), facts(b)]
  return [...new Set([...left.keys(), ...right.keys()])]
    .map(name => ({name, a: left.get(name) ?? '-', b: right.get(name) ?? '-'}))
    .filter(fact => fact.a !== fact.b)
}

function cautions(a: Report, b: Report): readonly string[] {
  const said: string[] = a.run === b.run ? [`both are run ${a.run}: every ratio is of a run to itself`] : []
  const fewest = Math.min(a.trials?.n ?? 1, b.trials?.n ?? 1)
  if (fewest < trialsForAFigure)
    said.push(
      `fewest trials on a side: ${fewest}; below ${trialsForAFigure} a difference may be chance, and where in the ` +
        'HA loop the fault fell',
    )
  if (a.scenario !== b.scenario) said.push('the scenarios are not the same')
  for (const report of [a, b])
    if (report.verdict === 'unknown')
      said.push(`the verdict of run ${report.run} is unknown: its figures may mean nothing`)
  for (const report of [a, b])
    if ((report.trials?.neverRecovered ?? 0) > 0)
      said.push(
        `run ${report.run} has ${plural(report.trials?.neverRecovered ?? 0, 'trial')} that never recovered, counted as ` +
          'infinite, and a ratio with infinity is not shown',
      )
  return said
}

/** For a terminal, ending in a newline. */
export function comparisonText(comparison: Comparison, theme: Theme): string {
  const {a, b, rows, differences: unequal, cautions: careful} = comparison
  const table = [
    {name: '', a: `a ${a.run}`, b: `b ${b.run}`, ratio: 'b/a'},
    {name: 'verdict', a: a.verdict, b: b.verdict, ratio: ''},
    ...rows,
  ].map(line => ({name: printable(line.name), a: printable(line.a), b: printable(line.b), ratio: line.ratio}))
  const width = (cell: (line: ComparedRow) => string): number =>
    Math.max(...table.map(line => displayWidth(cell(line))))
  const widths = {
    name: width(line => line.name),
    a: width(line => line.a),
    b: width(line => line.b),
    ratio: width(line => line.ratio),
  }
  const lines = table.map((line, index) => {
    const isVerdict = index === 1
    const left = padStart(line.a, widths.a)
    const right = padStart(line.b, widths.b)
    const cells = [
      padEnd(line.name, widths.name),
      isVerdict ? verdictPaint(theme, a.verdict)(left) : left,
      isVerdict ? verdictPaint(theme, b.verdict)(right) : right,
      theme.strong(padStart(line.ratio, widths.ratio)),
    ]
    return `  ${cells.join('  ')}`.trimEnd()
  })
  const setup = unequal.map(fact => `  ${printable(fact.name)}: ${printable(fact.a)} -> ${printable(fact.b)}`)
  return `${[...lines, setup.length === 0 ? 'same setup' : 'not the same setup:', ...setup, ...careful.map(text => `${theme.warn('careful:')} ${printable(text)}`)].join('\n')}\n`
}

/** For a pull request, ending in a newline. */
export function comparisonMarkdown(comparison: Comparison): string {
  const {a, b, rows, differences: unequal, cautions: careful} = comparison
  const head = ['', `a: ${escapeMarkdown(a.run)}`, `b: ${escapeMarkdown(b.run)}`, 'b/a']
  const figures = markdownTable(
    head,
    [['verdict', a.verdict, b.verdict, ''], ...rows.map(line => [line.name.trim(), line.a, line.b, line.ratio])],
    [1, 2, 3],
  )
  const setup =
    unequal.length === 0
      ? 'Same setup.'
      : markdownTable(
          ['not the same', 'a', 'b'],
          unequal.map(fact => [fact.name, fact.a, fact.b]),
        )
  return `${[figures, setup, careful.map(text => `- careful: ${escapeMarkdown(text)}`).join('\n')].filter(text => text !== '').join('\n\n')}\n`
}
