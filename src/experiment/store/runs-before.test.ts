// Real run folders of the version before (histories thinned): a failover run, a restore into a new lab, one in place.
import {describe, expect, it} from 'vitest'
import {rtoText} from '../../report/rto-parts.ts'
import {listStored} from './list-stored.ts'
import {formats, render} from './report-forms.ts'
import {openRun} from './run-folder.ts'
import {judgeAgain, readReport} from './stored-report.ts'
import {upgradeReport} from './upgrade-report.ts'

const root = new URL('../../../test/fixtures/runs-before', import.meta.url).pathname
const stored = [
  ['1129-042321-68', 'restored-in-place', 49_436],
  ['1129-041807-3f', 'dropped-table', 56_177],
  ['1129-041647-20', 'no-fault', null],
] as const

describe('stored runs of the version before', () => {
  it('are listed in one order by time, with what their reports said', () => {
    expect(
      listStored(root).map(({run, scenario, verdict, rto, lostWrites}) => [
        run,
        scenario,
        verdict,
        rtoText(rto),
        lostWrites,
      ]),
    ).toEqual([
      ['1129-042321-68', 'restored-in-place', 'pass', '49.44 s', 0],
      ['1129-041807-3f', 'dropped-table', 'pass', '56.18 s', 0],
      ['1129-041647-20', 'no-fault', 'pass', 'no outage', 0],
    ])
  })

  it.each(stored)('%s (%s) shows the report that it had, in every form', (run, scenario, rtoMs) => {
    const report = readReport(root, run)
    expect([report.scenario, report.verdict, report.rto?.ms ?? null]).toEqual([scenario, 'pass', rtoMs])
    expect(report.checks.every(({verdict}) => verdict === 'pass')).toBe(true)
    for (const format of formats) expect(render(report, format)).toContain(scenario)
  })

  it.each(stored)('%s (%s) numbers its steps from 0', run => {
    const {events, record} = openRun(root, run)
    const begun = events.flatMap(event => (event.kind === 'step.started' ? [event.step] : []))
    expect(begun).toEqual(record.scenario.steps.map((_step, index) => index))
  })

  it.each(stored)(
    '%s (%s) is judged again: nothing fails, and the figures are those of then',
    (run, _scenario, rtoMs) => {
      const then = readReport(root, run)
      const now = judgeAgain(root, run)
      expect(now.checks.filter(({verdict}) => verdict === 'fail')).toEqual([])
      // Of what came back then one write alone was stored, so that it lasted was not seen.
      expect(now.rto?.bounds?.leastMs ?? now.rto?.ms ?? null).toBe(rtoMs)
      expect(now.rto?.parts ?? null).toEqual(then.rto?.parts ?? null)
      expect(now.rto?.timeToRedundancyMs).toBe(then.rto?.timeToRedundancyMs)
      expect(now.pointInTime).toEqual(then.pointInTime)
      expect([now.writes.attempted - (rtoMs === null ? 0 : 1), now.writes.lost]).toEqual([then.writes.attempted, 0])
    },
  )

  it('are shown through the access path that they are judged by: direct was the driver that knows every node', () => {
    const report = Object.entries(readReport(root, '1129-041647-20'))
    const before = Object.fromEntries(report.filter(([name]) => name !== 'pointInTime'))
    expect(upgradeReport({...before, through: 'direct'}).through).toBe('multi-host')
    expect(upgradeReport({...before, through: 'router'}).through).toBe('router')
  })

  it('cannot tell of what was not stored then: the load on the restored cluster, and the rows that it took', () => {
    const unknown = stored.map(([run]) =>
      judgeAgain(root, run).checks.flatMap(({name, verdict}) => (verdict === 'unknown' ? [name] : [])),
    )
    const unseen = ['load-ran-through', 'recovered', 'lost-after-restore', 'rto-within-limit']
    expect(unknown).toEqual([unseen, unseen, []])
  })
})
