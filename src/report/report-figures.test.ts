import {describe, expect, it} from 'vitest'
import {controlReport, failReport, neverReport, passReport, trialsReport} from '../../test/golden/fixtures.ts'
import type {Report} from '../model/report.ts'
import {accessPaths} from '../model/scenario.ts'
import {compare} from './compare.ts'
import {metricRows, objectiveVerdict, ruleOfThree} from './metric-rows.ts'
import {nextStep, repeatCommand} from './next-step.ts'
import {explainParts, rtoText} from './rto-parts.ts'
import {setupLines} from './setup-facts.ts'
import {plainTheme} from './theme.ts'
import {toJson} from './to-json.ts'
import {toJunit} from './to-junit.ts'
import {toText} from './to-text.ts'
import {reroutedBy} from './access-path.ts'

const withSettings = (report: Report, settings: Partial<Report['config']['settings']>): Report => ({
  ...report,
  config: {...report.config, settings: {...report.config.settings, ...settings}},
})

describe('figures', () => {
  it('explains the parts of the longest outage by events since its beginning, also where no fault was injected', () => {
    const switchover: Report = {
      ...passReport,
      rto: {
        ms: 300,
        recovered: true,
        parts: [
          {name: 'elect', ms: 200},
          {name: 'promote', ms: 100},
        ],
        timeToRedundancyMs: null,
        timeToFirstErrorMs: null,
        fromFaultMs: null,
        unavailableShare: 0,
        brownOutMs: null,
        readsPrimaryMs: null,
        readsStandbyMs: null,
        outages: [{fromMs: 9_000, toMs: 9_300}],
        resolutionMs: 100,
        predictedMs: null,
      },
      events: [
        {kind: 'lease.changed', atMs: 10, from: null, to: 'pg1'},
        {kind: 'node.writable', atMs: 20, node: 'pg1', timeline: 1},
        {kind: 'lease.changed', atMs: 9_200, from: null, to: 'pg2'},
        {kind: 'node.writable', atMs: 9_290, node: 'pg2', timeline: 2},
      ],
    }
    expect(explainParts(switchover).map(part => part.note)).toEqual([
      'pg2 took the lease',
      'pg2 accepted writes, timeline 2',
    ])
  })

  it.each([
    ['fault', passReport.events, 'after the fault'],
    ['planned', [], 'after the switchover began'],
    ['quiet', [], 'since the first of them'],
  ] as const)('says what the share of a run of the nature %s is counted from', (nature, events, said) =>
    expect(metricRows({...passReport, nature, events})[0]?.note).toMatch(new RegExp(`of the time ${said}$`)),
  )

  it('says never recovered, no outage, or how long', () => {
    expect([rtoText(neverReport.rto), rtoText(null), rtoText(passReport.rto)]).toEqual([
      'never recovered',
      'no outage',
      '19.84 s',
    ])
    expect(metricRows(neverReport)[0]).toMatchObject({value: 'never recovered', verdict: 'fail'})
  })

  it('calls an objective that was not measured unknown, never met and never failed', () => {
    const objective = {name: 'lostWritesMax', limit: 0, actual: null, met: false} as const
    expect(objectiveVerdict(passReport, objective)).toBe('unknown')
    expect(objectiveVerdict(neverReport, {name: 'rtoMsMax', limit: 1, actual: null, met: false})).toBe('fail')
  })

  it('says of which trial a figure is, and shows the worst where one is owed', () => {
    const owing: Report = {
      ...trialsReport,
      objectives: [...trialsReport.objectives, {name: 'writeErrorsMax', limit: 0, actual: 7, met: false}],
      writes: {...trialsReport.writes, failed: 0, unknown: {found: 0, absent: 0, unknowable: 0}},
    }
    const row = (report: Report, name: string) => metricRows(report).find(candidate => candidate.name === name)
    expect(row(owing, 'write errors')).toMatchObject({value: '7', verdict: 'fail', note: 'in the worst trial'})
    expect(row(owing, 'unknown writes')).toMatchObject({value: '0', note: 'in the last trial'})
    expect(row(passReport, 'unknown writes')?.note).not.toContain('trial')
  })

  it('explains the detection by what the settings allow', () => {
    const note = (report: Report): string | undefined => explainParts(report).find(part => part.name === 'detect')?.note
    expect(note(passReport)).toBe("pg1's lease (ttl 20 s) had to expire")
    expect(note(withSettings(passReport, {ttlS: 60}))).toBe('pg1 lost the lease before its ttl of 60 s ran out')
    expect(note({...passReport, events: []})).toBe('until the lease was lost or a fence acted (ttl 20 s)')
  })

  it('does not credit the lease with what a fence detected', () => {
    const rto = passReport.rto
    if (rto === null) throw new Error('the passing report has an outage')
    const fenced: Report = {
      ...passReport,
      rto: {
        ...rto,
        outages: [{fromMs: 1_000, toMs: 22_000}],
        parts: [
          {name: 'before-fault', ms: 500},
          {name: 'detect', ms: 11_000},
          {name: 'elect', ms: 9_500},
        ],
      },
      events: [{kind: 'lease.changed', atMs: 21_000, from: 'pg3', to: 'pg1'}],
    }
    expect(explainParts(fenced).find(part => part.name === 'detect')?.note).toBe(
      "a fence acted before pg3's lease (ttl 20 s) was gone",
    )
  })

  it('calls two nodes that only accepted writes no failure, as the check does', () => {
    const row = (splitBrain: Partial<Report['splitBrain']>) =>
      metricRows({...passReport, splitBrain: {...passReport.splitBrain, ...splitBrain}}).find(
        ({name}) => name === 'two primaries',
      )
    expect([
      row({reportedMs: 9})?.verdict,
      row({reportedMs: 9, writableMs: 8})?.verdict,
      row({reportedMs: 9, writableMs: 8, acknowledgedMs: 7})?.verdict,
    ]).toEqual([null, null, 'fail'])
  })

  it('shows against a limit what is held against it', () => {
    const owing: Report = {
      ...passReport,
      objectives: [{name: 'writeErrorsMax', limit: 0, actual: 0, met: true}],
      writes: {...passReport.writes, failed: 3, unknown: {found: 0, absent: 0, unknowable: 0}},
    }
    expect(metricRows(owing).find(({name}) => name === 'write errors')).toMatchObject({value: '0', verdict: 'pass'})
  })

  it('gives the bound of the rule of three only where none was lost in several trials', () => {
    expect(ruleOfThree(trialsReport)).toContain('at most 30%')
    expect(ruleOfThree(passReport)).toBeNull()
    expect(
      ruleOfThree({...trialsReport, trials: trialsReport.trials === null ? null : {...trialsReport.trials, lost: 1}}),
    ).toBeNull()
  })

  it('has a finite JSON form', () =>
    expect(JSON.parse(toJson(neverReport))).toMatchObject({rto: {ms: null, recovered: false}}))
})

describe('the access path', () => {
  const through = (report: Partial<Report>): string =>
    setupLines({...passReport, ...report})[1]?.replace(/^.* through /, '') ?? ''
  it('is said with what it knows', () => {
    expect(accessPaths.map(way => through({through: way, directTo: 'pg1'}))).toEqual([
      'router',
      'pgpool',
      'multi-host (a driver that knows every node)',
      'direct (pg1 and no other node)',
    ])
    expect(through({...trialsReport, through: 'direct', directTo: 'pg3'})).toBe(
      'direct (the first primary of each trial and no other node)',
    )
  })

  it('says how a new primary was found, also in a report that was written when direct was a driver with several hosts', () => {
    expect([
      ...accessPaths.map(way => reroutedBy({through: way, directTo: 'pg1'})),
      reroutedBy({through: 'direct'}),
    ]).toEqual([
      'the router found it',
      'pgpool found it',
      'the client connected to it',
      'until pg1 itself took the writes again',
      'the client connected to it',
    ])
  })
})

describe('the next step', () => {
  it('never asks for a ttl that Patroni refuses', () => {
    expect(nextStep(passReport)?.command).not.toContain('--ttl')
    expect(nextStep(withSettings(passReport, {ttlS: 30, loopWaitS: 20}))?.command).toContain('--ttl 20s')
  })

  it('points at the worst finding', () => {
    expect(nextStep(failReport)?.text).toContain('split-brain')
    expect(nextStep({...failReport, splitBrain: passReport.splitBrain})?.text).toContain('synchronous_mode is off')
    expect(nextStep({...passReport, verdict: 'unknown'})?.text).toContain('unknown is not a pass')
    expect(nextStep(controlReport)).toBeNull()
    expect(nextStep({...controlReport, controlHeld: false})?.text).toContain('had to be rejected')
  })

  it('sends a load that knew one node to the access path that follows the primary', () => {
    const alone: Report = {...neverReport, through: 'direct', directTo: 'pg1'}
    expect(nextStep(alone)).toEqual({
      text: expect.stringContaining('knew pg1 alone'),
      command: expect.not.stringContaining('--through'),
    })
    expect(nextStep({...alone, through: 'multi-host'})?.command).toContain('--through multi-host')
  })

  it('repeats a run as it was asked for', () => {
    const report: Report = {
      ...passReport,
      asked: {scenario: './mine.ts', sync: 'off', param: ['work_mem=8MB', "a=it's"], lab: 'two'},
    }
    const asked = "--sync off --param work_mem=8MB --param 'a=it'\\''s' --lab two"
    expect(repeatCommand(report)).toBe(`hl failover --scenario ./mine.ts --seed 4171 ${asked}`)
    expect(repeatCommand(report, {seed: null, sync: 'on'})).toBe(
      `hl failover --scenario ./mine.ts ${asked.replace('off', 'on')}`,
    )
  })

  it('quotes what a shell would split', () =>
    expect(repeatCommand({...passReport, scenario: "it's; rm -rf /", through: 'pgpool'})).toBe(
      "hl failover --scenario 'it'\\''s; rm -rf /' --seed 4171 --through pgpool",
    ))
})

describe('JUnit', () => {
  it('turns fail into a failure and unknown into an error', () =>
    expect(toJunit(failReport)).toContain('tests="6" failures="4" errors="1"'))
  it('turns a control that held round, and not one that did not', () => {
    expect(toJunit(controlReport)).toContain('failures="0"')
    expect(toJunit({...controlReport, controlHeld: false})).toContain('<failure message="exactly the checks')
  })
})

describe('the comparison', () => {
  it('counts never recovered as infinite and shows no ratio with it', () =>
    expect(compare(passReport, neverReport).rows[0]).toEqual({
      name: 'RTO (writes)',
      a: '19.84 s',
      b: 'never',
      ratio: '-',
    }))
  it('lists what differs and warns of single runs', () => {
    const compared = compare(passReport, failReport)
    expect(compared.differences.map(fact => fact.name)).toEqual(['scenario', 'synchronous_mode'])
    expect(compared.cautions.join()).toContain('may be chance')
    expect(compare(trialsReport, trialsReport).cautions.join()).not.toContain('may be chance')
  })
})

it('lets no escape sequence of a message into the terminal', () => {
  const evil = {
    ...failReport,
    checks: [{name: 'a\u001b[2J', verdict: 'fail', detail: 'b\r\n\u001b]0;title\u0007'}],
  } as const

  expect(toText(evil, plainTheme, {columns: 100})).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
})
