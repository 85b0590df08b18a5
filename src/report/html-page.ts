// The frame of a page: head, style, sections, and what every report has. Invariant: built from markup.ts nodes only;
// the Content-Security-Policy forbids everything but the page's own style. Not here: what a page says (to-html.ts).
import type {Report} from '../model/report.ts'
import {failedSteps, stepText} from './failed-steps.ts'
import {pageStyle} from './html-style.ts'
import {eventsTable} from './html-tables.ts'
import {element, type Child, type Markup} from './markup.ts'
import {tellingEvents} from './run-marks.ts'

const badgeWords = {pass: '✓ PASS', fail: '✗ FAIL', unknown: '? UNKNOWN'} as const

/** The whole document. */
export function page(title: string, ...sections: readonly Child[]): string {
  const head = element(
    'head',
    {},
    element('meta', {charset: 'utf-8'}),
    element('meta', {name: 'viewport', content: 'width=device-width, initial-scale=1'}),
    element('meta', {
      'http-equiv': 'Content-Security-Policy',
      'content': "default-src 'none'; style-src 'unsafe-inline'",
    }),
    element('title', {}, title),
    element('style', {}, pageStyle),
  )
  const body = element('body', {}, element('main', {}, ...sections))
  return `<!doctype html>\n${element('html', {lang: 'en'}, head, body).markup}\n`
}

/** A chart keeps its size where the page is narrower, and scrolls in its own box. */
export function chart(drawn: Markup): Markup {
  return element('div', {class: 'scroll'}, drawn)
}

export function section(title: string, ...children: readonly Child[]): Markup {
  return element('section', {}, element('h2', {}, title), ...children)
}

/** The verdict and the scenario. */
export function titleLine(report: Pick<Report, 'verdict' | 'scenario'>): Markup {
  return element(
    'div',
    {class: 'title'},
    element('span', {class: `badge ${report.verdict}`}, badgeWords[report.verdict]),
    element('h1', {}, report.scenario),
  )
}

/** Failed steps and warnings. */
export function problems(report: Pick<Report, 'events' | 'warnings' | 'checks' | 'controlHeld'>): Child {
  // In a control that held, what failed was meant to.
  const failing = report.controlHeld === true ? [] : report.checks.filter(({verdict}) => verdict !== 'pass')
  const checks = failing.map(({name, verdict, detail}) =>
    element(
      'p',
      {class: verdict === 'fail' ? 'failed' : 'warning'},
      element('strong', {}, verdict === 'fail' ? 'Check failed: ' : 'Not known: '),
      `${name}: ${detail}`,
    ),
  )
  const steps = failedSteps(report.events).map(step =>
    element('p', {class: 'failed'}, element('strong', {}, 'Step failed: '), stepText(step)),
  )
  const warnings = report.warnings.map(warning =>
    element(
      'p',
      {class: 'warning'},
      element('strong', {}, 'Warning: '),
      `${warning.detail} `,
      element('code', {}, warning.code),
      element('br', {}),
      `Next: ${warning.next}`,
    ),
  )
  return steps.length + checks.length + warnings.length === 0 ? [] : section('Read this first', steps, checks, warnings)
}

export function eventsSection(report: Pick<Report, 'events' | 'startedAt' | 'trials'>): Markup {
  return element(
    'section',
    {},
    element(
      'details',
      {},
      element('summary', {}, `Events (${tellingEvents(report.events).length})`),
      eventsTable(report),
    ),
  )
}
