// From a stored run to its report and the files beside it. Invariant: what a run claims follows from its stored files alone.
import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import {dirname, extname, join} from 'node:path'
import {HlError} from '../src/model/errors.ts'
import type {Report} from '../src/model/report.ts'
import {combineTrials} from '../src/measure/combine-trials.ts'
import {judge} from '../src/measure/judge.ts'
import {listRuns, openRun} from '../src/runner/run-folder.ts'
import {rtoText} from '../src/report/rto-parts.ts'
import {redact} from '../src/report/redact.ts'
import {plainTheme} from '../src/report/theme.ts'
import {toHtml} from '../src/report/to-html.ts'
import {toJson} from '../src/report/to-json.ts'
import {toJunit} from '../src/report/to-junit.ts'
import {toMarkdown} from '../src/report/to-markdown.ts'
import {toText} from '../src/report/to-text.ts'

export const formats = ['text', 'md', 'html', 'junit', 'json'] as const
export type Format = (typeof formats)[number]

/** Files of a report in its run folder. */
const fileOf: Readonly<Record<Format, string>> = {text: 'report.txt', md: 'report.md', html: 'report.html', junit: 'junit.xml', json: 'report.json'}

/** Trials whose summary lies in a run's folder: their ids, oldest first. */
const seriesFile = 'series.json'

/** Judges a stored run, or the series that it closes, by today's checkers. */
export function judgeAgain(root: string, name: string): Report {
  const {path, record} = openRun(root, name)
  const series = join(path, seriesFile)
  if (!existsSync(series)) return judgeStored(root, record.run)
  const [first, ...rest] = readSeries(series).map(run => judgeStored(root, run))
  if (first === undefined) throw new HlError('RUN_UNREADABLE', `${series} names no run`, {next: ['hl runs list shows what is there']})
  return combineTrials([first, ...rest])
}

function readSeries(path: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return Array.isArray(value) ? value.map(String) : []
  } catch (error) {
    throw new HlError('RUN_UNREADABLE', `${path} cannot be read`, {next: ['hl runs list shows what is there'], cause: error})
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
  const files = {folder: path, record: join(path, 'record.json'), events: join(path, 'events.ndjson'), history: join(path, 'history.ndjson'), html: join(path, fileOf.html), markdown: join(path, fileOf.md), junit: join(path, fileOf.junit), json: join(path, fileOf.json)}
  return judge(record, events, ops, files)
}

/** The report that was written when the run ended, trials included. */
export function readReport(root: string, name: string): Report {
  const report = reportIn(openRun(root, name).path)
  if (report === null) throw new HlError('RUN_UNREADABLE', `run ${name} has no report`, {next: [`hl runs check ${name} judges what is stored`]})
  return report
}

/** null for a run that was cut off. */
function reportIn(folder: string): Report | null {
  try {
    return JSON.parse(readFileSync(join(folder, fileOf.json), 'utf8')) as Report
  } catch {
    return null
  }
}

/** One report in one form. */
export function render(report: Report, format: Format): string {
  switch (format) {
    case 'text':
      return toText(report, plainTheme, {columns: 100})
    case 'md':
      return toMarkdown(report)
    case 'html':
      return toHtml(report)
    case 'junit':
      return toJunit(report)
    case 'json':
      return toJson(report)
  }
}

/** Writes all forms through `save`, without any of the secrets. */
export function writeReports(save: (name: string, text: string) => void, report: Report, secrets: readonly string[]): void {
  for (const format of formats) save(fileOf[format], redact(render(report, format), secrets))
}

/** A file for a report and the form that its extension asks for; USAGE for an unknown one, and for a folder that is not there. */
export function reportFile(path: string): {readonly path: string; readonly format: Format} {
  const forms: Readonly<Record<string, Format>> = {'.txt': 'text', '.md': 'md', '.html': 'html', '.xml': 'junit', '.json': 'json'}
  const format = forms[extname(path)]
  if (format === undefined) throw new HlError('USAGE', `--report ${path}: unknown extension`, {next: ['use .txt, .md, .html, .xml (JUnit) or .json']})
  if (!existsSync(dirname(path))) throw new HlError('USAGE', `--report ${path}: there is no folder ${dirname(path)}`, {next: [`mkdir -p ${dirname(path)}`]})
  return {path, format}
}

/** Writes one form of a report to a path of the person's choosing. */
export function saveReport(path: string, report: Report, format: Format): void {
  try {
    writeFileSync(path, redact(render(report, format), []))
  } catch (error) {
    throw new HlError('USAGE', `cannot write the report to ${path}`, {next: [`check the path; the report is in ${report.files['folder'] ?? 'the run folder'} too`], cause: error})
  }
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
      scenario: record?.scenario.name ?? '?',
      verdict: report?.verdict ?? (record === null ? 'unreadable' : 'cut off'),
      rto: report === null ? '-' : rtoText(report.rto),
      lost: report === null ? '-' : String(report.writes.lost),
      seed: record === null ? '-' : String(record.seed),
      startedAt: record?.startedAt.slice(0, 19).replace('T', ' ') ?? '-',
    }
  })
}
