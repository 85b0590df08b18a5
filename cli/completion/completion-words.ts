// What may stand where on a command line, from the commands' own metadata. PURE. Invariant: a new command or flag is
// there by itself; which names of this machine a value is one of stands in one table, every line of which a test finds
// used. Not here: how a shell is told (bash-completion.ts, fish-completion.ts).
import type {Command} from '@oclif/core/command'
import type {Config} from '@oclif/core/config'
import {failoverNames, recoveryNames, shardNames} from '../../scenarios/index.ts'
import {faultTypes} from '../../src/faults/fault-action.ts'
import {selectors} from '../../src/model/scenario.ts'

export interface FlagWords {
  /** `--scenario`, `-s`. */
  readonly names: readonly string[]
  readonly says: string
  /** What its value may be; empty: anything. null: it takes none. */
  readonly takes: readonly string[] | null
}

export interface CommandWords {
  /** `backups create`. */
  readonly path: string
  readonly flags: readonly FlagWords[]
  /** What each argument may be, by its place. */
  readonly args: readonly (readonly string[])[]
}

export interface NextWord {
  readonly word: string
  readonly says: string
}

export interface CompletionWords {
  readonly commands: readonly CommandWords[]
  /** What may follow the words of a path; '' is the program alone. */
  readonly next: ReadonlyMap<string, readonly NextWord[]>
}

const failovers = [...failoverNames, ...shardNames]
const all = [...failovers, ...recoveryNames]

/**
 * By the command and the flag or argument, or by that alone. Names in angle brackets are those that only this machine
 * knows: a shell asks for them when they are wanted.
 */
export const valuesOf: Readonly<Record<string, readonly string[]>> = {
  '--lab': ['<labs>'],
  '--confirm': ['<labs>'],
  '--node': ['<nodes>'],
  '--shard': ['<shards>'],
  '--config': ['<files>'],
  '--report': ['<files>'],
  '--baseline': ['<files>'],
  '--identity': ['<files>'],
  '--folder': ['<files>'],
  '--metrics-file': ['<files>'],
  'faults inject --node': [...selectors, '<services>'],
  'switchover --to': ['<nodes>'],
  'shards move --to': ['<shards>'],
  'shards split --to': ['<shards>'],
  'failover --scenario': [...failovers, '<files>'],
  'drill --scenario': [...recoveryNames, '<files>'],
  'scenarios init --from': all,
  'failover scenario': [...failovers, '<files>'],
  'drill scenario': [...recoveryNames, '<files>'],
  'scenarios show scenario': [...all, '<files>'],
  'faults inject kind': Object.keys(faultTypes),
  'node': ['<nodes>'],
  'service': ['<services>'],
  'run': ['<runs>'],
  'a': ['<runs>'],
  'b': ['<runs>'],
  'file': ['<files>'],
  'shards drain shard': ['<shards>'],
  'shards split shard': ['<shards>'],
}

type Listed = Pick<Command.Loadable, 'id' | 'summary' | 'hidden' | 'flags' | 'args'>

/** Of every command that is shown, in the order of their names. */
export function completionWords({
  commands,
  topics,
}: Pick<Config, 'topics'> & {readonly commands: readonly Listed[]}): CompletionWords {
  const shown = commands.filter(({hidden}) => !hidden).toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const says = (id: string): string =>
    (
      topics.find(({name}) => name === id)?.description ??
      shown.find(command => command.id === id)?.summary ??
      ''
    ).trim()
  const next = new Map<string, NextWord[]>()
  for (const {id} of shown) {
    const parts = id.split(':')
    for (const [depth, word] of parts.entries()) {
      const before = next.get(parts.slice(0, depth).join(' ')) ?? []
      if (!before.some(other => other.word === word))
        before.push({word, says: says(parts.slice(0, depth + 1).join(':'))})
      next.set(parts.slice(0, depth).join(' '), before)
    }
  }
  return {commands: shown.map(wordsOf), next}
}

function wordsOf({id, flags, args}: Listed): CommandWords {
  const path = id.replaceAll(':', ' ')
  const valueOf = (name: string, options: readonly string[] | undefined): readonly string[] =>
    options ?? valuesOf[`${path} ${name}`] ?? valuesOf[name] ?? []
  return {
    path,
    flags: Object.entries(flags)
      .filter(([, {hidden}]) => hidden !== true)
      .map(([name, flag]) => ({
        names: [`--${name}`, ...(flag.char === undefined ? [] : [`-${flag.char}`])],
        says: (flag.summary ?? flag.description ?? '').trim(),
        takes: flag.type === 'option' ? valueOf(`--${name}`, flag.options) : null,
      })),
    args: Object.entries(args).map(([name, {options}]) => valueOf(name, options)),
  }
}

/** Those cases of a shell's `case` or `switch` that say the same, together: first what is said, then the cases. */
export function grouped(cases: readonly (readonly [pattern: string, said: string])[]): ReadonlyMap<string, string[]> {
  const found = new Map<string, string[]>()
  for (const [pattern, said] of cases) found.set(said, [...(found.get(said) ?? []), pattern])
  return found
}
