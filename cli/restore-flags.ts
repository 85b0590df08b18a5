// The flags that say where a restore ends.
import * as Flags from '@oclif/core/flags'
import {requireTarget, type Along, type WantedTarget} from '../src/recovery/restore-request.ts'
import {identityFrom} from './archive-identity.ts'

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

/** Of a restore alone: all shards of a lab together. */
export const barrierFlag = {
  'to-barrier': Flags.string({
    description:
      'all shards together, to a barrier over them (shards barrier), or to the latest that all can reach; with --into',
    helpValue: '<name>|latest',
    helpGroup: 'TARGET',
  }),
}

export const targetFlagNames = [
  'to',
  'to-lsn',
  'to-xid',
  'to-name',
  'to-barrier',
  'before-drop',
  'before-statement',
  'backup',
] as const

interface GivenTarget {
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
export function alongOf(flags: GivenTarget): Along {
  return {timeline: flags.timeline, backup: flags.backup, identity: identityFrom(flags.identity)}
}

/** The target as a person gave it. Errors: TARGET_INVALID, USAGE, before anything is asked of a lab. */
export function wantedTarget(flags: GivenTarget): WantedTarget {
  const wanted = {
    to: flags.to,
    toLsn: flags['to-lsn'],
    toXid: flags['to-xid'],
    toName: flags['to-name'],
    beforeDrop: flags['before-drop'],
    beforeStatement: flags['before-statement'],
    inclusive: flags.exclusive !== true,
    ...alongOf(flags),
  }
  requireTarget(wanted)
  return wanted
}
