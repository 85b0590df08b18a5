// What came of following a runbook: each block with its command, its output and its time; and the same as Markdown.
// PURE. Not here: where it is kept (keep-incident.ts).
import {formatMs} from '../model/time.ts'
import type {Verdict} from '../model/verdict.ts'
import type {Rehearsal} from './rehearsal.ts'
import type {Effect, Place, Runbook} from './runbook.ts'

/**
 * `left-out`: of a case that was not chosen, or not for a lab. `declined`: a person said no. `interrupted`: it may have
 * been done in part.
 */
export type StepOutcome = 'met' | 'unmet' | 'left-out' | 'declined' | 'interrupted'

/** One block of the runbook. */
export interface IncidentStep {
  readonly line: number
  readonly section: string
  readonly on: Place
  /** Where it was carried out: the name of a node, or `host`; null: it was not. */
  readonly at: string | null
  readonly effect: Effect
  /** As it was carried out. */
  readonly command: string
  readonly outcome: StepOutcome
  /** Why it is left out, or what is not as expected. */
  readonly why: readonly string[]
  readonly exitCode: number | null
  readonly output: string
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly tookMs: number
}

export interface Incident {
  readonly incident: string
  readonly runbook: string
  readonly title: string
  readonly lab: string
  readonly startedAt: string
  readonly tookMs: number
  readonly budgetMs: number
  /** `going-on`: hl is at it, or was killed. `stopped`: a block did not do what it should. */
  readonly state: 'going-on' | 'done' | 'stopped' | 'interrupted'
  /** Unknown where a person declined a block, or it was not gone through. */
  readonly verdict: Verdict
  readonly cases: readonly string[]
  readonly steps: readonly IncidentStep[]
  /** Of a lab that was broken for it; null: of a real one. */
  readonly rehearsal: Rehearsal | null
}

/** Before its first block. */
export function startOfIncident(
  {path, title, front}: Pick<Runbook, 'path' | 'title' | 'front'>,
  {incident, lab, cases, startedAt}: Pick<Incident, 'incident' | 'lab' | 'cases' | 'startedAt'>,
): Incident {
  return {
    incident,
    runbook: path,
    title,
    lab,
    startedAt,
    tookMs: 0,
    budgetMs: front.budgetMs,
    state: 'going-on',
    verdict: 'unknown',
    cases,
    steps: [],
    rehearsal: null,
  }
}

/** Of the steps so far. */
export function verdictOf(state: Incident['state'], steps: readonly IncidentStep[]): Verdict {
  if (steps.some(({outcome}) => outcome === 'unmet')) return 'fail'
  if (state !== 'done' || steps.some(({outcome}) => outcome === 'declined')) return 'unknown'
  return steps.some(({outcome}) => outcome === 'met') ? 'pass' : 'unknown'
}

/** One line for each block. */
export function stepLine({section, line, at, outcome, tookMs, why}: IncidentStep): string {
  const where = `${section}, line ${line}${at === null ? '' : ` at ${at}`}`
  const took = outcome === 'left-out' || outcome === 'declined' ? '' : ` after ${formatMs(tookMs)}`
  return `${outcome.padEnd(8)} ${where}${took}${why.length === 0 ? '' : `: ${why.join('; ')}`}`
}

/** For the people who ask the next day. */
export function incidentMarkdown(incident: Incident): string {
  const {title, runbook, lab, startedAt, tookMs, budgetMs, verdict, state, steps, rehearsal} = incident
  const head = [
    `# ${title}`,
    '',
    `| | |`,
    `|---|---|`,
    `| incident | ${incident.incident} |`,
    `| runbook | ${runbook} |`,
    `| lab | ${lab} |`,
    `| started | ${startedAt} |`,
    `| took | ${formatMs(tookMs)} of ${formatMs(budgetMs)} |`,
    `| ended | ${state}, ${verdict} |`,
  ]
  const parts = (rehearsal?.parts ?? []).map(({name, verdict: each, detail}) => `| ${name} | ${each}: ${detail} |`)
  return [...head, ...parts, '', ...steps.flatMap(stepMarkdown)].join('\n')
}

function stepMarkdown(step: IncidentStep): readonly string[] {
  const {section, line, at, effect, command, outcome, why, output, exitCode, startedAt, tookMs} = step
  const heading = `## ${section}, line ${line}: ${outcome}`
  if (outcome === 'left-out' || outcome === 'declined') return [heading, '', ...why.map(each => `- ${each}`), '']
  return [
    heading,
    '',
    `${startedAt}, at ${at ?? 'nowhere'}, ${effect}, ${formatMs(tookMs)}, exit ${exitCode ?? 'none'}`,
    ...why.map(each => `- ${each}`),
    '',
    ...fenced(command),
    ...fenced(output),
  ]
}

/** A fence that is longer than any in the text. */
function fenced(text: string): readonly string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return [fence, text.trimEnd(), fence, '']
}
