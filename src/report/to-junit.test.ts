import {describe, expect, it} from 'vitest'
import {
  heldControlReport,
  lossReport,
  missedControlReport,
  notRefusedReport,
  pointInTimeReport,
  refusalReport,
} from '../../test/golden/fixture-recovery.ts'
import {trialsReport} from '../../test/golden/fixtures.ts'
import {structureOf} from '../../test/markup-structure.ts'
import type {Report} from '../model/report.ts'
import {toJunit} from './to-junit.ts'

describe('JUnit of a recovery', () => {
  it('turns fail into a failure and unknown into an error', () => {
    const unread: Report = {
      ...lossReport,
      checks: lossReport.checks.map(check => (check.name === 'amcheck' ? {...check, verdict: 'unknown'} : check)),
    }
    const xml = toJunit(unread)
    expect(xml).toContain('failures="2" errors="1"')
    expect(xml).toContain(
      '<failure message="5, at most 4 owed" type="fail">5, at most 4 owed\nrepeat: hl drill --scenario lose-cluster --seed 7</failure>',
    )
    expect(xml).toContain('classname="hl.drill.lose-cluster.objective" name="RTO"')
  })

  it('of a refusal names the code, and is no failure when hl refused', () => {
    const xml = toJunit(refusalReport)
    expect(xml).toContain('tests="3" failures="0" errors="0"')
    expect(xml).toContain('<property name="refusedWith" value="ARCHIVE_GAP">')
    expect(toJunit(notRefusedReport)).toContain('failures="1"')
  })

  it('turns a control that held round, and not one that did not', () => {
    expect(toJunit(heldControlReport)).toContain('failures="0"')
    expect(toJunit(missedControlReport)).toContain('<failure message="exactly the checks')
    expect(toJunit(pointInTimeReport)).toContain('<property name="collateral" value="394">')
  })

  it('has a suite for each trial, and none of one run', () => {
    const xml = toJunit(trialsReport)
    expect([...xml.matchAll(/<testsuite name="([^"]+)"/g)].map(([, name]) => name)).toEqual([
      'hl.failover.primary-crash',
      ...Array.from({length: 10}, (_, index) => `hl.failover.primary-crash.trial-${index + 1}`),
    ])
    expect(xml).toContain('<failure message="RTO never, 0 writes lost, run fixture-trials-6" type="fail">')
    expect(toJunit(lossReport).match(/<testsuite /g)).toHaveLength(1)
    expect(() => structureOf(xml)).not.toThrow()
  })

  it('is read by a strict reader whatever the text', () => {
    const evil = '"><x>&\u0000\u001b'
    const report = {...refusalReport, refusal: {code: evil, message: evil, next: [evil]}}
    expect(() => structureOf(toJunit(report))).not.toThrow()
  })
})
