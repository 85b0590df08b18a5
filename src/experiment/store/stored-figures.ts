// One figure for each stored run, for budgets and trends. Invariant: a run without a report is told, as unknown. Not
// here: what follows from them (src/measure).
import {figureOf} from '../../measure/run-figure.ts'
import {natureOf} from '../../model/scenario.ts'
import type {RunFigure} from '../../model/stored-figures.ts'
import {listRuns, type ListedRun} from './run-folder.ts'
import {reportIn} from './stored-report.ts'

/** Newest first. */
export function storedFigures(root: string): readonly RunFigure[] {
  return listRuns(root).map(listed => {
    const report = reportIn(listed.path)
    return report === null ? withoutReport(listed) : figureOf(report)
  })
}

function withoutReport({run, record}: ListedRun): RunFigure {
  const nature = record === null ? null : natureOf(record.scenario)
  return {
    run,
    scenario: record?.scenario.name ?? null,
    through: record?.through ?? null,
    startedAt: record?.startedAt ?? null,
    verdict: record === null ? 'unreadable' : 'cut-off',
    isControl: nature === 'control' || nature === 'refusal',
    outage: null,
    rto: null,
    rtoLimitMs: record?.scenario.objectives.rtoMsMax ?? null,
    lost: null,
    lostLimit: record?.scenario.objectives.lostWritesMax ?? null,
  }
}
