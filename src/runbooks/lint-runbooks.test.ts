import {describe, expect, it} from 'vitest'
import {lintRunbooks, type Linted} from './lint-runbooks.ts'

const fence = '```'
const runbook = [
  '---',
  'alerts: [HlNodeDown]',
  'severity: warning',
  'scenario: primary-crash',
  'blast: one',
  'budget: 5m',
  '---',
  '# A node',
  '## Symptom',
  '## Check',
  `${fence}sh`,
  'hl status --check',
  fence,
  'Expect `healthy`.',
  '## Act',
  'See `hl failover --scenario primary-crash`.',
  '## Verify',
].join('\n')

const rule = (alert: string, page: string): string =>
  [
    'groups:',
    '  - name: g',
    '    rules:',
    `      - alert: ${alert}`,
    '        expr: up == 0',
    '        labels: {severity: warning}',
    '        annotations:',
    `          runbook: ${page}`,
  ].join('\n')

const noFlag = {takesValue: false, options: null, required: false}
const good: Linted = {
  runbooks: [{path: 'runbooks/a.md', text: runbook}],
  errorPages: [{path: 'runbooks/errors/USAGE.md', text: '`hl status`'}],
  rules: [{path: 'rules.yml', text: rule('HlNodeDown', 'runbooks/a.md')}],
  errorCodes: ['USAGE'],
  scenarios: ['primary-crash'],
  commands: [
    {name: 'status', aliases: [], flags: {check: noFlag}, argsMin: 0, argsMax: 0},
    {name: 'failover', aliases: [], flags: {scenario: {...noFlag, takesValue: true}}, argsMin: 0, argsMax: 1},
  ],
}
const changed = (from: string, to: string): Linted => ({
  ...good,
  runbooks: [{path: 'runbooks/a.md', text: runbook.replace(from, to)}],
})
const of = (linted: Linted): readonly string[] =>
  lintRunbooks(linted).map(({file, line, problem}) => `${file}:${line}: ${problem}`)

describe('lint', () => {
  it('finds nothing where nothing is wrong', () => expect(of(good)).toEqual([]))

  it.each<readonly [string, Linted, readonly string[]]>([
    [
      'an alert that no runbook has',
      {...good, rules: [...good.rules, {path: 'b.yml', text: rule('HlOther', 'runbooks/a.md')}]},
      ['b.yml:4: HlOther is in the front matter of no runbook'],
    ],
    [
      'an alert that two have',
      {...good, runbooks: [...good.runbooks, {path: 'runbooks/b.md', text: runbook}]},
      ['rules.yml:4: HlNodeDown has 2 runbooks: runbooks/a.md, runbooks/b.md'],
    ],
    [
      'a rule that names another page',
      {...good, rules: [{path: 'rules.yml', text: rule('HlNodeDown', 'runbooks/b.md')}]},
      ['rules.yml:4: HlNodeDown names runbooks/b.md, and is in runbooks/a.md'],
    ],
    [
      'an alert that is none',
      changed('[HlNodeDown]', '[HlNodeDown, HlGone]'),
      ['runbooks/a.md:1: no rule has the alert HlGone'],
    ],
    [
      'a severity that is not that of the alerts',
      changed('severity: warning', 'severity: critical'),
      ['runbooks/a.md:1: the most urgent of its alerts is warning, and its severity critical'],
    ],
    [
      'an error without a page',
      {...good, errorCodes: ['USAGE', 'BUG']},
      ['runbooks/errors/BUG.md:1: the error BUG has no page'],
    ],
    ['a page without an error', {...good, errorCodes: []}, ['runbooks/errors/USAGE.md:1: belongs to no error']],
    [
      'a command that is none, in an error page too',
      {...good, errorPages: [{path: 'runbooks/errors/USAGE.md', text: 'x\n`hl gone`'}]},
      ['runbooks/errors/USAGE.md:2: there is no command "hl gone"'],
    ],
    ['a flag that is none', changed('--check', '--chekc'), ['runbooks/a.md:12: hl status takes no --chekc']],
    [
      'a scenario that is none',
      changed('scenario: primary-crash', 'scenario: gone'),
      ['runbooks/a.md:1: there is no scenario gone'],
    ],
    [
      'a scenario in a command',
      changed('--scenario primary-crash', '--scenario gone'),
      ['runbooks/a.md:16: there is no scenario gone'],
    ],
    [
      'a shell on the host',
      changed('hl status --check', 'curl -s http://127.0.0.1'),
      ['runbooks/a.md:11: "curl -s http://127.0.0.1" is no command of hl, and nothing else is carried out on the host'],
    ],
    [
      'a block without what to expect',
      changed('Expect `healthy`.', 'Good.'),
      ['runbooks/a.md:11: no paragraph behind the block says what to Expect'],
    ],
  ])('finds %s', (_what, linted, problems) => expect(of(linted)).toEqual(problems))
})
