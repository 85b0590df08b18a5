import {describe, expect, it} from 'vitest'
import {notRefusedReport, recoveryReports, refusalReport, slowReport} from '../../test/golden/fixture-recovery.ts'
import {failReport} from '../../test/golden/fixtures.ts'
import {toMarkdown} from './to-markdown.ts'

describe('the document of a recovery', () => {
  it('has the verdict, the figures, the backup, the parts, the checks and the command', () => {
    const text = toMarkdown(slowReport)
    for (const line of [
      '## ✅ pass: lose-cluster',
      '| RTO | 20.00 s | at most 1m 0s | pass | predicted 12.00 s, it took 1.67x of that |',
      '| lost writes | 5 |  |  | of 2,300 acknowledged: the newest 50 ms, 256 B of WAL, at 100 writes/s |',
      '| backup | full full-1 of pg2, 48 MB, timeline 1, ended 2026-01-01T00:00:05.000Z |',
      '**Where the 20.00 s went**',
      '| fetch | 5.00 s | 25% | ███ | copying 48 MB of base backup, 9.5 MB/s |',
      '| ✅ pass | amcheck | no index is damaged |',
      'hl drill --scenario lose-cluster --seed 7',
    ])
      expect(text).toContain(line)
    for (const report of recoveryReports) expect(toMarkdown(report)).not.toMatch(/NaN|Infinity|undefined/)
  })

  it('shows the verdict, the figures, the parts and what did not pass, and folds the rest', () => {
    const [seen = '', folded = ''] = toMarkdown(failReport).split('<details>')
    const [first] = failReport.checks.filter(({verdict}) => verdict !== 'pass')
    for (const text of ['## ❌ fail', '| measured |', '**Where the', first?.name ?? 'none', '**Hint**'])
      expect(seen.replaceAll('\\', '')).toContain(text)
    expect(seen).not.toContain('✅ pass')
    for (const text of ['✅ pass', '**Ran on**', 'Repeat it:']) expect(folded).toContain(text)
    expect(folded).toMatch(/<\/details>\n$/)
  })

  it('of a refusal has what was refused first, and no table of figures', () => {
    const text = toMarkdown(refusalReport)
    expect(text).toContain(
      '**Refused with ARCHIVE\\_GAP**: segment 000000010000000000000004 is missing\n\n- next: hl backup list\n- next: restore to a moment before the gap\n',
    )
    expect(text).not.toContain('| measured |')
    expect(toMarkdown(notRefusedReport)).toContain('was **not**')
  })

  it('lets no text of a record become markup', () => {
    const refusal = {code: '<b>', message: '[x](http://y) | z', next: ['`a`']}
    expect(toMarkdown({...refusalReport, refusal})).not.toMatch(/<b>|\[x\]\(|[^\\]\| z|^- next: `a`/m)
  })
})
