// A line for each stored run. Not here: printing it (cli/view/runs-screen.ts).
import type {Report} from '../../model/report.ts'
import type {Verdict} from '../../model/verdict.ts'
import {listRuns} from './run-folder.ts'
import {reportIn} from './stored-report.ts'

export interface StoredLine {
  readonly run: string
  /** null: the run cannot be read. */
  readonly scenario: string | null
  readonly command: Report['command'] | null
  /** `cut-off`: it has no report. */
  readonly verdict: Verdict | 'cut-off' | 'unreadable'
  /** Of several trials that of the last, and their number. null: it has no report. */
  readonly rto: Report['rto']
  readonly trials: number | null
  /** Acknowledged writes that are gone; null: it has no report. */
  readonly lostWrites: number | null
  readonly seed: number | null
  /** With its zone; null: not known. */
  readonly startedAt: string | null
}

/** Newest first; a run without a report was cut off, and says so. */
export function listStored(root: string): readonly StoredLine[] {
  return listRuns(root).map(({run, path, record}) => {
    const report = reportIn(path)
    return {
      run,
      scenario: record?.scenario.name ?? report?.scenario ?? null,
      command: report?.command ?? null,
      verdict: report?.verdict ?? (record === null ? 'unreadable' : 'cut-off'),
      rto: report?.rto ?? null,
      trials: report?.trials?.n ?? null,
      lostWrites: report === null ? null : (report.trials ?? report.writes).lost,
      seed: record?.seed ?? report?.seed ?? null,
      startedAt: (record ?? report)?.startedAt ?? null,
    }
  })
}
