import {describe, expect, it} from 'vitest'
import {passReport} from '../../test/golden/fixtures.ts'
import type {Report} from '../model/report.ts'
import {originFacts} from './origin-facts.ts'
import {plainTheme} from './theme.ts'
import {toHtml} from './to-html.ts'
import {toJson} from './to-json.ts'
import {toJunit} from './to-junit.ts'
import {toMarkdown} from './to-markdown.ts'
import {toText} from './to-text.ts'

const commit = '0123456789abcdef0123456789abcdef01234567'
const report: Report = {...passReport, origin: {note: 'before *the* move', commit, author: 'Ada L.'}}

describe('the origin of a run', () => {
  it('is said in every form', () => {
    const text = toText(report, plainTheme, {columns: 100})
    expect(text).toContain('  note      before *the* move\n  commit    0123456789ab by Ada L.\n')
    expect(toMarkdown(report)).toContain('**Note**: before \\*the\\* move  \n**Commit**: 0123456789ab by Ada L.')
    expect(toHtml(report)).toContain('note: before *the* move')
    expect(toJunit(report)).toContain(`<property name="commit" value="${commit}">`)
    expect(toJunit(report)).toContain('<property name="note" value="before *the* move">')
    expect(JSON.parse(toJson(report))).toMatchObject({origin: report.origin})
  })

  it('is only what is known', () => {
    expect(originFacts(passReport)).toEqual([])
    expect(originFacts({origin: {commit}})).toEqual([['commit', '0123456789ab']])
    expect(originFacts({origin: {note: 'x'}})).toEqual([['note', 'x']])
  })
})
