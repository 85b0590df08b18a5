import {describe, expect, it} from 'vitest'
import {commandProblem, scenarioNamed, type CommandShape} from './check-command.ts'
import {commandsIn} from './commands-in.ts'

const flag = (more: Partial<CommandShape['flags'][string]> = {}) => ({
  takesValue: false,
  options: null,
  required: false,
  ...more,
})
const shapes: readonly CommandShape[] = [
  {name: 'status', aliases: [], flags: {check: flag(), lab: flag({takesValue: true})}, argsMin: 0, argsMax: 0},
  {name: 'runs show', aliases: [], flags: {format: flag({takesValue: true, options: ['md']})}, argsMin: 0, argsMax: 1},
  {name: 'runs list', aliases: ['runs'], flags: {}, argsMin: 0, argsMax: 0},
  {name: 'nodes rebuild', aliases: [], flags: {y: flag()}, argsMin: 1, argsMax: 1},
  {name: 'faults inject', aliases: [], flags: {node: flag({takesValue: true, required: true})}, argsMin: 1, argsMax: 1},
]

const problemOf = (text: string): string | null => {
  const [command] = commandsIn(`\`\`\`\n${text}\n\`\`\``)
  if (command === undefined) throw new Error(`${text} is no command`)
  return commandProblem(command, shapes)
}

describe('a command', () => {
  it.each([
    'hl status --check --lab <name>',
    'hl status --lab=x',
    'hl runs',
    'hl runs show latest --format md',
    'hl runs show --format <form>',
    'hl nodes rebuild pg2 -y',
    'hl nodes rebuild --help',
    'hl faults inject partition --node pg1',
    'hl help failover',
    'hl --version',
  ])('that hl takes: %s', text => expect(problemOf(text)).toBeNull())

  it.each([
    ['hl frobnicate', 'there is no command "hl frobnicate"'],
    ['hl status --frobnicate', 'hl status takes no --frobnicate'],
    ['hl status --constructor', 'hl status takes no --constructor'],
    ['hl status --lab', 'hl status --lab needs a value'],
    ['hl status pg1', 'hl status takes 0 arguments, not 1'],
    ['hl runs show --format odt', 'hl runs show --format takes md, not odt'],
    ['hl nodes rebuild', 'hl nodes rebuild needs 1 arguments, not 0'],
    ['hl nodes rebuild -- pg1 pg2', 'hl nodes rebuild takes 1 arguments, not 2'],
    ['hl faults inject partition', 'hl faults inject needs --node'],
  ])('that it does not: %s', (text, problem) => expect(problemOf(text)).toBe(problem))

  it('that is only named in prose needs no arguments', () => {
    const [command] = commandsIn('`hl nodes rebuild` makes it anew')
    if (command === undefined) throw new Error('none is found')
    expect(commandProblem(command, shapes)).toBeNull()
  })

  it.each([
    ['failover --scenario x', 'x'],
    ['drill y --keep', 'y'],
    ['scenarios show z', 'z'],
    ['failover ./mine.ts', null],
    ['failover --scenario <name>', null],
    ['failover --keep', null],
    ['status', null],
  ])('%s names the scenario %s', (text, scenario) => expect(scenarioNamed(text.split(' '))).toBe(scenario))
})
