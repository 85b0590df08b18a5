// Every `hl …` command in the documents is parsed by the real commands, with oclif's own parser: a flag or a name that
// is not there fails here and not at night.
// Not here: running them.
import {existsSync} from 'node:fs'
import {Flags, Parser, type Interfaces} from '@oclif/core'
import {describe, expect, it} from 'vitest'
import {failoverNames, recoveryNames, shardNames} from '../scenarios/index.ts'
import {fields} from '../src/config/fields.ts'
import {hintedCommands} from '../src/model/command-hint.ts'
import {readSources} from './architecture/read-sources.ts'
import {hintsIn, type Hint} from './architecture/hinted-commands.ts'
import {scenarioNamed} from '../src/runbooks/check-command.ts'
import {commandsIn, splitCommand, type Documented} from '../src/runbooks/commands-in.ts'
import {fillPlaceholders} from './architecture/fill-placeholders.ts'

const documents = readSources([
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'docs/*.md',
  'docs/decisions/*.md',
  'runbooks/**/*.md',
  'compose/README.md',
])
const documented = [...documents].flatMap(([path, text]) =>
  commandsIn(text).map(found => ({...found, at: `${path}:${found.line}`})),
)

interface CommandClass {
  readonly flags?: Interfaces.FlagInput
  readonly baseFlags?: Interfaces.FlagInput
  readonly args?: Interfaces.ArgInput
  readonly strict?: boolean
  readonly aliases?: readonly string[]
}

interface Loaded {
  readonly path: string
  readonly command: CommandClass | null
  readonly problem: string | null
}

/** Every command of cli/commands under its name and its aliases. One that cannot be loaded is there with the reason. */
async function loadCommands(): Promise<ReadonlyMap<string, Loaded>> {
  const loaded = new Map<string, Loaded>()
  for (const path of readSources(['cli/commands/**/*.ts']).keys()) {
    if (path.endsWith('.test.ts')) continue
    const {command, problem} = await loadCommand(path)
    const name = path.replace(/^cli\/commands\/|(\/index)?\.ts$/g, '').replaceAll('/', ' ')
    for (const each of [name, ...(command?.aliases ?? [])])
      loaded.set(each.replaceAll(':', ' '), {path, command, problem})
  }
  return loaded
}

async function loadCommand(path: string): Promise<Pick<Loaded, 'command' | 'problem'>> {
  try {
    const module: unknown = await import(new URL(`../${path}`, import.meta.url).href)
    const command = typeof module === 'object' && module !== null && 'default' in module ? module.default : null
    return isCommandClass(command)
      ? {command, problem: null}
      : {command: null, problem: `${path} has no default export that is a command`}
  } catch (error) {
    return {command: null, problem: firstLine(error)}
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).trim().split('\n')[0] ?? ''
const commands = await loadCommands()

/** Why the command is not one that hl takes; null when it is. */
async function problemOf(documented: Documented): Promise<string | null> {
  const found = splitCommand(documented.words, name => commands.has(name))
  const loaded = found === null ? undefined : commands.get(found.name)
  if (found === null || loaded === undefined) return `no command "${documented.text}"`
  if (loaded.command === null) return loaded.problem
  if (found.rest.includes('--help') || (found.rest.length === 0 && !documented.fenced)) return null
  const scenario = scenarioNamed(documented.words)
  const known: readonly string[] =
    loaded.path === 'cli/commands/drill.ts' ? recoveryNames : [...failoverNames, ...shardNames]
  if (scenario !== null && !known.includes(scenario)) return `no scenario "${scenario}"`
  const flags: Interfaces.FlagInput = {...loaded.command.baseFlags, ...loaded.command.flags, json: Flags.boolean()}
  try {
    const parsed = await Parser.parse([...fillPlaceholders(found.rest, flags)], {
      flags,
      args: loaded.command.args ?? {},
      strict: loaded.command.strict !== false,
    })
    return wrongSetting(parsed.flags)
  } catch (error) {
    return firstLine(error)
  }
}

/**
 * The first flag whose value its setting does not take (`--ttl soon`): flags are text for oclif, the table of settings
 * knows more.
 */
function wrongSetting(values: Readonly<Record<string, unknown>>): string | null {
  for (const field of Object.values(fields)) {
    const value = values[field.name]
    if (typeof value === 'string' && !value.startsWith('<') && field.parse(value) === null)
      return `--${field.name} cannot be ${value}`
  }
  return null
}

function isCommandClass(value: unknown): value is CommandClass {
  return typeof value === 'function' && 'baseFlags' in value && 'run' in value
}

describe('commands in documents', () => {
  it('are found at all', () => {
    expect(documented.length).toBeGreaterThan(50)
    expect(commands.size).toBeGreaterThan(10)
  })

  const distinct = [...new Map(documented.map(found => [found.text, found])).values()]
  it.each(distinct)('$text ($at)', async command => expect(await problemOf(command)).toBeNull())

  it.each([
    'hl frobnicate',
    'hl status --frobnicate',
    'hl faults mend --all',
    'hl failover --scenario no-such-scenario',
    'hl drill --scenario primary-crash',
    'hl failover --scenario primary-crash --ttl soon',
    'hl scenarios check',
  ])('would not be taken: %s', async text => {
    const [command] = commandsIn(`\`\`\`\n${text}\n\`\`\``)
    expect(command).toBeDefined()
    if (command !== undefined) expect(await problemOf(command)).not.toBeNull()
  })
})

/** Why none of the readings is a command of hl; null when one is. */
async function problemOfHint(hint: Hint): Promise<string | null> {
  const problems = await Promise.all(hint.readings.map(problemOf))
  return problems.includes(null) ? null : (problems[0] ?? null)
}

describe('commands that hints name', () => {
  it.each(Object.entries(hintedCommands))('%s is there and takes its flags', (name, {lab, flags}) => {
    const command = commands.get(name)?.command
    const known = Object.keys({...command?.baseFlags, ...command?.flags, json: true})
    expect(command).toBeTruthy()
    expect([...flags, ...(lab ? ['lab'] : [])].filter(flag => !known.includes(flag.replace(/^no-/, '')))).toEqual([])
  })
})

describe('commands in hints and errors', () => {
  /** Sentences about hl, and the name under which it connects: no commands. */
  const prose = ['hl load', 'hl takes', 'hl then']
  const hints = hintsIn(readSources(['src/**/*.ts', 'cli/**/*.ts'])).filter(
    hint => !prose.some(start => hint.readings[0]?.text.startsWith(`${start} `)),
  )
  it('are found at all', () => expect(hints.length).toBeGreaterThan(10))
  it.each(hints.map(hint => ({...hint, text: hint.readings[0]?.text ?? ''})))('$text ($at)', async hint =>
    expect(await problemOfHint(hint)).toBeNull(),
  )

  it('that hl would not take are found, prose after a command is not', async () => {
    const text =
      "const a = {next: ['hl scenarios show primary-crash prints one', `run this: hl mend ${name}`, 'hl scenarios show primary-crash --frobnicate shows', 'ask hl a question']}"
    const found = hintsIn(new Map([['src/a/x.ts', text]]))
    expect(await Promise.all(found.map(problemOfHint))).toEqual([
      null,
      'no command "hl mend <x>"',
      expect.stringContaining('frobnicate'),
    ])
  })
})

/** Relative links whose target is not there. */
function brokenLinks(path: string, text: string): readonly string[] {
  const targets = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
    .map(match => match[1] ?? '')
    .filter(target => !/^[a-z]+:/.test(target))
  return targets
    .filter(target => !existsSync(new URL(target, new URL(`../${path}`, import.meta.url))))
    .map(target => `${path} -> ${target}`)
}

describe('links in documents', () => {
  it('lead to files that are there', () =>
    expect([...documents].flatMap(([path, text]) => brokenLinks(path, text))).toEqual([]))
  it('that lead nowhere are found', () =>
    expect(brokenLinks('docs/x.md', '[a](measuring.md#trials) [b](gone.md) [c](https://example.org)')).toEqual([
      'docs/x.md -> gone.md',
    ]))
})

describe('finding commands', () => {
  it('reads inline code, fenced blocks and prompts, and nothing else', () => {
    const text = [
      'Run `hl up` and `hl down --volumes`; hl is a program, `hl` alone is not checked.',
      '```sh',
      '$ hl status --check   # health',
      'hl failover \\',
      '  --seed 7 && hl runs list',
      'npm test',
      '```',
      '- `other up`',
    ].join('\n')
    expect(commandsIn(text).map(found => [found.line, found.text])).toEqual([
      [1, 'hl up'],
      [1, 'hl down --volumes'],
      [3, 'hl status --check'],
      [4, 'hl failover --seed 7'],
      [4, 'hl runs list'],
    ])
  })

  it('keeps quoted words together and drops brackets, pipes and redirections', () => {
    expect(commandsIn('`hl psql --node pg1 -- -c "SELECT 1" | less`')[0]?.words).toEqual([
      'psql',
      '--node',
      'pg1',
      '--',
      '-c',
      'SELECT 1',
    ])
    expect(commandsIn('`hl doctor [--fix]`')[0]?.words).toEqual(['doctor', '--fix'])
    expect(commandsIn('`hl runs show latest --format json > report.json`')[0]?.words).toEqual([
      'runs',
      'show',
      'latest',
      '--format',
      'json',
    ])
  })

  it('finds the longest name, topics and aliases included', () => {
    const exists = (name: string): boolean => ['runs', 'runs show', 'up'].includes(name)
    expect(splitCommand(['runs', 'show', 'latest'], exists)).toEqual({name: 'runs show', rest: ['latest']})
    expect(splitCommand(['runs', '--json'], exists)).toEqual({name: 'runs', rest: ['--json']})
    expect(splitCommand(['runs', 'burn'], exists)).toEqual({name: 'runs', rest: ['burn']})
    expect(splitCommand(['down'], exists)).toBeNull()
  })
})
