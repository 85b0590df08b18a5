import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {
  emptyDrillReport,
  lossReport,
  missedControlReport,
  neverBackReport,
  notRefusedReport,
  recoveryReports,
  refusalReport,
} from '../../test/golden/fixture-recovery.ts'
import {trials} from '../../test/golden/fixture-trials.ts'
import {controlReport, failReport, neverReport, passReport, trialsReport} from '../../test/golden/fixtures.ts'
import {structureOf} from '../../test/markup-structure.ts'
import type {Report} from '../model/report.ts'
import type {RunEvent} from '../model/run-event.ts'
import {pageStyle} from './html-style.ts'
import {runChart} from './svg-run.ts'
import {toHtml} from './to-html.ts'
import {toJunit} from './to-junit.ts'

/** The report with `evil` behind every text that comes from outside. */
function withText(report: Report, evil: string): Report {
  const add = (text: string): string => text + evil
  const words = (facts: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(facts).map(([name, value]) => [add(name), add(value)]))
  return {
    ...report,
    run: add(report.run),
    scenario: add(report.scenario),
    summary: add(report.summary),
    startedAt: add(report.startedAt),
    checks: report.checks.map(check => ({...check, name: add(check.name), detail: add(check.detail)})),
    warnings: report.warnings.map(warning => ({
      code: add(warning.code),
      detail: add(warning.detail),
      next: add(warning.next),
    })),
    marks: report.marks.map(mark => ({...mark, text: add(mark.text)})),
    ...recoveryWithText(report, add),
    roles: report.roles.map(span => ({...span, node: add(span.node)})),
    events: report.events.map(event => eventWithText(event, add)),
    splitBrain: {
      ...report.splitBrain,
      pairs: report.splitBrain.pairs.map(pair => ({...pair, a: add(pair.a), b: add(pair.b)})),
    },
    host: {...report.host, os: add(report.host.os), docker: add(report.host.docker)},
    config: {
      ...report.config,
      versions: words(report.config.versions),
      patroni: {[add('ttl')]: add('20')},
      settings: {...report.config.settings, parameters: {[add('work_mem')]: add('4MB')}},
    },
    files: words(report.files),
    trials:
      report.trials === null
        ? null
        : {
            ...report.trials,
            outliers: report.trials.outliers.map(outlier => ({...outlier, reason: add(outlier.reason)})),
            runs: report.trials.runs.map(run => ({...run, run: add(run.run)})),
          },
  }
}

function recoveryWithText(
  {refusal, restore}: Report,
  add: (text: string) => string,
): Pick<Report, 'refusal' | 'restore'> {
  return {
    refusal:
      refusal === null ? null : {code: add(refusal.code), message: add(refusal.message), next: refusal.next.map(add)},
    restore:
      restore === null
        ? null
        : {
            ...restore,
            target: add(restore.target),
            why: add(restore.why),
            endLsn: add(restore.endLsn),
            chain: restore.chain.map(backup => ({
              ...backup,
              id: add(backup.id),
              node: add(backup.node),
              stoppedAt: add(backup.stoppedAt),
            })),
          },
  }
}

function eventWithText(event: RunEvent, add: (text: string) => string): RunEvent {
  switch (event.kind) {
    case 'step.started':
      return {...event, label: add(event.label)}
    case 'step.failed':
      return {...event, label: add(event.label), code: add(event.code), message: add(event.message)}
    case 'fault.commanded':
      return {...event, fault: add(event.fault), describe: add(event.describe), targets: event.targets.map(add)}
    case 'disaster.commanded':
      return {...event, describe: add(event.describe), targets: event.targets.map(add)}
    case 'disaster.done':
      return {...event, atLsn: add(event.atLsn ?? '')}
    case 'fault.verified':
    case 'heal.verified':
      return {...event, fault: add(event.fault), evidence: add(event.evidence)}
    case 'lease.changed':
      return {
        ...event,
        from: event.from === null ? null : add(event.from),
        to: event.to === null ? null : add(event.to),
      }
    default:
      return event
  }
}

const failovers = [passReport, failReport, neverReport, trialsReport, controlReport]
const reports = [...failovers, ...recoveryReports]
const attacks = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "'-->]]></style></svg><script>",
  '&lt;script&gt;',
  'javascript:alert(1)',
  '\u0000\u001b[31m\ud800',
  '</title></head>',
]

/** Without the words that it explains, which are those that a text happens to use. */
const body = (report: Report): string => toHtml(report).replace(/<section><details><summary>Words[^]*?<\/section>/, '')

describe('no content of a report can break out of the markup', () => {
  it.each(attacks)('keeps the structure with %j in every text', attack => {
    for (const report of reports) {
      // Text of the same length, so that what fits into a band is the same.
      const tame = withText(report, 'x'.repeat(attack.length))
      expect(structureOf(body(withText(report, attack)))).toEqual(structureOf(body(tame)))
      expect(structureOf(toJunit(withText(report, attack)))).toEqual(structureOf(toJunit(tame)))
    }
  })

  it.each([
    ['a failover', failReport, 15],
    ['a recovery', lossReport, 10],
  ] as const)('is read by a strict reader whatever the text of %s', (_what, report, numRuns) => {
    const text = fc.oneof(fc.string({unit: 'binary'}), fc.constantFrom(...attacks), fc.string())
    fc.assert(
      fc.property(text, evil => {
        const html = toHtml(withText(report, evil))
        expect(() => [structureOf(html), structureOf(toJunit(withText(report, evil)))]).not.toThrow()
        expect(html).not.toMatch(/<script/i)
      }),
      {numRuns},
    )
  })

  it('would be seen by the reader if it happened', () => {
    expect(() => structureOf('<p>a<b</p>')).toThrow('not markup')
    expect(() => structureOf('<p>a & b</p>')).toThrow('not markup')
    expect(() => structureOf('<p></b></p>')).toThrow('closes nothing')
    expect(() => structureOf('<p>')).toThrow('not closed')
    expect(structureOf('<p><script>x</script></p>')).not.toEqual(structureOf('<p>x</p>'))
  })
})

describe('the page', () => {
  it('keeps a number in a tile beside its unit', () => {
    const values = [...toHtml(passReport).matchAll(/<div class="value">([^<]*)</g)].map(([, value]) => value)
    expect(values.length).toBeGreaterThan(2)
    expect(values.filter(value => /\d /.test(value ?? ''))).toEqual([])
    expect(values.some(value => value?.includes('\u00a0s') === true)).toBe(true)
  })

  it('loads nothing and runs nothing', () => {
    for (const report of reports) {
      const html = toHtml(report)
      expect(html).toContain('default-src &#39;none&#39;')
      expect(html).not.toMatch(/<script|<link|<img|<iframe|\bsrc=|\bhref=|https?:\/\/|@import|url\((?!#)/i)
    }
  })

  it('leads to the files of its run and to its runbook, where it is told the way, and nowhere else', () => {
    const files = {html: './report.html', record: '../of run 1/record.json'}
    const report = {...passReport, scenario: 'primary-crash', files: {html: 'runs/1/report.html', record: 'r', x: 'y'}}
    const html = toHtml(report, {files, runbooks: '../../runbooks'})
    expect([...html.matchAll(/<a href="([^"]*)">([^<]*)</g)].map(([, href, text]) => [href, text])).toEqual([
      ['../../runbooks/primary-down.md', 'runbooks/primary-down.md'],
      ['./report.html', 'runs/1/report.html'],
      ['../of run 1/record.json', 'r'],
    ])
    expect(toHtml(report)).toContain('runbooks/primary-down.md')
  })

  it('explains the words that it uses, and no others', () => {
    const words = (report: Report): readonly string[] => {
      const [, table = ''] = toHtml(report).split(/<summary>Words/)
      return [...table.matchAll(/<td class="tight">([^<]*)</g)].map(([, word]) => word ?? '')
    }
    expect(words(passReport)).toEqual(
      expect.arrayContaining(['RTO', 'RPO', 'timeline', 'sync standby', 'lease', 'ttl']),
    )
    expect(words(passReport)).not.toContain('slot group')
    expect(words(passReport)).not.toContain('rule of three')
    expect(words(trialsReport)).toContain('trial')
  })

  it('says the time of day beside the seconds of the run, of the last of several trials', () => {
    const times = (report: Report): readonly string[] => [
      ...new Set([...toHtml(report).matchAll(/>(\d\d:\d\d):\d\d(?:\.\d)?</g)].map(([, minute]) => minute ?? '')),
    ]
    const startedAt = '2026-01-01T09:59:59.500Z'
    expect(toHtml({...passReport, startedAt})).toContain('>10:00:09<')
    expect(times({...trialsReport, startedAt})).toEqual(['10:45', '10:46'])
    const runs = trials.runs.map(({run, trial, verdict, rtoMs, lost}) => ({run, trial, verdict, rtoMs, lost}))
    expect(times({...trialsReport, startedAt, trials: {...trials, runs}})).toEqual([])
  })

  it('shows whose run it is', () => {
    const commit = '0123456789abcdef0123456789abcdef01234567'
    const origin = {note: 'a <b>new</b> disk', commit, author: 'Ada'}
    const html = toHtml({...passReport, origin})
    expect(html).toContain('note: a &lt;b&gt;new&lt;/b&gt; disk')
    expect(html).toContain('commit: 0123456789ab by Ada')
  })

  it('lays the trials of a repeat over each other', () => {
    const html = toHtml(trialsReport)
    expect(html.match(/class="trial-line"/g)).toHaveLength(9)
    expect(html.match(/class="trial-line not-passed"/g)).toHaveLength(1)
    expect(html).toContain('trial 6: fail, RTO never')
    const few = {
      ...trials,
      runs: trials.runs.map(({curve, ...run}) => (run.trial === 1 ? {...run, curve} : run)),
    } as never
    expect(toHtml({...trialsReport, trials: few})).not.toContain('trial-line"')
    expect(toHtml(passReport)).not.toContain('Writes of all trials')
  })

  it('has every table and every chart in a box that scrolls alone', () => {
    for (const report of reports) {
      const tags = [...toHtml(report).matchAll(/<div class="scroll"|<table\b|<svg\b(?![^>]*swatch)/g)].map(
        ([tag]) => tag,
      )
      const loose = tags.filter(
        (tag, index) => tag !== '<div class="scroll"' && tags[index - 1] !== '<div class="scroll"',
      )
      expect(loose).toEqual([])
    }
  })

  it('has a style sheet that escaping leaves alone', () => {
    expect(pageStyle).not.toMatch(/[&<>"']/)
  })

  it('shows the faults, the lease, the roles and every check', () => {
    const html = toHtml(failReport)
    for (const text of [
      'crash on pg1 at 16.2 s',
      'healed at 47.6 s',
      'sync standby',
      'nobody',
      'what was waited for',
      ...failReport.checks.map(check => check.name),
    ])
      expect(html).toContain(text)
  })

  it('names what did not pass first, and folds what did', () => {
    const html = toHtml(failReport)
    const first = html.slice(html.indexOf('Read this first'), html.indexOf('What happened'))
    const [passed, rest] = [true, false].map(wanted =>
      failReport.checks.filter(({verdict}) => (verdict === 'pass') === wanted).map(({name}) => name),
    )
    for (const name of rest ?? []) expect(first).toContain(name)
    const table = html.slice(html.indexOf('<h3>Checks'))
    const [seen = '', folded = ''] = table.split(/<summary>\d+ of \d+ checks passed/)
    expect([(rest ?? []).every(name => seen.includes(name)), (passed ?? []).some(name => seen.includes(name))]).toEqual(
      [true, false],
    )
    for (const name of passed ?? []) expect(folded).toContain(name)
    // A control that held: what failed was meant to.
    expect(toHtml(controlReport)).not.toContain('Check failed: ')
  })

  it('says never recovered, and writes no number that is none', () => {
    expect(toHtml(neverReport)).toContain('never recovered')
    for (const report of reports) expect(toHtml(report)).not.toMatch(/NaN|Infinity|undefined/)
  })

  it('does without a chart when nothing was recorded', () => {
    const empty = toHtml({...passReport, timeline: [], roles: [], events: [], rto: null})
    expect(empty).not.toContain('What happened')
    expect(() => structureOf(empty)).not.toThrow()
    expect(empty).not.toMatch(/NaN|Infinity|undefined/)
  })
})

describe('the page of a recovery', () => {
  it('shows the moments, the phases, the backup and every check', () => {
    const html = toHtml(lossReport)
    for (const text of [
      'full backup at +5.0s',
      'the cluster is gone at +20.0s',
      'restore at +20.2s',
      'first write at +32.0s',
      'full full-1 of pg2',
      'copying 48 MB',
      'Where the 12.00 s went',
      'what was done',
      ...lossReport.checks.map(check => check.name),
    ])
      expect(html).toContain(text)
  })

  it('has the sections of its figures in order, and those of reads only where there were any', () => {
    const titles = (report: Report): readonly string[] =>
      [...toHtml(report).matchAll(/<h[23]>([^<]*)/g)].map(([, title]) => title ?? '')
    expect(titles(lossReport)).toEqual([
      'Read this first',
      'What happened',
      'Where the 12.00 s went',
      'Restored from',
      'Objectives and checks',
      'Checks',
      'Operations',
      'Writes',
      'What it ran on',
      'Settings, as read back from Patroni',
      'Load',
      'Host and versions',
      'Repeat it',
      'Read on',
      'Files of the run',
    ])
    expect(titles(passReport)).toEqual(expect.arrayContaining(['Reads from the primary', 'Reads from standbys']))
    for (const report of failovers) expect(titles(report)).not.toContain('Restored from')
  })

  it('of a refusal has the code, the message and the next steps before everything else', () => {
    const html = toHtml(refusalReport)
    expect(html.indexOf('Refused with ARCHIVE_GAP')).toBeGreaterThan(0)
    expect(html.indexOf('Refused with ARCHIVE_GAP')).toBeLessThan(html.indexOf('What happened'))
    expect(html).toContain('Next: hl backup list')
    expect(html).not.toContain('class="tiles"')
    expect(toHtml(notRefusedReport)).toContain('and was not.')
  })

  it('says of a control whether it was rejected', () =>
    expect(toHtml(missedControlReport)).toContain('that did not happen as it must'))
  it('has room for a moment after the load, and draws no reads where none were asked for', () => {
    const ticks = (report: Report): readonly string[] =>
      [...(runChart(report)?.markup ?? '').matchAll(/>(\d+) s</g)].map(([, second]) => second ?? '')
    expect(ticks(lossReport).at(-1)).toBe('45')
    expect(ticks(neverBackReport).at(-1)).toBe('35')
    expect(runChart(lossReport)?.markup).not.toContain('reads')
    expect(runChart(passReport)?.markup).toContain('reads ok')
  })
  it('does without charts where nothing was recorded', () => {
    expect(runChart(emptyDrillReport)).toBeNull()
    expect(toHtml(emptyDrillReport)).not.toContain('<svg')
  })
})
