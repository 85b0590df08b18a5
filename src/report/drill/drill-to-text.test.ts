import {describe, expect, it} from 'vitest'
import {lossDrill, lossRun, refusalRun, rewindDrill, rewindRun} from '../../../test/build-drill.ts'
import {judgeDrill} from '../../measure/drill/judge-drill.ts'
import {displayWidth} from '../printable.ts'
import {plainTheme} from '../theme.ts'
import {toJson} from '../to-json.ts'
import {drillToText} from './drill-to-text.ts'

const columns = 110
const loss = judgeDrill({
  ...lossRun({}, {}, {...lossDrill, objectives: {rtoMsMax: 60_000, lostWritesMax: 4}}),
  files: {folder: '.hl/runs/d1/'},
})
const refusal = judgeDrill(refusalRun())
const text = (report: typeof loss, width = columns): string => drillToText(report, plainTheme, {columns: width})

describe('the screen of a drill', () => {
  it('of a loss', () =>
    expect(text(loss)).toBe(`\
FAIL  lose-cluster                                                                              seed 7  run d1
  every member and the DCS are gone at one moment
  RTO             12.00 s  at most 1m 0s  ok       predicted 12.00 s, it took 1.00x of that
  lost writes           5  at most 4      fail     of 2,300 acknowledged: the newest 50 ms, 256 B of WAL, at
                                                   100 writes/s
  unknown writes        1                          0 found, 1 absent; nobody was promised these
  redundancy      25.00 s                          until all standbys of the restored cluster streamed
  backup    full full-1 of pg2, 48 MB, timeline 1, ended 2026-01-01T00:00:05.000Z
  chosen    the newest backup that ended before the target
  target    the end of the archive
  restored  48 MB copied, 29 MB of WAL replayed up to 0/4FFFF00, goes on as timeline 2
  checks    18 of 19 passed: load-before-disaster, enough-writes, disaster-happened, steps-ran,
            clock-monotonic, ids-unique, final-readable, recovered, way-back-ended, backup-used,
            restore-verified, lost-after-restore, duplicated-writes, phantom-writes, resurrected-writes,
            nodes-agree, rto-within-limit, amcheck
    fail    rpo-within-limit
            lostWritesMax: 5, limit 4
  where the 12.00 s went
    detect          1.00 s  ██                          8%  until the disaster was seen
    decide          500 ms  █                           4%  until it was decided what to restore, and to where
    fetch           5.00 s  ██████████                 42%  copying 48 MB of base backup, 9.5 MB/s
    start           300 ms  ▋                           3%  until PostgreSQL had started and its data was
                                                            consistent
    consistent      1.00 s  ██                          8%  replaying the WAL that was written during the
                                                            backup
    replay          3.00 s  ██████                     25%  replaying WAL up to the target, 29 MB in all
    promote         500 ms  █                           4%  the promotion, new passwords and a clean shutdown
    first-write     500 ms  █                           4%  until a client's write was acknowledged through
                                                            the router
    unattributed    200 ms  ▍                           2%  no phase explains it
  writes/s    100 ▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▁▁▁▁▁▁▁▁▁▁▁▁▇▇▇
                       ▲ full backup at +5.0s
                                      ▲ the cluster is gone at +20.0s
                                      ▲ restore at +20.2s
                                                  ▲ first write at +32.0s
                                                    ▲ fully redundant at +45.0s
                  one column = 1 s
  setup     ttl 20 s, loop_wait 5 s, retry_timeout 5 s, synchronous_mode on, failsafe_mode off, fsync on,
            data_checksums on
            100 writes/s, 0 reads/s through router
            4 CPUs
hint: see what failed above; the run folder holds enough to judge it again
        hl runs check d1
files: .hl/runs/d1/
       hl runs show d1 --format html
`))

  it('of a refusal has what was refused and what to do as the main thing', () =>
    expect(text(refusal).split('\n').slice(0, 6)).toEqual([
      'PASS  refuse-gap                                                                                seed 7  run d1',
      '  a segment is missing from the archive',
      '  refused   ARCHIVE_GAP: segment 000000010000000000000004 is missing',
      '  next      hl backup list',
      '            restore to a moment before the gap',
      '  checks    3 of 3 passed: refused, nothing-restored, nothing-changed',
    ]))

  it('of a restore that was refused says so too, and of a refusal that never came', () => {
    const refused = judgeDrill(lossRun({firstWriteMs: null, restore: null, final: null, refusal: refusal.refusal}))
    expect(text(refused)).toContain('  refused   ARCHIVE_GAP')
    expect(text(refused)).toContain('  RTO             never recovered')
    expect(text(judgeDrill(refusalRun({refusal: null})))).toContain('  refused   no: the restore was not refused')
  })

  it('of a control says whether it was rejected', () => {
    const control = {...rewindDrill, nature: 'control', mustFail: ['precision']} as const
    const ids = rewindRun().record.final?.ledgerIds ?? []
    expect(text(judgeDrill(rewindRun({}, {ledgerIds: ids.slice(1)}, control)))).toContain(
      'rejected, and it was, by exactly the checks that must',
    )
    expect(text(judgeDrill(rewindRun({}, {}, control)))).toContain('it was NOT')
  })

  it('of an empty drill stands too', () => {
    const report = judgeDrill({
      record: {...lossRun().record, disaster: null, phases: [], firstWriteMs: null, restore: null, final: null},
      events: [],
      ops: [],
    })
    expect(text(report)).toContain('UNKNOWN  lose-cluster')
    expect(text(report)).not.toMatch(/NaN|Infinity|undefined/)
  })

  it('fits a narrow terminal', () => {
    for (const line of text(loss, 80).split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(84)
  })
})

it('lets no escape sequence of a message into the terminal', () => {
  const evil = 'a\u001b[2J\r\nb'
  const report = judgeDrill(refusalRun({refusal: {code: evil, message: evil, next: [evil]}}))
  expect(text(report)).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
})

it('has a JSON form that is the report itself', () => expect(JSON.parse(toJson(loss))).toEqual(loss))
