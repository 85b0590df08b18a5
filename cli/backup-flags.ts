// The flags of `hl backups create`, and what is asked for with them.
import * as Flags from '@oclif/core/flags'
import {backupKinds, type BackupKind} from '../src/model/backup.ts'
import type {WantedBackup} from '../src/recovery/create-backup.ts'

export const backupFlags = {
  kind: Flags.option({
    description: 'full or incremental (pg_basebackup), logical (pg_dump)',
    options: backupKinds,
    default: 'full' as const,
  })(),
  from: Flags.string({description: 'primary, standby or the name of a member', helpValue: '<node>'}),
  checkpoint: Flags.option({
    description: 'fast: at once; spread: no burst of writes, and minutes of waiting',
    options: ['fast', 'spread'] as const,
    default: 'fast' as const,
  })(),
  compress: Flags.string({
    description: 'none, or as pg_basebackup takes it: server-zstd:3, gzip, lz4',
    helpValue: '<method>',
    default: 'none',
  }),
  rate: Flags.string({
    description: 'at most so much per second, as pg_basebackup takes it: 50M',
    helpValue: '<bytes>',
  }),
  label: Flags.string({description: 'a word to find it by; repeatable', helpValue: '<word>', multiple: true}),
  content: Flags.boolean({
    description:
      'record with it what the tables hold, so that a restore can be compared; pauses the replay of a standby ' +
      'for a moment, and reads there',
    default: false,
  }),
  pin: Flags.boolean({description: 'retention never removes it', default: false}),
}

export function wantedBackup(flags: {
  readonly kind: BackupKind
  readonly from?: string | undefined
  readonly checkpoint: 'fast' | 'spread'
  readonly compress: string
  readonly rate?: string | undefined
  readonly label?: readonly string[] | undefined
  readonly content: boolean
  readonly pin: boolean
}): WantedBackup {
  return {
    kind: flags.kind,
    checkpoint: flags.checkpoint,
    compression: flags.compress,
    labels: flags.label ?? [],
    pinned: flags.pin,
    content: flags.content,
    ...(flags.from === undefined ? {} : {from: flags.from}),
    ...(flags.rate === undefined ? {} : {rate: flags.rate}),
  }
}
