// A line for each stored run. Not here: printing it (cli/commands/runs/list.ts).
import type {Report} from '../../model/report.ts'
import {rtoText} from '../../report/rto-parts.ts'
import {listRuns} from './run-folder.ts'
import {reportIn} from './stored-report.ts'

export interface StoredLine {
  readonly run: string
  readonly scenario: string
  readonly verdict: string
  readonly rto: string
  readonly lost: string
  readonly seed: string
  readonly startedAt: string
}

/** Newest first; a run without a report was cut off, and says so. */
export function listStored(root: string): readonly StoredLine[] {
  return listRuns(root).map(({run, path, record}) => {
    const report = reportIn(path)
    return {
      run,
      scenario: record?.scenario.name ?? report?.scenario ?? '?',
      verdict: report?.verdict ?? (record === null ? 'unreadable' : 'cut off'),
      rto: report === null ? '-' : rtoOf(report),
      lost: report === null ? '-' : String(report.writes.lost),
      seed: String(record?.seed ?? report?.seed ?? '-'),
      startedAt: (record ?? report)?.startedAt.slice(0, 19).replace('T', ' ') ?? '-',
    }
  })
}

/** Of a recovery, no RTO means that nothing was to come back. */
function rtoOf({command, rto}: Report): string {
  return rto === null && command === 'drill' ? 'not measured' : rtoText(rto)
}
