// The flags that say what retention keeps, and how durations of backups are read.
import * as Flags from '@oclif/core/flags'
import type {RetentionPolicy} from '../src/backup/catalog/retention.ts'
import {HlError} from '../src/model/errors.ts'
import {parseDurationMs} from '../src/model/time.ts'

export const retentionFlags = {
  'keep-full': Flags.integer({
    description: 'so many of the newest full backups, with what depends on them',
    helpValue: '<n>',
    min: 1,
  }),
  'keep-for': Flags.string({description: 'backups no older than this', helpValue: '<duration>'}),
  'window': Flags.string({description: 'every moment of this long a time stays restorable', helpValue: '<duration>'}),
}

export interface RetentionFlags {
  readonly 'keep-full'?: number | undefined
  readonly 'keep-for'?: string | undefined
  readonly 'window'?: string | undefined
}

/** undefined when no rule is given: everything is kept then. USAGE for a duration that is none. */
export function retentionPolicy(flags: RetentionFlags): RetentionPolicy | undefined {
  const policy = {
    keepFull: flags['keep-full'],
    keepForMs: durationFlag('--keep-for', flags['keep-for']),
    windowMs: durationFlag('--window', flags.window),
  }
  return Object.values(policy).every(rule => rule === undefined) ? undefined : policy
}

/** USAGE names the flag. */
export function durationFlag(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ms = parseDurationMs(text)
  if (ms === null) throw new HlError('USAGE', `${flag} ${text} is no duration`, {next: [`for example ${flag} 24h`]})
  return ms
}
