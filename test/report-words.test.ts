// The words of every report and every check, whatever was counted: with none, one and two of all that is counted, and
// of histories of which next to nothing is left.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {judge} from '../src/measure/judge.ts'
import {combineTrials} from '../src/measure/combine-trials.ts'
import type {Report} from '../src/model/report.ts'
import {compare, comparisonMarkdown, comparisonText} from '../src/report/compare.ts'
import {plainTheme} from '../src/report/theme.ts'
import {toHtml} from '../src/report/to-html.ts'
import {toMarkdown} from '../src/report/to-markdown.ts'
import {toText} from '../src/report/to-text.ts'
import {goingOnRun, lossRun, pointInTimeRun, refusalRun} from './build-drill.ts'
import {crashRun, quietRun, type Run} from './build-history.ts'
import {shardedRun} from './build-shards.ts'
import {recoveryReports} from './golden/fixture-recovery.ts'
import {controlReport, failReport, neverReport, passReport, trialsReport} from './golden/fixtures.ts'
import {stumblesIn, visibleText} from './plain-words.ts'

const reports = [passReport, failReport, neverReport, trialsReport, controlReport, ...recoveryReports]
const runs: readonly Run[] = [
  ...[crashRun(), quietRun(), lossRun(), pointInTimeRun(), goingOnRun(), refusalRun()],
  shardedRun({}),
]

const formsOf = (report: Report): readonly string[] => [
  toText(report, plainTheme, {columns: 1_000}),
  toMarkdown(report),
  visibleText(toHtml(report)),
]

/** Every whole number in it by the next of `counts`, round and round. */
function counted<T>(value: T, counts: readonly number[]): T {
  let at = 0
  const change = (one: unknown): unknown => {
    if (typeof one === 'number' && Number.isInteger(one)) return counts[at++ % counts.length]
    if (Array.isArray(one)) return one.map(change)
    if (typeof one === 'object' && one !== null)
      return Object.fromEntries(Object.entries(one).map(([name, each]) => [name, change(each)]))
    return one
  }
  return change(value) as T
}

function withCounts(report: Report, counts: readonly number[]): Report {
  const {writes, transfers, readsPrimary, readsStandby, rpo, pointInTime, splitBrain, timeline} = report
  const changed = counted({writes, transfers, readsPrimary, readsStandby, rpo, pointInTime, splitBrain}, counts)
  return {...report, ...changed, timeline: timeline.slice(0, counts[0])}
}

/** A few operations and events of a run, its final state of as few. */
function leftOf({record, events, ops}: Run, picks: readonly number[]): Run {
  const few = <T>(all: readonly T[]): readonly T[] =>
    [...new Set(picks.map(pick => pick % Math.max(1, all.length)))]
      .toSorted((a, b) => a - b)
      .flatMap(at => all[at] ?? [])
  const {final} = record
  return {
    record: {...record, final: final === null ? null : {...final, ledgerIds: few(final.ledgerIds)}},
    events: few(events),
    ops: few(ops),
  }
}

const counts = fc.array(fc.constantFrom(0, 1, 2, 1_252), {minLength: 1, maxLength: 12})
const picks = fc.array(fc.nat(), {maxLength: 4})

describe('the words of a report', () => {
  it('have nothing to stumble over, whatever was counted', () => {
    for (const report of reports) expect(formsOf(report).flatMap(stumblesIn)).toEqual([])
    fc.assert(
      fc.property(fc.constantFrom(...reports), counts, (report, all) => {
        expect(formsOf(withCounts(report, all)).flatMap(stumblesIn)).toEqual([])
      }),
    )
  })

  it('nor have those of a series of one, or of a comparison', () => {
    const once = combineTrials([passReport])
    const twice = compare(once, combineTrials([failReport, neverReport]))
    const texts = [...formsOf(once), comparisonText(twice, plainTheme), comparisonMarkdown(twice)]
    expect(texts.flatMap(stumblesIn)).toEqual([])
  })

  it('nor have those of checks and warnings, whatever is left of the history', () => {
    const said = (run: Run): readonly string[] => {
      const {checks, warnings} = judge(run.record, run.events, run.ops, {})
      return [...checks, ...warnings].map(({detail}) => detail)
    }
    for (const run of runs) expect(said(run).flatMap(stumblesIn)).toEqual([])
    fc.assert(
      fc.property(fc.constantFrom(...runs), picks, (run, some) => {
        expect(said(leftOf(run, some)).flatMap(stumblesIn)).toEqual([])
      }),
      {numRuns: 400},
    )
  })
})

describe('what one stumbles over', () => {
  it.each(['after 1 outages', 'of 1 faults', 'rtoMsMax: 21779', 'NaN ms', '76 % of it', '1 acknowledged writes'])(
    '%s is found',
    text => expect(stumblesIn(text).length).toBeGreaterThan(0),
  )
  it.each(['1 is there', 'in 1 ms', '21 writes', '0.1 seconds', 'pg1 has it', 'of 1 fault'])('%s is none', text =>
    expect(stumblesIn(text)).toEqual([]),
  )
})
