import {expect, it} from 'vitest'
import type {Incident} from '../../src/runbooks/incident.ts'
import {findRunbook} from '../../src/runbooks/read-runbooks.ts'
import {incidentScreen, rehearsalCells, runbookCells} from './runbook-screen.ts'

const {runbook} = findRunbook('node-down')
const incident: Incident = {
  incident: '0101-000000-00',
  runbook: runbook.path,
  title: runbook.title,
  lab: 'rehearsal',
  startedAt: '2026-01-01T00:00:00.000Z',
  tookMs: 31_000,
  budgetMs: 300_000,
  state: 'done',
  verdict: 'fail',
  cases: ['stopped'],
  steps: [],
  rehearsal: {
    scenario: 'sync-standby-crash',
    run: '0101-000000-01',
    tookMs: 31_000,
    parts: [
      {name: 'alert', verdict: 'unknown', detail: 'not looked at'},
      {name: 'followed', verdict: 'pass', detail: 'each block did what it should'},
      {name: 'ledger', verdict: 'fail', detail: 'run 0101-000000-01'},
    ],
  },
}

it('a runbook is a line with its alerts and its scenario', () =>
  expect(runbookCells(runbook)).toEqual([
    'node-down',
    'warning',
    String(runbook.blocks.length),
    '5m 0s',
    'sync-standby-crash',
    'HlNodeDown',
    'A node does not answer',
  ]))

it('an alert that nobody looked at is told as such, and not as passed', () =>
  expect(incidentScreen(incident, '.hl/incidents/x')).toBe(
    [
      'FAIL  runbooks/node-down.md  31.00 s of 5m 0s',
      '  alert: not looked at',
      '  followed pass  each block did what it should',
      '  ledger   fail  run 0101-000000-01',
      'files: .hl/incidents/x/',
    ].join('\n'),
  ))

it('of several, one that could not be rehearsed says why, one that failed what failed', () => {
  const line = {runbook: 'node-down', path: null}
  expect(rehearsalCells({...line, verdict: 'unknown', incident: null, why: 'it spans shards'})).toEqual([
    'node-down',
    '-',
    'not rehearsed',
    '-',
    '-',
    '-',
    'it spans shards',
  ])
  expect(rehearsalCells({...line, verdict: 'fail', incident, why: null})).toEqual([
    'node-down',
    'sync-standby-crash',
    'fail',
    '31.00 s',
    '5m 0s',
    'not looked at',
    'ledger: run 0101-000000-01',
  ])
})
