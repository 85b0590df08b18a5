// Flags and arguments of commands that move groups. Not here: what follows from them (move-command.ts).
import {Args, Flags} from '@oclif/core'
import {HlError} from '../src/model/errors.ts'
import {dryRunFlag} from './experiment-flags.ts'

const yesFlag = {yes: Flags.boolean({char: 'y', description: 'do not ask'})}

/** Of commands that plan moves. */
export const movingFlags = {
  ...dryRunFlag,
  ...yesFlag,
  finish: Flags.boolean({
    description: 'close the way back of the last move too, and remove its rows from where it came',
    default: false,
  }),
}

/** By what shards are made alike. */
export const byFlag = {
  by: Flags.option({
    description: 'what is shared: rows, bytes, groups, or load, as --load tells it',
    options: ['rows', 'bytes', 'groups', 'load'] as const,
    default: 'bytes' as const,
  })(),
  load: Flags.string({
    description: 'statements per second of a group, with --by load; repeatable',
    helpValue: '<group>=<n>',
    multiple: true,
    multipleNonGreedy: true,
  }),
}

/** Of commands that go on with a move. */
export const verbFlags = {
  ...dryRunFlag,
  ...yesFlag,
  'take-over': Flags.boolean({
    description: 'end the connections of the process that runs it now: only where that is dead and does not seem so',
    default: false,
  }),
}
export const moveArg = {id: Args.string({description: 'the move; the only one that is under way when absent'})}

/** How even, and whose share is how large. */
export const shareFlags = {
  weight: Flags.string({
    description: 'the share of a shard, 1 where none is given, 0 leaves it empty; repeatable',
    helpValue: '<shard>=<n>',
    multiple: true,
    multipleNonGreedy: true,
  }),
  tolerance: Flags.string({
    description: 'how far a shard may be from its share, of that share (default 0.05)',
    helpValue: '<0..1>',
  }),
}

/** USAGE for what is no number from 0 to 1. */
export function toleranceFrom({tolerance}: {readonly tolerance?: string | undefined}): {readonly tolerance?: number} {
  if (tolerance === undefined) return {}
  const value = Number(tolerance)
  if (tolerance.trim() !== '' && value >= 0 && value < 1) return {tolerance: value}
  throw new HlError('USAGE', `--tolerance ${tolerance} is no number from 0 up to 1`, {
    next: ['for example: --tolerance 0.05'],
  })
}
