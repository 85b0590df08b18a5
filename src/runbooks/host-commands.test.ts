import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {shellWord} from '../model/shell-word.ts'
import {hostCommands} from './host-commands.ts'

describe('commands on the host', () => {
  it('are those of hl, a line each', () =>
    expect(hostCommands('# first look\nhl status --check\nhl psql \\\n  "SELECT \'a\', b[1]" --node <node>\n')).toEqual(
      {
        commands: [
          ['status', '--check'],
          ['psql', "SELECT 'a', b[1]", '--node', '<node>'],
        ],
        problems: [],
      },
    ))

  it.each([
    ['rm -rf /', 'is no command of hl'],
    ['hl', 'is no command of hl'],
    ['hl status | head', 'needs a shell'],
    ['hl status && rm x', 'needs a shell'],
    ['hl status; rm x', 'needs a shell'],
    ['hl status > x', 'needs a shell'],
    ['hl psql "$(rm x)"', 'needs a shell'],
    ['hl psql `rm x`', 'needs a shell'],
    ['hl psql "SELECT 1', 'needs a shell'],
    ['hl logs pg*', 'needs a shell'],
  ])('%s: %s', (text, problem) => {
    const {commands, problems} = hostCommands(text)
    expect(commands).toEqual([])
    expect(problems.join()).toContain(problem)
  })

  it('has the words that a shell would take', () =>
    fc.assert(
      fc.property(
        fc.array(
          fc.stringMatching(/^[ -~]{1,12}$/).filter(word => !/['\\$`]/.test(word)),
          {minLength: 1},
        ),
        words => {
          expect(hostCommands(`hl ${words.map(shellWord).join(' ')}`)).toEqual({commands: [words], problems: []})
        },
      ),
    ))

  it('never takes a line that a shell would make more of', () =>
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('|', '&', ';', '>', '<', '`', '$', '('), (text, sign) => {
        const line = `hl ${text.replaceAll(/["'\n\\]/g, '')} ${sign}`
        expect(hostCommands(line).commands).toEqual([])
      }),
    ))
})
