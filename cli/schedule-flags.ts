// The flags of `hl backups schedule`, the file of its metrics, and what follows from them.
import {hint} from '../src/model/command-hint.ts'
import {renameSync, writeFileSync} from 'node:fs'
import * as Flags from '@oclif/core/flags'
import type {ScheduleSettings} from '../src/backup/schedule/decide-due.ts'
import {HlError} from '../src/model/errors.ts'
import type {Cluster} from '../src/model/ports.ts'
import {exposition} from '../src/monitor/exposition.ts'
import {backupSamples} from '../src/monitor/samples/backup-samples.ts'
import type {Publish} from '../src/recovery/schedule-state.ts'
import {durationFlag, retentionFlags, retentionPolicy, type RetentionFlags} from './retention-flags.ts'

const every = (description: string) => Flags.string({description, helpValue: '<duration>', helpGroup: 'SCHEDULE'})

export const scheduleFlags = {
  'full-every': every('a full backup when the newest is older'),
  'incremental-every': every('an incremental one when the newest backup is older'),
  'verify-every': every('verify each backup once it is there, and again after so long'),
  'verify-restore-every': every(
    'restore a random backup to a random moment on a scratch container, and verify what comes of it',
  ),
  'barrier-every': every('of a lab of shards: a barrier over all of them, which a restore can go back to'),
  'content': Flags.boolean({
    description: 'record what the tables hold with each full backup; pauses the replay of a standby',
    helpGroup: 'SCHEDULE',
    default: false,
  }),
  'once': Flags.boolean({
    description: 'do what is due now and end; exit 1 when something failed',
    helpGroup: 'SCHEDULE',
    default: false,
  }),
  'seed': Flags.string({description: 'repeat the same draws', helpValue: '<n>', helpGroup: 'SCHEDULE'}),
  'metrics-file': Flags.string({
    description: 'write the state here as Prometheus text, for the textfile collector',
    helpValue: '<file>',
    helpGroup: 'SCHEDULE',
  }),
  ...retentionFlags,
  'confirm': Flags.string({description: 'the name of the lab: retention may remove', helpValue: '<lab>'}),
}

interface IntervalFlags extends RetentionFlags {
  readonly 'full-every'?: string | undefined
  readonly 'incremental-every'?: string | undefined
  readonly 'verify-every'?: string | undefined
  readonly 'verify-restore-every'?: string | undefined
  readonly 'barrier-every'?: string | undefined
}

export const barrierEvery = (flags: IntervalFlags): number | undefined =>
  durationFlag('--barrier-every', flags['barrier-every'])

/** USAGE for what all shards of a lab have together, of one of them or of a lab that has none; and the other way. */
export function requireOf(
  flags: {readonly 'barrier-every'?: string | undefined; readonly 'metrics-file'?: string | undefined},
  {lab, shards}: {readonly lab: string; readonly shards: readonly string[] | null},
): void {
  if (shards === null && flags['barrier-every'] !== undefined)
    throw new HlError('USAGE', '--barrier-every is over all shards of a lab, and this is about one cluster', {
      next: [hint('backups schedule', {lab, flags: {'full-every': '24h', 'barrier-every': '1m'}}), 'leave out --shard'],
    })
  const [shard] = shards ?? []
  if (shard !== undefined && flags['metrics-file'] !== undefined)
    throw new HlError('USAGE', '--metrics-file holds the state of one shard, and this is about all of them', {
      next: [hint('metrics serve', {lab, why: 'publishes all shards'}), 'name one: --shard <name>'],
    })
}

/** USAGE when there is nothing to do. */
export function scheduleSettings(flags: IntervalFlags): ScheduleSettings {
  const settings = {
    fullEveryMs: durationFlag('--full-every', flags['full-every']),
    incrementalEveryMs: durationFlag('--incremental-every', flags['incremental-every']),
    verifyEveryMs: durationFlag('--verify-every', flags['verify-every']),
    restoreEveryMs: durationFlag('--verify-restore-every', flags['verify-restore-every']),
    retention: retentionPolicy(flags),
  }
  if ([...Object.values(settings), barrierEvery(flags)].some(value => value !== undefined)) return settings
  throw new HlError('USAGE', 'there is nothing to do: no interval and no rule is given', {
    next: [
      hint('backups schedule', {
        flags: {'full-every': '24h', 'incremental-every': '1h', 'verify-every': '24h', 'verify-restore-every': '24h'},
      }),
    ],
  })
}

/** Beside its name and renamed, as the textfile collector wants it. */
export function metricsWriter(
  {lab, name: cluster}: Pick<Cluster, 'lab' | 'name'>,
  file: string | undefined,
): Publish | undefined {
  if (file === undefined) return undefined
  return async state => {
    const text = await exposition(backupSamples({lab, cluster, lagSeconds: null, ...state}))
    writeFileSync(`${file}.part`, text)
    renameSync(`${file}.part`, file)
  }
}
