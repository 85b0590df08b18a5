// Wrong command lines, as HlError USAGE with the nearest right word. PURE but for reading the command tree.
import type {Config} from '@oclif/core'
import {HlError} from '../src/model/errors.ts'
import {closest} from './closest.ts'

/** The error for a command that does not exist; null when it exists, or is help or a topic. */
export function unknownCommand(argv: readonly string[], config: Config): HlError | null {
  const words = argv.filter((word, index) => !word.startsWith('-') && argv.slice(0, index).every(before => !before.startsWith('-')))
  if (words.length === 0 || words[0] === 'help') return null
  for (let length = words.length; length > 0; length--) {
    const id = words.slice(0, length).join(':')
    if (config.findCommand(id) !== undefined || config.findTopic(id) !== undefined) return null
  }
  const near = closest(words[0] ?? '', config.commandIDs.map(id => id.split(':')[0] ?? id))
  return new HlError('USAGE', `"${words.join(' ')}" is not a command of hl`, {next: [near === null ? 'hl --help lists the commands' : `did you mean: hl ${near}`]})
}

/** oclif's own parse errors (unknown flag, missing argument, bad option) in our shape; null when it is not one of those. */
export function parseError(error: unknown, flagNames: readonly string[]): HlError | null {
  if (!(error instanceof Error) || !('oclif' in error) || !('parse' in error || error.constructor.name.endsWith('Error'))) return null
  const lines = error.message.split('\n').map(line => line.trim())
  const message = lines.filter(line => line !== '' && !/^(The following errors? occurred:|See more help)/.test(line)).join('; ')
  const wrongFlag = /Nonexistent flags?: (--?[^\s,]+)/.exec(error.message)?.[1]
  const near = wrongFlag === undefined ? null : closest(wrongFlag, flagNames.map(name => `--${name}`))
  return new HlError('USAGE', message === '' ? 'wrong usage' : message, {next: [near === null ? 'add --help to see the flags and arguments' : `did you mean ${near}`], cause: error})
}
