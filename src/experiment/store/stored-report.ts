// From a stored run to its report and the files beside it. Invariant: what a run claims follows from its stored files
// alone.
import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import {dirname, extname, join} from 'node:path'
import {HlError} from '../../model/errors.ts'
import type {DrillRecord, DrillReport} from '../../model/drill.ts'
import type {Report} from '../../model/report.ts'
import {combineTrials} from '../../measure/combine-trials.ts'
import {judgeDrill} from '../../measure/drill/judge-drill.ts'
import {judge} from '../../measure/judge.ts'
import {listRuns, openRun, openStored} from './run-folder.ts'
import {drillToHtml} from '../../report/drill/drill-to-html.ts'
import {drillToJunit} from '../../report/drill/drill-to-junit.ts'
import {drillToMarkdown} from '../../report/drill/drill-to-markdown.ts'
import {drillRtoText} from '../../report/drill/drill-rows.ts'
import {drillToText} from '../../report/drill/drill-to-text.ts'
import {rtoText} from '../../report/rto-parts.ts'
import {redact} from '../../report/redact.ts'
import {plainTheme, type Theme} from '../../report/theme.ts'
import {toHtml} from '../../report/to-html.ts'
import {toJson} from '../../report/to-json.ts'
import {toJunit} from '../../report/to-junit.ts'
import {toMarkdown} from '../../report/to-markdown.ts'
import {toText} from '../../report/to-text.ts'

/** What a run folder may hold. */
export type AnyReport = Report | DrillReport

export const formats = ['text', 'md', 'html', 'junit', 'json'] as const
export type Format = (typeof formats)[number]

/** Files of a report in its run folder. */
const fileOf: Readonly<Record<Format, string>> = {
  text: 'report.txt',
  md: 'report.md',
  html: 'report.html',
  junit: 'junit.xml',
  json: 'report.json',
}

/** Trials whose summary lies in a run's folder: their ids, oldest first. */
const seriesFile = 'series.json'

/** Judges a stored run, or the series that it closes, by today's checkers. */
export function judgeAgain(root: string, name: string): AnyReport {
  const stored = openStored(root, name)
  if (isDrill(stored.record)) return judgeStoredDrill(root, name)
  const {path, record} = openRun(root, name)
  const series = join(path, seriesFile)
  if (!existsSync(series)) return judgeStored(root, record.run)
  const [first, ...rest] = readSeries(series).map(run => judgeStored(root, run))
  if (first === undefined)
    throw new HlError('RUN_UNREADABLE', `${series} names no run`, {next: ['hl runs list shows what is there']})
  return combineTrials([first, ...rest])
}

function readSeries(path: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return Array.isArray(value) ? value.map(String) : []
  } catch (error) {
    throw new HlError('RUN_UNREADABLE', `${path} cannot be read`, {
      next: ['hl runs list shows what is there'],
      cause: error,
    })
  }
}

/** Writes the summary of a series beside its last run. */
export function saveSeries(root: string, combined: Report, secrets: readonly string[]): void {
  const folder = join(root, combined.run)
  writeFileSync(join(folder, seriesFile), JSON.stringify(combined.trials?.runs.map(trial => trial.run) ?? []))
  writeReports((name, text) => writeFileSync(join(folder, name), text), combined, secrets)
}

/** Judges one stored run by today's checkers. */
export function judgeStored(root: string, name: string): Report {
  const {path, record, events, ops} = openRun(root, name)
  return judge(record, events, ops, filesIn(path))
}

/** Judges one stored drill by today's checkers. */
export function judgeStoredDrill(root: string, name: string): DrillReport {
  const {path, record, events, ops} = openStored(root, name)
  if (!isDrill(record))
    throw new HlError('RUN_UNREADABLE', `run ${name} is not that of a drill`, {
      next: ['hl runs list shows what is there'],
    })
  return judgeDrill({record, events, ops, files: filesIn(path)})
}

/** hl wrote it; a record of another version is refused by its schemaVersion. */
function isDrill(record: unknown): record is DrillRecord {
  return (
    typeof record === 'object' &&
    record !== null &&
    'drill' in record &&
    'phases' in record &&
    'schemaVersion' in record &&
    record.schemaVersion === 1
  )
}

function filesIn(path: string): Readonly<Record<string, string>> {
  return {
    folder: path,
    record: join(path, 'record.json'),
    events: join(path, 'events.ndjson'),
    history: join(path, 'history.ndjson'),
    html: join(path, fileOf.html),
    markdown: join(path, fileOf.md),
    junit: join(path, fileOf.junit),
    json: join(path, fileOf.json),
  }
}

/** The report that was written when the run ended, trials included. */
export function readReport(root: string, name: string): AnyReport {
  const report = reportIn(openStored(root, name).path)
  if (report === null)
    throw new HlError('RUN_UNREADABLE', `run ${name} has no report`, {
      next: [`hl runs check ${name} judges what is stored`],
    })
  return report
}

/** null for a run that was cut off. */
function reportIn(folder: string): AnyReport | null {
  try {
    return JSON.parse(readFileSync(join(folder, fileOf.json), 'utf8')) as AnyReport
  } catch {
    return null
  }
}

/** One report in one form. */
export function render(report: AnyReport, format: Format): string {
  switch (format) {
    case 'text':
      return showText(report, plainTheme, 100)
    case 'md':
      return report.command === 'drill' ? drillToMarkdown(report) : toMarkdown(report)
    case 'html':
      return report.command === 'drill' ? drillToHtml(report) : toHtml(report)
    case 'junit':
      return report.command === 'drill' ? drillToJunit(report) : toJunit(report)
    case 'json':
      return toJson(report)
  }
}

/** For a terminal of that width. */
export function showText(report: AnyReport, theme: Theme, columns: number): string {
  return report.command === 'drill' ? drillToText(report, theme, {columns}) : toText(report, theme, {columns})
}

/** Writes all forms through `save`, without any of the secrets. */
export function writeReports(
  save: (name: string, text: string) => void,
  report: AnyReport,
  secrets: readonly string[],
): void {
  for (const format of formats) save(fileOf[format], redact(render(report, format), secrets))
}

/**
 * A file for a report and the form that its extension asks for; USAGE for an unknown one, and for a folder that is not
 * there.
 */
export function reportFile(path: string): {readonly path: string; readonly format: Format} {
  const forms: Readonly<Record<string, Format>> = {
    '.txt': 'text',
    '.md': 'md',
    '.html': 'html',
    '.xml': 'junit',
    '.json': 'json',
  }
  const format = forms[extname(path)]
  if (format === undefined)
    throw new HlError('USAGE', `--report ${path}: unknown extension`, {
      next: ['use .txt, .md, .html, .xml (JUnit) or .json'],
    })
  if (!existsSync(dirname(path)))
    throw new HlError('USAGE', `--report ${path}: there is no folder ${dirname(path)}`, {
      next: [`mkdir -p ${dirname(path)}`],
    })
  return {path, format}
}

/** Writes one form of a report to a path of the person's choosing. */
export function saveReport(path: string, report: AnyReport, format: Format): void {
  try {
    writeFileSync(path, redact(render(report, format), []))
  } catch (error) {
    throw new HlError('USAGE', `cannot write the report to ${path}`, {
      next: [`check the path; the report is in ${report.files['folder'] ?? 'the run folder'} too`],
      cause: error,
    })
  }
}

/** Reports of the drills that were run here, for what they teach about the next one. */
export function pastDrills(root: string): readonly DrillReport[] {
  return listRuns(root).flatMap(({path}) => {
    const report = reportIn(path)
    return report?.command === 'drill' ? [report] : []
  })
}

export interface StoredLine {
  readonly run: string
  readonly scenario: string
  readonly verdict: string
  readonly rto: string
  readonly lost: string
  readonly seed: string
  readonly startedAt: string
}

/** A line for each stored run; one without a report was cut off, and says so. */
export function listStored(root: string): readonly StoredLine[] {
  return listRuns(root).map(({run, path, record}) => {
    const report = reportIn(path)
    return {
      run,
      scenario: record?.scenario.name ?? report?.scenario ?? '?',
      verdict: report?.verdict ?? (record === null ? 'unreadable' : 'cut off'),
      rto: report === null ? '-' : report.command === 'drill' ? drillRtoText(report) : rtoText(report.rto),
      lost: report === null ? '-' : String(report.writes.lost),
      seed: String(record?.seed ?? report?.seed ?? '-'),
      startedAt: (record ?? report)?.startedAt.slice(0, 19).replace('T', ' ') ?? '-',
    }
  })
}
