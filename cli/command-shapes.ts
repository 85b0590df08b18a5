// The shapes of all commands, from oclif's own metadata, for the lint of what documents tell people to type. PURE.
import type {Command} from '@oclif/core/command'
import type {CommandShape, FlagShape} from '../src/runbooks/check-command.ts'

type Described = Pick<Command.Loadable, 'id' | 'aliases' | 'args' | 'flags'>

export function commandShapes(commands: readonly Described[]): readonly CommandShape[] {
  return commands.map(({id, aliases, args, flags}) => {
    const all = Object.values(args)
    return {
      name: id.replaceAll(':', ' '),
      aliases: aliases.map(alias => alias.replaceAll(':', ' ')),
      flags: Object.fromEntries(Object.entries(flags).flatMap(([name, flag]) => spellings(name, flag))),
      argsMin: all.filter(({required}) => required === true).length,
      argsMax: all.length,
    }
  })
}

/** A flag under its name, its letter, and with `no-` where it can be said so. */
function spellings(name: string, flag: Described['flags'][string]): readonly (readonly [string, FlagShape])[] {
  const takesValue = flag.type === 'option'
  const options = takesValue && flag.options !== undefined ? flag.options : null
  const shape: FlagShape = {takesValue, options, required: flag.required === true}
  const others = [...(flag.char === undefined ? [] : [flag.char]), ...(isNegatable(flag) ? [`no-${name}`] : [])]
  return [[name, shape], ...others.map(each => [each, {...shape, required: false}] as const)]
}

const isNegatable = (flag: Described['flags'][string]): boolean => flag.type === 'boolean' && flag.allowNo
