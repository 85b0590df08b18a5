// How a runbook fared on a lab that was broken for it, part by part. PURE. Not here: the rehearsal itself
// (rehearse.ts).
import {formatMs} from '../model/time.ts'
import {worst, type Check, type Verdict} from '../model/verdict.ts'

export interface RehearsalPart {
  readonly name: 'alert' | 'followed' | 'healthy' | 'ledger' | 'time'
  readonly verdict: Verdict
  readonly detail: string
}

export interface Rehearsal {
  readonly scenario: string
  /** The stored run of the ledger; null: it did not come to one. */
  readonly run: string | null
  /** From the fault's seen effect until the cluster was whole again; null: it was not. */
  readonly tookMs: number | null
  readonly parts: readonly RehearsalPart[]
}

/** What the alert did; null: nobody looked. */
export interface AlertSeen {
  readonly name: string
  readonly fired: boolean
  readonly cleared: boolean
}

export interface StoredRun {
  readonly id: string
  readonly verdict: Verdict
  readonly checks: readonly Check[]
}

export interface RehearsalFacts {
  readonly alert: AlertSeen | null
  readonly followed: Verdict
  /** Why it was not whole again, or null. */
  readonly unhealthy: string | null
  readonly run: StoredRun | null
  readonly tookMs: number | null
  readonly budgetMs: number
}

/** Every part, also the one that nobody looked at. */
export function judgeRehearsal(facts: RehearsalFacts): readonly RehearsalPart[] {
  const {alert, followed, unhealthy, run, tookMs, budgetMs} = facts
  const isOver = tookMs !== null && tookMs > budgetMs
  return [
    alertPart(alert),
    {name: 'followed', verdict: followed, detail: followedText[followed]},
    {
      name: 'healthy',
      verdict: unhealthy === null ? 'pass' : 'fail',
      detail: unhealthy ?? 'the cluster was whole before the fault was taken back by anybody else',
    },
    {name: 'ledger', ...ledgerPart(run)},
    {
      name: 'time',
      verdict: tookMs === null ? 'unknown' : isOver ? 'fail' : 'pass',
      detail: tookMs === null ? 'not over' : `${formatMs(tookMs)} of ${formatMs(budgetMs)}`,
    },
  ]
}

/**
 * How long things took and whose doing that was: a person with a runbook takes longer than the scenario, and a
 * rehearsal has a budget of its own. What was written and is there or not says the rest.
 */
const isAboutTimes = (name: string): boolean =>
  /^(load-on-time|baseline-clean|(rto|stall|write-errors)-within-limit)$/.test(name)

function ledgerPart(run: StoredRun | null): Pick<RehearsalPart, 'verdict' | 'detail'> {
  if (run === null) return {verdict: 'unknown', detail: 'no run was stored'}
  const doubts = run.checks.filter(({verdict}) => verdict !== 'pass')
  const times = doubts.filter(({name}) => isAboutTimes(name)).map(({name}) => name)
  const others = doubts.filter(({name}) => !isAboutTimes(name))
  const isTimesAlone = times.length > 0 && others.length === 0
  return {
    verdict: isTimesAlone ? 'pass' : run.verdict,
    detail: [
      `run ${run.id}`,
      ...others.map(({name, detail}) => `${name}: ${detail}`),
      ...(times.length === 0 ? [] : [`its own verdict is ${run.verdict}, also for its times: ${times.join(', ')}`]),
    ].join('; '),
  }
}

const followedText: Readonly<Record<Verdict, string>> = {
  pass: 'each block did what it should',
  fail: 'a block did not do what it should',
  unknown: 'it was not gone through',
}

function alertPart(alert: AlertSeen | null): RehearsalPart {
  if (alert === null) return {name: 'alert', verdict: 'unknown', detail: 'not looked at'}
  const {name, fired, cleared} = alert
  const detail = !fired ? `${name} did not fire` : cleared ? `${name} fired and cleared` : `${name} did not clear`
  return {name: 'alert', verdict: fired && cleared ? 'pass' : 'fail', detail}
}

/** The worst of what was looked at: an alert that nobody was asked to look at does not count, and is told as such. */
export function rehearsalVerdict(parts: readonly RehearsalPart[], looksAtAlert: boolean): Verdict {
  return worst(parts.filter(({name}) => name !== 'alert' || looksAtAlert).map(({verdict}) => verdict))
}
