// What a verdict means to the shell and to CI.
import {appendFileSync} from 'node:fs'
import {exitCode} from '../src/model/errors.ts'
import type {ExitCode} from '../src/model/errors.ts'
import type {Report} from '../src/model/report.ts'
import type {Verdict} from '../src/model/verdict.ts'
import {toMarkdown} from '../src/report/to-markdown.ts'
import {writeNote} from './output.ts'

export function exitOfVerdict(verdict: Verdict): ExitCode {
  return {pass: exitCode.pass, fail: exitCode.fail, unknown: exitCode.unknown}[verdict]
}

/** GitHub Actions: one annotation for a run that did not pass, and the report in the job's summary. */
export function summaryForCi(report: Report, env: NodeJS.ProcessEnv): void {
  const summary = env['GITHUB_STEP_SUMMARY']
  if (summary === undefined || summary === '') return
  try {
    appendFileSync(summary, toMarkdown(report))
  } catch (error) {
    writeNote(`warning: the job's summary could not be written: ${String(error)}\n`)
  }
  if (report.verdict !== 'pass')
    writeNote(`::error title=hl ${report.command} ${report.scenario}::verdict ${report.verdict}, run ${report.run}\n`)
}
