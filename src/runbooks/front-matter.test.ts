import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {readFront} from './front-matter.ts'

const good = [
  '---',
  'alerts: [HlNodeDown, HlOther]',
  'severity: warning',
  'scenario: primary-crash',
  'blast: one node; the rest goes on',
  'budget: 5m',
  'cases: [stopped]',
  '---',
  '# A node',
].join('\n')

describe('front matter', () => {
  it('is read, and the lines of the rest stay where they are', () => {
    const {front, body, problems} = readFront(good)
    expect(problems).toEqual([])
    expect(front).toEqual({
      alerts: ['HlNodeDown', 'HlOther'],
      severity: 'warning',
      scenario: 'primary-crash',
      unrehearsed: null,
      blast: 'one node; the rest goes on',
      budgetMs: 300_000,
      cases: ['stopped'],
    })
    expect(body.split('\n').indexOf('# A node')).toBe(8)
  })

  it.each([
    ['budget: 5m', 'budget: soon', 6, 'budget is a duration such as 5m, not soon'],
    ['severity: warning', 'severity: bad', 3, 'severity is one of critical, warning, info, none, not bad'],
    ['alerts: [HlNodeDown, HlOther]', 'alerts: HlNodeDown', 2, 'alerts is a list such as [a, b], not HlNodeDown'],
    ['blast: one node; the rest goes on', 'blast: one: two', 5, 'a value with ": " or " #" in it is no YAML'],
    ['budget: 5m', 'budget: 5m\nbudget: 6m', 7, 'budget is said twice'],
    ['cases: [stopped]', 'owner: me', 7, '"owner: me" is none of alerts, severity'],
    ['scenario: primary-crash', 'unrehearsed: none\nscenario: x', 4, 'says either its scenario, or unrehearsed'],
    ['budget: 5m\n', '', 1, 'budget is missing'],
  ])('instead of %s: %s is told at line %i', (from, to, line, problem) => {
    const {problems} = readFront(good.replace(from, to))
    expect(problems.map(found => [found.line, found.problem])).toContainEqual([line, expect.stringContaining(problem)])
  })

  it('that is not there, or does not end, is one problem', () => {
    for (const text of ['# A node', '---\nseverity: info\n# A node'])
      expect(readFront(text).problems).toEqual([{line: 1, problem: expect.stringContaining('no front matter')}])
  })

  it('keeps the number of lines, whatever the text', () =>
    fc.assert(
      fc.property(fc.array(fc.constantFrom('---', 'severity: info', '# x', '', 'cases: [a]', 'x: y')), lines => {
        const text = lines.join('\n')
        const {body, problems} = readFront(text)
        expect(body.split('\n')).toHaveLength(text.split('\n').length)
        for (const {line} of problems) expect(line).toBeLessThanOrEqual(text.split('\n').length)
      }),
    ))
})
