import {describe, expect, it} from 'vitest'
import {
  emptyDrillReport,
  heldControlReport,
  lossReport,
  missedControlReport,
  neverBackReport,
  notRefusedReport,
  recoveryReports,
  refusalReport,
} from '../../test/golden/fixture-recovery.ts'
import type {Report} from '../model/report.ts'
import {displayWidth} from './printable.ts'
import {plainTheme} from './theme.ts'
import {toJson} from './to-json.ts'
import {toText} from './to-text.ts'

const text = (report: Report, columns = 110): string => toText(report, plainTheme, {columns})

describe('the screen of a recovery', () => {
  it('of a refusal has what was refused and what to do as the main thing', () =>
    expect(text(refusalReport).split('\n').slice(0, 6)).toEqual([
      'PASS  refuse-gap                                                                                seed 7  run d3',
      '  a segment is missing from the archive',
      '  refused   ARCHIVE_GAP: segment 000000010000000000000004 is missing',
      '  next      hl backup list',
      '            restore to a moment before the gap',
      '  checks    3 of 3 passed: refused, nothing-restored, nothing-changed',
    ]))

  it('of a restore that was refused says so too, and of a refusal that never came', () => {
    const refused = text({...neverBackReport, refusal: refusalReport.refusal})
    expect(refused).toContain('  refused   ARCHIVE_GAP')
    expect(refused).toContain('  RTO             never recovered')
    expect(text(notRefusedReport)).toContain('  refused   no: the restore was not refused')
  })

  it('of a control says whether it was rejected', () => {
    expect(text(heldControlReport)).toContain('rejected, and it was, by exactly the checks that must')
    expect(text(missedControlReport)).toContain('it was NOT')
  })

  it('of an empty drill stands too', () => {
    expect(text(emptyDrillReport)).toContain('UNKNOWN  lose-cluster')
    for (const report of recoveryReports) expect(text(report)).not.toMatch(/NaN|Infinity|undefined/)
  })

  it('shows faults beside the moments of the recovery, in order of time', () => {
    const fault = {
      kind: 'fault.commanded',
      atMs: 10_000,
      fault: 'crash',
      describe: 'SIGKILL',
      targets: ['pg2'],
    } as const
    const marked = text({...lossReport, events: [fault, ...lossReport.events]})
    expect(marked.split('\n').flatMap(line => /▲ (.*) at/.exec(line)?.[1] ?? [])).toEqual([
      'full backup',
      'crash pg2',
      'the cluster is gone',
      'restore',
      'first write',
      'fully redundant',
    ])
  })

  it('fits a narrow terminal', () => {
    for (const line of text(lossReport, 80).split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(84)
  })
})

it('lets no escape sequence of a message into the terminal', () => {
  const evil = 'a\u001b[2J\r\nb'
  const report = {...refusalReport, refusal: {code: evil, message: evil, next: [evil]}}
  expect(text(report)).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
})

it('has a JSON form that is the report itself', () => expect(JSON.parse(toJson(lossReport))).toEqual(lossReport))
