import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {lossDrill, lossRun, refusalRun, rewindDrill, rewindRun} from '../../../test/build-drill.ts'
import {structureOf} from '../../../test/markup-structure.ts'
import {judgeDrill} from '../../measure/drill/judge-drill.ts'
import type {DrillReport} from '../../model/drill.ts'
import {drillToHtml} from './drill-to-html.ts'
import {drillChart, phasesChart} from './svg-drill.ts'

const loss = judgeDrill({
  ...lossRun({redundantMs: null}, {}, {...lossDrill, objectives: {lostWritesMax: 4}}),
  files: {folder: '.hl/runs/d1/'},
})
const rewind = judgeDrill(rewindRun({}, {}, {...rewindDrill, nature: 'control', mustFail: ['precision']}))
const refusal = judgeDrill(refusalRun())
const never = judgeDrill(lossRun({firstWriteMs: null, restore: null, final: null}))
const empty = judgeDrill({
  record: {...lossRun().record, disaster: null, phases: [], firstWriteMs: null, restore: null, final: null},
  events: [],
  ops: [],
})
const reports = [loss, rewind, refusal, never, empty]

/** The report with `evil` behind every text that comes from outside. */
function withText(report: DrillReport, evil: string): DrillReport {
  const add = (text: string): string => text + evil
  const {restore, refusal: refused} = report
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
    refusal:
      refused === null ? null : {code: add(refused.code), message: add(refused.message), next: refused.next.map(add)},
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
    events: report.events.map(event => (event.kind === 'step.started' ? {...event, label: add(event.label)} : event)),
    files: Object.fromEntries(Object.entries(report.files).map(([name, value]) => [add(name), add(value)])),
  }
}

describe('no content of a drill can break out of the markup', () => {
  it.each(['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', '</title></head>', '\u0000\u001b[31m\ud800'])(
    'keeps the structure with %j in every text',
    attack => {
      for (const report of reports)
        expect(structureOf(drillToHtml(withText(report, attack)))).toEqual(
          structureOf(drillToHtml(withText(report, 'x'.repeat(attack.length)))),
        )
    },
  )

  it('is read by a strict reader whatever the text', () => {
    fc.assert(
      fc.property(fc.string({unit: 'binary'}), text => {
        const html = drillToHtml(withText(loss, text))
        expect(() => structureOf(html)).not.toThrow()
        expect(html).not.toMatch(/<script/i)
      }),
      {numRuns: 10},
    )
  })
})

describe('the page of a drill', () => {
  it('loads nothing and runs nothing, and writes no number that is none', () => {
    for (const report of reports) {
      const html = drillToHtml(report)
      expect(html).not.toMatch(/<script|<link|<img|<iframe|\bsrc=|\bhref=|https?:\/\/|@import|url\((?!#)/i)
      expect(html).not.toMatch(/NaN|Infinity|undefined/)
    }
  })

  it('shows the moments, the phases, the backup and every check', () => {
    const html = drillToHtml(loss)
    for (const text of [
      'full backup at +5.0s',
      'the cluster is gone at +20.0s',
      'restore at +20.2s',
      'first write at +32.0s',
      'full full-1 of pg2',
      'copying 48 MB',
      'Where the 12.00 s went',
      ...loss.checks.map(check => check.name),
    ])
      expect(html).toContain(text)
  })

  it('of a refusal has the code, the message and the next steps before everything else', () => {
    const html = drillToHtml(refusal)
    expect(html.indexOf('Refused with ARCHIVE_GAP')).toBeLessThan(html.indexOf('What happened'))
    expect(html).toContain('Next: hl backup list')
    expect(html).not.toContain('class="tiles"')
    expect(drillToHtml(judgeDrill(refusalRun({refusal: null})))).toContain('and was not.')
  })

  it('says of a control whether it was rejected', () =>
    expect(drillToHtml(rewind)).toContain('that did not happen as it must'))
  it('does without charts where nothing was recorded', () =>
    expect([drillChart(empty), phasesChart(empty)]).toEqual([null, null]))
})

describe('the phases', () => {
  it('are a bar each, with their length in words', () => {
    const svg = phasesChart(loss)?.markup ?? ''
    expect(svg.match(/<rect /g)).toHaveLength(loss.phases.length)
    expect(svg).toContain('fetch, 1.7 s to 6.7 s after the disaster')
    expect(() => structureOf(svg)).not.toThrow()
  })

  it('stay inside the chart whatever was measured', () => {
    const time = fc.double({min: -10_000, max: 90_000, noNaN: true})
    fc.assert(
      fc.property(
        fc.array(fc.record({name: fc.constantFrom('fetch', 'replay', 'promote'), fromMs: time, toMs: time}), {
          minLength: 1,
          maxLength: 8,
        }),
        phases => {
          const svg = phasesChart({...loss, phases})?.markup ?? ''
          for (const [, x, width] of svg.matchAll(/<rect x="([\d.-]+)" y="[\d.]+" width="([\d.-]+)"/g)) {
            expect(Number(x)).toBeGreaterThanOrEqual(0)
            expect(Number(width)).toBeGreaterThan(0)
            expect(Number(x) + Number(width)).toBeLessThanOrEqual(1_086)
          }
        },
      ),
      {numRuns: 100},
    )
  })
})
