// Is it a command that hl takes? By the shapes of all commands, which the command line tells. PURE. Not here: oclif's
// own parser, which knows more (test/runbooks.test.ts).
import {splitCommand, type Documented} from './commands-in.ts'

export interface FlagShape {
  readonly takesValue: boolean
  readonly options: readonly string[] | null
  readonly required: boolean
}

export interface CommandShape {
  /** `runs list`. */
  readonly name: string
  readonly aliases: readonly string[]
  /** By name without dashes; a short one under its letter, and `no-…` where a flag can be said so. */
  readonly flags: Readonly<Record<string, FlagShape>>
  /** Those that have to be there. */
  readonly argsMin: number
  readonly argsMax: number
}

/** Commands of plugins: their words are not ours to know. */
const ofPlugins: ReadonlySet<string> = new Set(['help'])

/** Why hl would not take the command; null: it would. Inline code may name a command without all that it needs. */
export function commandProblem(command: Documented, shapes: readonly CommandShape[]): string | null {
  if (ofPlugins.has(command.words[0] ?? '') || command.words[0]?.startsWith('--') === true) return null
  const byName = new Map(shapes.flatMap(shape => [shape.name, ...shape.aliases].map(name => [name, shape] as const)))
  const found = splitCommand(command.words, name => byName.has(name))
  const shape = found === null ? undefined : byName.get(found.name)
  if (found === null || shape === undefined) return `there is no command "${command.text}"`
  if (found.rest.length === 0 && !command.fenced) return null
  return wordsProblem(found.name, found.rest, shape)
}

function wordsProblem(name: string, words: readonly string[], shape: CommandShape): string | null {
  const given = new Set<string>()
  let args = 0
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ''
    if (word === '--help' || word === '-h') return null
    if (word === '--') {
      args += words.length - index - 1
      break
    }
    const [, flag, glued] = /^--?([a-zA-Z][\w-]*)(?:=(.*))?$/.exec(word) ?? []
    if (flag === undefined) {
      args++
      continue
    }
    const known = Object.hasOwn(shape.flags, flag) ? shape.flags[flag] : undefined
    if (known === undefined) return `hl ${name} takes no ${word}`
    given.add(flag)
    if (!known.takesValue) continue
    const value = glued ?? words[++index]
    if (value === undefined) return `hl ${name} ${word} needs a value`
    if (known.options !== null && !/^<.*>$/.test(value) && !known.options.includes(value))
      return `hl ${name} ${word} takes ${known.options.join(', ')}, not ${value}`
  }
  if (args > shape.argsMax) return `hl ${name} takes ${shape.argsMax} arguments, not ${args}`
  if (args < shape.argsMin) return `hl ${name} needs ${shape.argsMin} arguments, not ${args}`
  const missing = Object.entries(shape.flags).find(([flag, {required}]) => required && !given.has(flag))
  return missing === undefined ? null : `hl ${name} needs --${missing[0]}`
}

/** The scenario that the words name, by flag or as an argument; null for none, a file or a placeholder. */
export function scenarioNamed(words: readonly string[]): string | null {
  const at = words.indexOf('--scenario')
  const takesOne = words[0] === 'failover' || words[0] === 'drill' ? words[1] : undefined
  const shown = words[0] === 'scenarios' && words[1] === 'show' ? words[2] : undefined
  const name = at >= 0 ? words[at + 1] : (takesOne ?? shown)
  return name === undefined || /^[-./<]/.test(name) ? null : name
}
