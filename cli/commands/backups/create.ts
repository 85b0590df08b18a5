// `hl backups create`: takes a backup.
import * as Flags from '@oclif/core/flags'
import {hintText} from '../../../src/model/command-hint.ts'
import {backupKinds, type BackupRecord} from '../../../src/model/backup.ts'
import {createBackup} from '../../../src/recovery/create-backup.ts'
import {BaseCommand} from '../../base-command.ts'
import {interruptible} from '../../interrupt.ts'
import {resumeReplay, takenText} from '../../view/backup-screen.ts'
import {shardFlag} from '../../shard-flag.ts'
import {openShard, recoveryPorts} from '../../wire.ts'

export default class BackupsCreate extends BaseCommand {
  static override summary = 'Take a base backup, an incremental one, or a logical one'
  static override description =
    'From a standby unless told otherwise, by pg_basebackup or pg_dump. An incremental one becomes a full one ' +
    'where there is none to build on, and after every timeline switch.'
  static override flags = {
    ...shardFlag,
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
  static override examples = [
    '<%= config.bin %> backups create',
    '<%= config.bin %> backups create --kind incremental',
    '<%= config.bin %> backups create --content',
    '<%= config.bin %> backups create --compress server-zstd:3 --rate 50M --label before-migration --pin',
  ]

  override async run(): Promise<BackupRecord> {
    const {flags} = await this.parse(BackupsCreate)
    const settings = this.settingsFrom(flags)
    const {cluster} = await openShard(settings, this.shardFrom(flags))
    const {note} = this
    const texts = {
      once: 'interrupted: a backup in hand is given up, a whole one stays without its content; replay goes on',
      twice: `stopped; ${hintText(resumeReplay, cluster.lab, cluster.name)}`,
      note,
    }
    const record = await interruptible(texts, async signal =>
      createBackup(recoveryPorts(note, signal), cluster, {
        kind: flags.kind,
        checkpoint: flags.checkpoint,
        compression: flags.compress,
        labels: flags.label ?? [],
        pinned: flags.pin,
        content: flags.content,
        ...(flags.from === undefined ? {} : {from: flags.from}),
        ...(flags.rate === undefined ? {} : {rate: flags.rate}),
      }),
    )
    this.show(takenText(record, cluster))
    return record
  }
}
