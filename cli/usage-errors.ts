// Wrong command lines, as HlError USAGE with the nearest right word. PURE but for reading the command tree.
import type {Config} from '@oclif/core/config'
import {HlError} from '../src/model/errors.ts'
import {closest} from './closest.ts'

/** The error for a command that does not exist; null when it exists, or is help or a topic. */
export function unknownCommand(argv: readonly string[], config: Config): HlError | null {
  const firstFlag = argv.findIndex(word => word.startsWith('-'))
  const words = argv.slice(argv[0] === 'help' ? 1 : 0, firstFlag === -1 ? undefined : firstFlag)
  const [first] = words
  if (first === undefined) return null
  const command = config.findCommand(first)
  const below = config.commandIDs.filter(id => id.startsWith(`${first}:`)).map(id => id.replaceAll(':', ' '))
  const isWord = command !== undefined || below.length > 0
  const typed = isWord && words[1] !== undefined ? `${first} ${words[1]}` : first
  const takesWords = Object.keys(command?.args ?? {}).length > 0
  if (typed === first ? isWord : takesWords || below.includes(typed)) return null
  const near = closest(typed, isWord ? below : config.commandIDs.map(id => id.split(':')[0] ?? id))
  const otherwise = isWord ? `hl ${first} --help shows what it takes` : 'hl --help lists the commands'
  return new HlError('USAGE', `"${typed}" is not a command of hl`, {
    next: [near === null ? otherwise : `did you mean: hl ${near}`],
  })
}

/**
 * oclif's own parse errors (unknown flag, missing argument, bad option) in our shape; null when it is not one of those.
 */
export function parseError(error: unknown, flagNames: readonly string[]): HlError | null {
  if (
    !(error instanceof Error) ||
    !('oclif' in error) ||
    !('parse' in error || error.constructor.name.endsWith('Error'))
  )
    return null
  const lines = error.message.split('\n').map(line => line.trim())
  const message = lines
    .filter(line => line !== '' && !/^(The following errors? occurred:|See more help)/.test(line))
    .join('; ')
  const wrongFlag = /Nonexistent flags?: (--?[^\s,]+)/.exec(error.message)?.[1]
  const near =
    wrongFlag === undefined
      ? null
      : closest(
          wrongFlag,
          flagNames.map(name => `--${name}`),
        )
  return new HlError('USAGE', message === '' ? 'wrong usage' : message, {
    next: [near === null ? 'add --help to see the flags and arguments' : `did you mean ${near}`],
    cause: error,
  })
}
