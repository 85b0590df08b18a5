// JUnit XML from cases, for CI systems. Invariant: unknown is an error, never a pass; fail is a failure.
// A control is turned round: its checks must reject the run, so one case says whether they did and a rejection is no
// failure.
// A refusal needs no turning: that hl refused is what its checks claim.
// Not here: which objectives there are (to-junit.ts), escaping (markup.ts).
import type {Report} from '../model/report.ts'
import type {RunEvent} from '../model/run-event.ts'
import type {Verdict} from '../model/verdict.ts'
import {element, type Markup} from './markup.ts'

export interface Case {
  readonly group: 'objective' | 'check' | 'control' | 'trial'
  readonly name: string
  readonly verdict: Verdict
  readonly detail: string
}

export interface Suite {
  readonly suite: string
  readonly startedAt: string
  readonly events: readonly RunEvent[]
  readonly properties: readonly (readonly [name: string, value: string])[]
  readonly cases: readonly Case[]
  /** The command that repeats the run. */
  readonly repeat: string
}

type Controlled = Pick<Report, 'nature' | 'controlHeld'>

/** The document, ending in a newline: one suite, and one more for each trial where there are several. */
export function junitDocument(suites: readonly Suite[]): string {
  const all = suites.map(suite => ({suite, counts: countsOf(suite)}))
  const sum = (of: (counts: Counts) => number): number => all.reduce((total, {counts}) => total + of(counts), 0)
  const totals = {
    tests: sum(({tests}) => tests),
    failures: sum(({failures}) => failures),
    errors: sum(({errors}) => errors),
    skipped: 0,
    time: sum(({time}) => Number(time)).toFixed(3),
  }
  const markup = all.map(({suite, counts}) => [suiteElement(suite, counts), '\n'])
  return (
    '<?xml version="1.0" ' +
    `encoding="UTF-8"?>\n${element('testsuites', {name: 'hl', ...totals}, '\n', markup).markup}\n`
  )
}

interface Counts {
  readonly tests: number
  readonly failures: number
  readonly errors: number
  readonly skipped: 0
  readonly time: string
}

function countsOf({cases, events}: Suite): Counts {
  return {
    tests: cases.length,
    failures: cases.filter(one => one.verdict === 'fail').length,
    errors: cases.filter(one => one.verdict === 'unknown').length,
    skipped: 0,
    time: ((events.at(-1)?.atMs ?? 0) / 1_000).toFixed(3),
  }
}

function suiteElement({suite, startedAt, properties, cases, repeat}: Suite, counts: Counts): Markup {
  return element(
    'testsuite',
    {name: suite, ...counts, timestamp: startedAt},
    '\n',
    element(
      'properties',
      {},
      properties.map(([name, value]) => element('property', {name, value})),
    ),
    '\n',
    cases.map(one => [caseElement(suite, one, repeat), '\n']),
  )
}

export function checkCases(report: Controlled & Pick<Report, 'checks'>): readonly Case[] {
  return report.checks.map(check => turned(report, {group: 'check', ...check}))
}

export function controlCases(report: Controlled): readonly Case[] {
  if (report.nature !== 'control') return []
  const verdict: Verdict = report.controlHeld === null ? 'unknown' : report.controlHeld ? 'pass' : 'fail'
  return [
    {
      group: 'control',
      name: 'control is rejected',
      verdict,
      detail: 'exactly the checks that must reject this run have to do so',
    },
  ]
}

/** In a control that held, what failed was meant to. */
export function turned(report: Controlled, one: Case): Case {
  const meant = report.nature === 'control' && report.controlHeld === true && one.verdict === 'fail'
  return meant ? {...one, verdict: 'pass', detail: `rejected, as it must in a control: ${one.detail}`} : one
}

function caseElement(suite: string, one: Case, repeat: string): Markup {
  const attributes = {classname: `${suite}.${one.group}`, name: one.name, time: 0}
  switch (one.verdict) {
    case 'pass':
      return element('testcase', attributes, element('system-out', {}, one.detail))
    case 'fail':
      return element(
        'testcase',
        attributes,
        element('failure', {message: one.detail, type: 'fail'}, `${one.detail}\nrepeat: ${repeat}`),
      )
    case 'unknown':
      return element(
        'testcase',
        attributes,
        element('error', {message: one.detail, type: 'unknown'}, `${one.detail}\nrepeat: ${repeat}`),
      )
    default:
      return one.verdict satisfies never
  }
}
