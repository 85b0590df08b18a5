// Runbooks and what came of following them, as text. PURE. Not here: their Markdown (incident.ts).
import {formatMs} from '../../src/model/time.ts'
import {stepLine, type Incident} from '../../src/runbooks/incident.ts'
import type {Runbook} from '../../src/runbooks/runbook.ts'
import type {Cell, Column} from './table.ts'

export const runbookColumns: readonly Column[] = [
  {name: 'RUNBOOK'},
  {name: 'SEVERITY'},
  {name: 'BLOCKS', align: 'right'},
  {name: 'BUDGET', align: 'right'},
  {name: 'SCENARIO'},
  {name: 'ALERTS'},
  {name: 'WHAT IT IS FOR'},
]

export function runbookCells({name, front, blocks, title}: Runbook): readonly Cell[] {
  const {severity, budgetMs, scenario, alerts} = front
  return [
    name,
    severity,
    String(blocks.length),
    formatMs(budgetMs),
    scenario ?? '-',
    alerts.length === 0 ? '-' : alerts.join(' '),
    title,
  ]
}

/** What came of it, block by block; of a rehearsal its parts too. */
export function incidentScreen(incident: Incident, path: string): string {
  const {verdict, runbook, steps, tookMs, budgetMs, rehearsal} = incident
  const parts = (rehearsal?.parts ?? []).map(({name, verdict: each, detail}) =>
    name === 'alert' && each === 'unknown' ? `  alert: ${detail}` : `  ${name.padEnd(8)} ${each}  ${detail}`,
  )
  return [
    `${verdict.toUpperCase()}  ${runbook}  ${formatMs(tookMs)} of ${formatMs(budgetMs)}`,
    ...steps.map(step => `  ${stepLine(step)}`),
    ...parts,
    `files: ${path}/`,
  ].join('\n')
}

export const rehearsalColumns: readonly Column[] = [
  {name: 'RUNBOOK'},
  {name: 'SCENARIO'},
  {name: 'VERDICT'},
  {name: 'TOOK', align: 'right'},
  {name: 'BUDGET', align: 'right'},
  {name: 'ALERT'},
  {name: 'WHY'},
]

/** A runbook of several that were rehearsed; `why`: of one that could not be. */
export interface RehearsedLine {
  readonly runbook: string
  readonly verdict: Incident['verdict']
  readonly incident: Incident | null
  /** The folder of its report. */
  readonly path: string | null
  readonly why: string | null
}

export function rehearsalCells({runbook, verdict, incident, why}: RehearsedLine): readonly Cell[] {
  const rehearsal = incident?.rehearsal ?? null
  const alert = rehearsal?.parts.find(({name}) => name === 'alert')
  const wrong = (rehearsal?.parts ?? []).filter(part => part.name !== 'alert' && part.verdict !== 'pass')
  return [
    runbook,
    rehearsal?.scenario ?? '-',
    why === null ? verdict : 'not rehearsed',
    rehearsal === null || rehearsal.tookMs === null ? '-' : formatMs(rehearsal.tookMs),
    incident === null ? '-' : formatMs(incident.budgetMs),
    alert?.detail ?? '-',
    why ?? wrong.map(({name, detail}) => `${name}: ${detail}`).join('; '),
  ]
}
