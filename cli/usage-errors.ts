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
  const message = inOurWords(
    lines.filter(line => line !== '' && !/^(The following errors? occurred:|See more help)/.test(line)).join('; '),
  )
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

/** What oclif says (5.1, src/parser/errors.ts, src/flags.ts), and what we do: subject, verb, object. */
const translations: readonly (readonly [RegExp, string])[] = [
  [/Nonexistent flags?: (\S+(?:, \S+)*)/g, 'there is no $1'],
  [/Unexpected arguments?: (.+)/g, '"$1" is one word too many'],
  [/Missing required flag:? (?:--)?([\w-]+)/g, '--$1 is missing'],
  [/Missing \d+ required args?:;? ?(\w+) {2,}(.*)/g, 'the argument $1 is missing: $2'],
  [/Flag --([\w-]+) expects (?:a value|one of these values: (.*))/g, '--$1 needs a value $2'],
  [/Expected --([\w-]+)=(.*?) to be one of: (.*)/g, '--$1 takes one of $3, not $2'],
  [/Parsing --([\w-]+)[;\s]+Expected an integer but received: (.*)/g, '--$1 takes a whole number, not $2'],
  [
    /Parsing --([\w-]+)[;\s]+Expected an integer greater than or equal to (\d+) but received: (.*)/g,
    '--$1 takes a whole number from $2 on, not $3',
  ],
  [
    /Parsing --([\w-]+)[;\s]+Expected an integer less than or equal to (\d+) but received: (.*)/g,
    '--$1 takes a whole number up to $2, not $3',
  ],
  [/--([\w-]+)=(.*?) cannot also be provided when using --([\w-]+)/g, '--$1 and --$3 exclude each other'],
]

const inOurWords = (message: string): string =>
  translations.reduce((text, [pattern, words]) => text.replaceAll(pattern, words), message).trim()
