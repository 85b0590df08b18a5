// Every form of a report against its golden file. Not here: the screens of the command line (cli/view/screens.test.ts).
import {expect, it} from 'vitest'
import {compare, comparisonMarkdown, comparisonText} from '../../src/report/compare.ts'
import {plainTheme} from '../../src/report/theme.ts'
import {toJunit} from '../../src/report/to-junit.ts'
import {toMarkdown} from '../../src/report/to-markdown.ts'
import {toText} from '../../src/report/to-text.ts'
import {lossReport, pointInTimeReport, recoveryReports, refusalReport, slowReport} from './fixture-recovery.ts'
import {controlReport, failReport, neverReport, passReport, trialsReport} from './fixtures.ts'
import {holdGolden} from './hold-golden.ts'

const columns = 110

holdGolden({
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
