import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {parseRunbook} from './parse-runbook.ts'
import {placeholdersOf, withValues} from './runbook.ts'

const front = ['---', 'severity: info', 'scenario: x', 'blast: one', 'budget: 5m', 'cases: [stopped]', '---']
const page = (act: string): string =>
  [...front, '# A title', '## Symptom', 'It hurts.', '## Check: how', '## Act', act, '## Verify', 'Look.'].join('\n')
const fence = '```'

describe('a runbook', () => {
  it('has its blocks in order, those in lists too, each with what stands behind it', () => {
    const text = page(
      [
        '1. First:',
        `   ${fence}sh on=any`,
        '   patronictl list',
        `   ${fence}`,
        '   Expect `Leader`. Not: wait.',
        '',
        `${fence}text`,
        'a sample, which nobody carries out',
        fence,
        '',
        `${fence}sql on=<node> effect=changes case=stopped`,
        'SELECT 1;',
        fence,
        '**Not** this.',
      ].join('\n'),
    )
    const {runbook, problems} = parseRunbook('runbooks/a-name.md', text)
    expect(runbook).toMatchObject({name: 'a-name', path: 'runbooks/a-name.md', title: 'A title'})
    expect(runbook.sections.map(({title}) => title)).toEqual(['Symptom', 'Check: how', 'Act', 'Verify'])
    expect(runbook.blocks).toEqual([
      expect.objectContaining({
        line: 14,
        section: 'Act',
        text: 'patronictl list',
        on: 'any',
        expect: [{text: 'Leader', form: 'text', holds: true}],
      }),
      expect.objectContaining({line: 23, on: '<node>', effect: 'changes', inCase: 'stopped', expect: []}),
    ])
    expect(problems).toEqual([
      {file: 'runbooks/a-name.md', line: 23, problem: 'no paragraph behind the block says what to Expect'},
    ])
  })

  it.each([
    [page(`${fence}sh\n${fence}\nExpect: nothing.`), 'the block is empty'],
    [
      page(`${fence}sh case=gone\nhl status\n${fence}\nExpect: nothing.`),
      "case=gone is none of the front matter's cases",
    ],
    [page(`${fence}sh\nhl status\n${fence}\nExpect \`/(/\`.`), '/(/ is no regular expression'],
    [page('').replace('# A title\n', ''), 'has no title: a heading of the first rank'],
    [page('').replace('## Verify\n', ''), 'has no section Verify'],
  ])('that is wrong is told: %#', (text, problem) =>
    expect(parseRunbook('a.md', text).problems.map(each => each.problem)).toContain(problem),
  )

  const effect = fc.constantFrom('reads', 'changes', 'destroys')
  const place = fc.constantFrom('any', 'primary', 'pg1', '<node>')
  const line = fc.stringMatching(/^[a-z][a-z0-9 '"$|<>/-]{0,30}$/)
  const block = fc.record({
    effect,
    place,
    lines: fc.array(line, {minLength: 1, maxLength: 4}),
    code: fc.stringMatching(/^[a-z0-9]{1,9}$/),
  })
  it('of generated blocks holds them all, at their lines', () =>
    fc.assert(
      fc.property(fc.array(block, {maxLength: 6}), fc.boolean(), (blocks, crlf) => {
        const act = blocks
          .map(
            each =>
              `${fence}sh on=${each.place} effect=${each.effect}\n${each.lines.join('\n')}\n${fence}\nExpect \`${each.code}\`.\n`,
          )
          .join('\nWords between.\n\n')
        const text = page(act)
        const {runbook, problems} = parseRunbook('a.md', crlf ? text.replaceAll('\n', '\r\n') : text)
        expect(problems).toEqual([])
        expect(runbook.blocks.map(each => [each.on, each.effect, each.text, each.expect[0]?.text])).toEqual(
          blocks.map(each => [each.place, each.effect, each.lines.join('\n'), each.code]),
        )
        for (const each of runbook.blocks) expect(text.split('\n')[each.line - 1]).toMatch(/^```sh /)
      }),
    ))

  it('of any text is read without an error, and problems are at lines that are there', () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc
            .array(fc.constantFrom(...front, fence, `${fence}sh`, '# x', '> y', '1. z', '   w'))
            .map(all => all.join('\n')),
        ),
        text => {
          const {problems} = parseRunbook('a.md', text)
          for (const {line: at} of problems) expect(at).toBeLessThanOrEqual(text.split(/\r\n|\r|\n/).length)
        },
      ),
    ))
})

describe('placeholders', () => {
  it('are found in place and text, and filled where there is a value', () => {
    expect(placeholdersOf({on: '<node>', text: 'a <lab> <node> <Not> < no>'})).toEqual(['node', 'lab'])
    expect(withValues('<lab>/<node>', {lab: 'x'})).toBe('x/<node>')
  })
})
