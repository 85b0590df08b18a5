// Every screen against its golden file. UPDATE_GOLDEN=1 rewrites them; read the difference before you commit it.
import {readFileSync, writeFileSync} from 'node:fs'
import {describe, expect, it} from 'vitest'
import {explainScreen} from '../../cli/view/explain-screen.ts'
import {lineView} from '../../cli/view/line-view.ts'
import {planScreen} from '../../cli/view/plan-screen.ts'
import {mapScreen, shardsScreen} from '../../cli/view/shards-screen.ts'
import {sizesScreen} from '../../cli/view/sizes-screen.ts'
import {labScreen, statusScreen, type StatusExtra} from '../../cli/view/status-screen.ts'
import {ansiTheme} from '../../cli/view/theme.ts'
import {preparedScreen} from '../../cli/view/tx-screen.ts'
import {defaultSettings} from '../../src/model/topology.ts'
import {compare, comparisonMarkdown, comparisonText} from '../../src/report/compare.ts'
import {plainTheme, type Theme} from '../../src/report/theme.ts'
import {toJunit} from '../../src/report/to-junit.ts'
import {toMarkdown} from '../../src/report/to-markdown.ts'
import {toText} from '../../src/report/to-text.ts'
import {brokenCluster, crashPlan, healthyCluster, twoShards} from './fixture-cluster.ts'
import {crashEvents, neverRecoveredEvents} from './fixture-events.ts'
import {explainedRead, explainedWrite} from './fixture-explain.ts'
import {lossReport, pointInTimeReport, recoveryReports, refusalReport, slowReport} from './fixture-recovery.ts'
import {listedShards, preparedParts, shardMapAnswer, sizes} from './fixture-shards.ts'
import {controlReport, failReport, neverReport, passReport, trialsReport} from './fixtures.ts'
import type {RunEvent} from '../../src/model/run-event.ts'

const columns = 110
const extra: StatusExtra = {
  theme: plainTheme,
  profile: 'patroni-3',
  ports: {pg1: 54_321, pg2: 54_322, pg3: 54_323},
  faults: [],
}

function lines(events: readonly RunEvent[]): string {
  let text = ''
  const view = lineView(line => {
    text += line
  }, plainTheme)
  for (const event of events) view.onEvent(event)
  return text
}

const screens: Readonly<Record<string, (theme: Theme) => string>> = {
  'report-pass.txt': theme => toText(passReport, theme, {columns}),
  'report-pass-narrow.txt': theme => toText(passReport, theme, {columns: 80}),
  'report-fail.txt': theme => toText(failReport, theme, {columns}),
  'report-never.txt': theme => toText(neverReport, theme, {columns}),
  'report-trials.txt': theme => toText(trialsReport, theme, {columns}),
  'report-control.txt': theme => toText(controlReport, theme, {columns}),
  'report-fail.md': () => toMarkdown(failReport),
  'report-trials.md': () => toMarkdown(trialsReport),
  'report-loss.txt': theme => toText(lossReport, theme, {columns}),
  'report-loss.md': () => toMarkdown(lossReport),
  'report-point-in-time.txt': theme => toText(pointInTimeReport, theme, {columns}),
  'report-refusal.txt': theme => toText(refusalReport, theme, {columns}),
  'junit-loss.xml': () => toJunit(lossReport),
  'junit-fail.xml': () => toJunit(failReport),
  'junit-control.xml': () => toJunit(controlReport),
  'compare.txt': theme => comparisonText(compare(passReport, failReport), theme),
  'compare.md': () => comparisonMarkdown(compare(passReport, failReport)),
  'compare-loss.txt': theme => comparisonText(compare(lossReport, slowReport), theme),
  'shards-list.txt': theme => shardsScreen(listedShards, theme),
  'shards-map.txt': theme => mapScreen(shardMapAnswer, theme),
  'shards-sizes.txt': theme => sizesScreen(sizes, theme),
  'tx-list.txt': theme => preparedScreen(preparedParts, theme),
  'lines-crash.txt': () => lines(crashEvents),
  'lines-loss.txt': () => lines(lossReport.events),
  'lines-never.txt': () => lines(neverRecoveredEvents),
  'status-healthy.txt': theme => statusScreen(healthyCluster, defaultSettings, {...extra, theme}),
  'status-broken.txt': theme =>
    statusScreen(brokenCluster, defaultSettings, {...extra, theme, faults: ['kill-container on pg1']}),
  'status-shards.txt': theme =>
    labScreen(twoShards, {
      theme,
      profile: 's1 2, s2 2 PostgreSQL, 3 etcd, no pgpool',
      ports: {'s1-pg1': 54_321, 's1-pg2': 54_322, 's2-pg1': 54_323, 's2-pg2': 54_324},
    }),
  'plan.txt': theme => planScreen(crashPlan, theme),
  'explain-read.txt': theme => explainScreen(explainedRead, theme),
  'explain-write.txt': theme => explainScreen(explainedWrite, theme),
}

describe.each(Object.entries(screens))('%s', (name, screen) => {
  it('is what the golden file holds', () => {
    const file = new URL(name, import.meta.url)
    const text = screen(plainTheme)
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text)
    expect(text).toBe(readFileSync(file, 'utf8'))
  })

  it('says the same in colour', () => {
    expect(
      screen(ansiTheme)
        .replace(/\u001b\[\d+m/g, '')
        .replace(/ +$/gm, ''),
    ).toBe(screen(plainTheme))
  })
})

it('keeps text reports within the width that was asked for', () => {
  for (const report of [passReport, failReport, neverReport, trialsReport, controlReport, ...recoveryReports]) {
    for (const width of [80, 110, 160]) {
      expect(
        toText(report, plainTheme, {columns: width})
          .split('\n')
          .filter(line => line.length > width),
      ).toEqual([])
    }
  }
})
