// From a stored run to its report and the files beside it. Invariant: what a run claims follows from its stored files
// alone; a run of the version before is judged and shown like one of today.
// Not here: forms of a report (report-forms.ts), the list of runs (list-stored.ts).
import {hint} from '../../model/command-hint.ts'
import {existsSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {HlError, messageOf} from '../../model/errors.ts'
import type {Report} from '../../model/report.ts'
import {eventsOf} from '../../measure/events-of.ts'
import {combineTrials} from '../../measure/combine-trials.ts'
import {judge} from '../../measure/judge.ts'
import {redact} from '../../report/redact.ts'
import {formats, render, type Format} from './report-forms.ts'
import {folderOf, listRuns, openRun, saveWhole} from './run-folder.ts'
import {upgradeReport} from './upgrade-report.ts'

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
export function judgeAgain(root: string, name: string): Report {
  const path = folderOf(root, name)
  const series = join(path, seriesFile)
  if (!existsSync(series)) return judgeStored(root, name)
  const trials = readSeries(series).map(run => judgeTrial(root, run))
  const [first, ...rest] = trials.map(({report}) => report)
  const other = rest.find(each => first !== undefined && !isOfOneSeries(first, each))
  if (first !== undefined && other !== undefined)
    throw new HlError(
      'RUN_UNREADABLE',
      `${series} names runs of which no series can be made: ${first.run} is ${first.scenario} through ` +
        `${first.through}, ${other.run} is ${other.scenario} through ${other.through}`,
      {next: [hint('runs list', {why: 'shows what is there'})]},
    )
  if (first === undefined)
    throw new HlError('RUN_UNREADABLE', `${series} names no run`, {
      next: [hint('runs list', {why: 'shows what is there'})],
    })
  requireAllTrials(series, trials)
  return combineTrials([first, ...rest])
}

interface JudgedTrial {
  readonly report: Report
  /** Counted from 1, and how many the run was to be of; 0 where no event tells. */
  readonly trial: number
  readonly trials: number
}

function judgeTrial(root: string, name: string): JudgedTrial {
  const {path, record, events, ops} = openRun(root, name)
  const trials = eventsOf(events, 'run.started')[0]?.trials ?? 0
  return {report: judge(record, events, ops, filesIn(path)), trial: record.trial, trials}
}

/** A trial that is left out would leave its figures out: a series is whole or not judged. */
function requireAllTrials(series: string, judged: readonly JudgedTrial[]): void {
  const wrong = judged.find(({trial, trials}, index) => trials > 0 && (trial !== index + 1 || trials !== judged.length))
  if (wrong === undefined) return
  throw new HlError(
    'RUN_UNREADABLE',
    `${series} names ${judged.length} runs, and not all trials of one series: ${wrong.report.run} was trial ` +
      `${wrong.trial} of ${wrong.trials}`,
    {next: [hint('runs check', {args: [wrong.report.run], why: 'judges that trial alone'})]},
  )
}

function isOfOneSeries(a: Report, b: Report): boolean {
  return a.scenario === b.scenario && a.through === b.through
}

function readSeries(path: string): readonly string[] {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    const runs = Array.isArray(value) ? value.map(String) : []
    if (new Set(runs).size < runs.length) throw new Error('a run is named twice')
    return runs
  } catch (error) {
    throw new HlError('RUN_UNREADABLE', `${path} cannot be read: ${messageOf(error)}`, {
      next: [hint('runs list', {why: 'shows what is there'})],
      cause: error,
    })
  }
}

/** Writes the summary of a series beside its last run. DISK_FULL when there is no room. */
export function saveSeries(root: string, combined: Report, secrets: readonly string[]): void {
  const folder = join(root, combined.run)
  saveWhole(join(folder, seriesFile), JSON.stringify(combined.trials?.runs.map(trial => trial.run) ?? []))
  writeReports((name, text) => saveWhole(join(folder, name), text), combined, secrets)
}

/** Judges one stored run by today's checkers. */
export function judgeStored(root: string, name: string): Report {
  return judgeTrial(root, name).report
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
export function readReport(root: string, name: string): Report {
  const report = reportIn(folderOf(root, name))
  if (report === null)
    throw new HlError('RUN_UNREADABLE', `run ${name} has no report`, {
      next: [hint('runs check', {args: [name], why: 'judges what is stored'})],
    })
  return report
}

/** The same, or of a file that holds one: a report.json, or what --json printed. RUN_UNREADABLE for another file. */
export function reportFrom(root: string, nameOrFile: string): Report {
  if (!/[/\\]|\.json$/.test(nameOrFile)) return readReport(root, nameOrFile)
  try {
    const value = JSON.parse(readFileSync(nameOrFile, 'utf8')) as {readonly result?: unknown; readonly ok?: unknown}
    return upgradeReport('ok' in value ? value.result : value)
  } catch (error) {
    throw new HlError('RUN_UNREADABLE', `${nameOrFile} holds no report: ${messageOf(error)}`, {
      next: [hint('runs show', {args: ['latest'], flags: {format: 'json'}, why: 'prints one'})],
      cause: error,
    })
  }
}

/** null for a run that was cut off. */
export function reportIn(folder: string): Report | null {
  try {
    return upgradeReport(JSON.parse(readFileSync(join(folder, fileOf.json), 'utf8')))
  } catch {
    return null
  }
}

/** Writes all forms through `save`, without any of the secrets. */
export function writeReports(
  save: (name: string, text: string) => void,
  report: Report,
  secrets: readonly string[],
): void {
  const {folder} = report.files
  for (const format of formats) save(fileOf[format], redact(render(report, format, folder), secrets))
}

/** The reports that are stored here, newest first, for what they teach about the next run. */
export function pastReports(root: string): readonly Report[] {
  return listRuns(root).flatMap(({path}) => reportIn(path) ?? [])
}
