// The flags that say where a restore ends, and what follows from them.
import {Flags} from '@oclif/core'
import {readServerLogs} from '../src/backup/locate/read-logs.ts'
import type {Damage} from '../src/backup/locate/search-wal.ts'
import {parseTarget} from '../src/backup/restore/parse-target.ts'
import type {RestorePlan} from '../src/backup/restore/plan-restore.ts'
import {HlError} from '../src/model/errors.ts'
import type {Cluster} from '../src/model/ports.ts'
import type {Check} from '../src/model/verdict.ts'
import {formatMs} from '../src/model/time.ts'
import {identityFrom} from './archive-identity.ts'
import type {RestoreHooks, RestoreRequest} from './restore.ts'

export interface RestoreAnswer {
  /** null: nothing was planned, what was there was put back. */
  readonly plan: RestorePlan | null
  readonly restored: unknown
  readonly checks: readonly Check[]
}

export const restoreFlags = {
  'to': Flags.string({
    description: 'latest, or a time with its zone: 2026-11-24T10:00:00Z',
    helpValue: '<time>',
    helpGroup: 'TARGET',
  }),
  'to-lsn': Flags.string({description: 'a position in the WAL', helpValue: '<lsn>', helpGroup: 'TARGET'}),
  'to-xid': Flags.string({description: 'a transaction', helpValue: '<xid>', helpGroup: 'TARGET'}),
  'to-name': Flags.string({
    description: 'a named restore point (pg_create_restore_point)',
    helpValue: '<name>',
    helpGroup: 'TARGET',
  }),
  'before-drop': Flags.string({
    description: 'just before this table was dropped or truncated; the transaction is found in the WAL',
    helpValue: '<schema.table>',
    helpGroup: 'TARGET',
  }),
  'before-statement': Flags.string({
    description:
      'just before the logged statement that matches this regular expression; the transaction is found in the WAL',
    helpValue: '<regex>',
    helpGroup: 'TARGET',
  }),
  'exclusive': Flags.boolean({description: 'leave out what the target names: end just before it', helpGroup: 'TARGET'}),
  'timeline': Flags.integer({
    description: 'along this timeline (default: the one that the primary is on, or the newest)',
    helpValue: '<n>',
    helpGroup: 'TARGET',
    min: 1,
  }),
  'backup': Flags.string({
    description: 'begin at this backup (default: the newest that ended before the target)',
    helpValue: '<id>',
    helpGroup: 'TARGET',
  }),
  'identity': Flags.string({
    description: 'the key of an encrypted archive, from a file, where the lab has it no more',
    helpValue: '<file>',
  }),
}

export const targetFlagNames = [
  'to',
  'to-lsn',
  'to-xid',
  'to-name',
  'before-drop',
  'before-statement',
  'backup',
] as const

interface TargetFlags {
  readonly 'to'?: string | undefined
  readonly 'to-lsn'?: string | undefined
  readonly 'to-xid'?: string | undefined
  readonly 'to-name'?: string | undefined
  readonly 'before-drop'?: string | undefined
  readonly 'before-statement'?: string | undefined
  readonly 'exclusive'?: boolean | undefined
  readonly 'timeline'?: number | undefined
  readonly 'backup'?: string | undefined
  readonly 'identity'?: string | undefined
}

/** What may be named beside a target. */
export function alongOf(flags: TargetFlags): Pick<RestoreRequest, 'timeline' | 'backup' | 'identity'> {
  return {timeline: flags.timeline, backup: flags.backup, identity: identityFrom(flags.identity)}
}

/** Exactly one target. TARGET_INVALID otherwise; USAGE for a regular expression that is none. */
export async function restoreRequest(flags: TargetFlags, source: Cluster): Promise<RestoreRequest> {
  const {'before-drop': table, 'before-statement': pattern} = flags
  const along = alongOf(flags)
  const targets = {to: flags.to, toLsn: flags['to-lsn'], toXid: flags['to-xid'], toName: flags['to-name']}
  if (table === undefined && pattern === undefined)
    return {target: parseTarget({...targets, inclusive: flags.exclusive !== true}), damage: null, ...along}
  if ([table, pattern, ...Object.values(targets)].filter(value => value !== undefined).length > 1)
    throw new HlError('TARGET_INVALID', 'more than one target was given', {
      next: ['give one of --to, --to-lsn, --to-xid, --to-name, --before-drop, --before-statement'],
    })
  const damage: Damage =
    table !== undefined
      ? {kind: 'drop', table}
      : {kind: 'statement', pattern: regexOf(pattern ?? ''), logs: await readServerLogs(source)}
  return {target: {kind: 'latest'}, damage, ...along}
}

/** Each part of a restore as it ends. */
export function phaseNotes(note: (text: string) => void): RestoreHooks {
  return {onPhase: (phase, fromMs, toMs) => note(`${phase}: ${formatMs(toMs - fromMs)}`)}
}

function regexOf(text: string): RegExp {
  try {
    return new RegExp(text, 'i')
  } catch (cause) {
    throw new HlError('USAGE', `--before-statement ${text} is no regular expression`, {
      next: ["for example --before-statement 'update hl\\.accounts set'"],
      cause,
    })
  }
}
